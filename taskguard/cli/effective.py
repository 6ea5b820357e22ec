"""The settings that hold where a command is run, with their origins: what several commands print from."""

from __future__ import annotations

import os

from taskguard.selection import option_types
from taskguard.settings.load import Explained, explain, find, find_root
from taskguard.settings.model import CommandLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def parser(command: str, description: str) -> ArgumentParser:
    """An argument parser with the words that choose settings."""
    from argparse import ArgumentParser

    made = ArgumentParser(prog=f"taskguard {command}", description=description)
    made.add_argument("--config", metavar="FILE", help="read this settings file instead of the nearest one")
    made.add_argument("--isolated", action="store_true", help="read no settings file: pack core and defaults")
    return made


def explained(words: Namespace, start: str | None = None) -> Explained:
    """The settings nearest to `start` (a file or folder; None is the working directory). Raises UserError."""
    root = find_root(os.getcwd())
    place = os.path.abspath(start or os.getcwd())
    folder = place if os.path.isdir(place) else os.path.dirname(place)
    cli = CommandLine(config=words.config, isolated=words.isolated)
    return explain(find(folder, root), root, cli, option_types)


def level_origin(have: Explained, code: str) -> str:
    """Which pack or file sets the level of a code, or "" when none does."""
    prefixes = [prefix for prefix, _ in have.settings.levels if code.startswith(prefix)]
    return have.origins[f"levels.{max(prefixes, key=len)}"] if prefixes else ""
