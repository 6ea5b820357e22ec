"""The options that several commands have, what they ask for, and the exit codes."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.cli.arguments import Words

CLEAN, FOUND, WRONG, BUG = 0, 1, 2, 3

CONFIG = Option(("--config",), "read this settings file and no other, or overrule one setting", "FILE|KEY=VALUE")
CACHE_DIR = Option(("--cache-dir",), "keep the cache below this folder (default: the user's cache folder)", "FOLDER")
ISOLATED = Option(("--isolated",), "read no settings file: pack core and defaults")


def configuration(words: Words) -> tuple[str | None, tuple[str, ...]]:
    """The settings file that `--config` names, and the settings that it gives as `KEY=VALUE`. Raises UserError."""
    given = words.each("--config")
    inline = tuple(word for word in given if "=" in word and not os.path.exists(word))
    files = [word for word in given if word not in inline]
    if len(files) > 1:
        raise UserError(f"--config takes one file, and here are {' and '.join(files)}; a single setting is KEY=VALUE")
    if files and words.flag("--isolated"):
        raise UserError(
            "--isolated reads no settings file: leave --config FILE out, or give single settings as KEY=VALUE"
        )
    return (files[0] if files else None), inline


def quiet(words: Words) -> bool:
    """Whether nothing is said beside what was found."""
    return words.flag("--quiet") or words.flag("--silent")


def working_folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise UserError("the working directory does not exist any more") from None


def workers(word: str | None) -> int | None:
    if word is None:
        return None
    if not word.isascii() or not word.isdigit() or int(word) < 1:
        raise UserError(f"--workers wants a number from 1 on, not {word!r}")
    return int(word)
