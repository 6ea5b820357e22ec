"""The settings that hold where a command is run, with their origins: what several commands print from."""

from __future__ import annotations

import os

from taskguard.cli.options import configuration
from taskguard.selection import option_types, rules
from taskguard.settings.find import for_people
from taskguard.settings.load import Explained, explain, find, find_root
from taskguard.settings.model import CommandLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.cli.arguments import Words
    from taskguard.errors import Problem


def explained(words: Words, start: str | None = None) -> Explained:
    """The settings nearest to `start` (a file or folder; None is the working directory). Raises UserError."""
    return settings_at(command_line(words), start)[0]


def command_line(words: Words) -> CommandLine:
    """What the words of a command say about settings. Raises UserError."""
    config, inline = configuration(words)
    return CommandLine(config=config, isolated=words.flag("--isolated"), inline=inline)


def settings_at(cli: CommandLine, start: str | None = None) -> tuple[Explained, str | None]:
    """The settings nearest to `start`, and its path relative to the root where it is a file. Raises UserError."""
    place = os.path.realpath(start or os.getcwd())
    folder = place if os.path.isdir(place) else os.path.dirname(place)
    root = find_root(folder)
    path = None if place == folder else os.path.relpath(place, root).replace(os.sep, "/")
    have = explain(find(folder, root), root, cli, option_types)
    rules(have.settings)  # raises for what a rule cannot do with these settings
    return have, path


def warned(warnings: Iterable[Problem]) -> str:
    """What is wrong or doubtful about settings, one line for each."""
    words = {True: "error", False: "warning"}
    return "\n".join(
        f"{words[one.certain]}: {one.replace(file=for_people(one.file))}" for one in dict.fromkeys(warnings)
    )


def level_origin(have: Explained, code: str) -> str:
    """Which pack or file sets the level of a code, or "" when none does."""
    prefixes = [prefix for prefix, _ in have.settings.levels if code.startswith(prefix)]
    return have.origins[f"levels.{max(prefixes, key=len)}"] if prefixes else ""
