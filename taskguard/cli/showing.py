"""What `check` shows in place of findings: the files that it would look at, and the settings that hold for them."""

from __future__ import annotations

import os

from taskguard.cli.streams import save, write
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from taskguard.cli.arguments import Words
    from taskguard.request import Request

# What is shown in place of findings, or done with them, and the options that mean nothing there.
ALONE = ("--show-files", "--show-settings", "--add-noqa", "--watch")
FIXING = ("--fix", "--fix-only", "--diff")
OTHERS = (*FIXING, "--statistics", "--prune-baseline", "--hook")
# An option, those that it needs one of, and what it is for.
NEEDS = (
    ("--unsafe-fixes", FIXING),
    ("--show-fixes", FIXING),
    ("--exit-non-zero-on-fix", ("--fix", "--fix-only")),
)
APART = (
    *((one, (*ALONE[place + 1 :], *(OTHERS if one != "--watch" else OTHERS[2:]))) for place, one in enumerate(ALONE)),
    ("--add-noqa", ("--ignore-noqa", "--stdin-filename", "--no-project")),
    ("--watch", ("--stdin-filename",)),
    ("--exit-zero", ("--exit-non-zero-on-fix",)),
    ("--diff", ("--fix-only",)),
    ("--no-baseline", ("--prune-baseline",)),
    ("--no-cache", ("--cache-dir",)),
    ("--statistics", ("--fix-only",)),
)


def unfit(words: Words) -> list[str]:
    """What is wrong with a combination of options, in words."""
    wrong = []
    for option, wanted in NEEDS:
        if words.flag(option) and not any(map(words.flag, wanted)):
            wrong.append(f"{option} goes with {' or '.join(wanted)}")
    for option, others in APART:
        if words.flag(option):
            wrong += [f"{option} goes without {other}" for other in others if words.flag(other)]
    return wrong


def unreasonable(words: Words) -> None:
    """Raises UserError for `--add-noqa` with standard input, or with a reason that is taken for a path."""
    if "-" in words.places:
        raise UserError("--add-noqa writes into files: standard input is none")
    if "\n" in (words.last("--add-noqa") or ""):
        raise UserError("--add-noqa wants a reason of one line")
    for place in words.places:
        if not os.path.lexists(place):
            raise UserError(f"there is no {place}; a reason is written --add-noqa='{place}'")


def shown(asked: Request, words: Words, out: TextIO) -> int:
    """Prints the files or the settings, to `out` or to a file. Raises UserError."""
    pieces = files(asked) if words.flag("--show-files") else settings(asked)
    file = words.last("--output-file")
    if file is not None:
        save(pieces, file)
    elif not words.flag("--silent"):
        write(pieces, out)
    return 0


def files(asked: Request) -> Iterator[str]:
    """The files that are looked at, each on a line, relative to the working directory."""
    from taskguard.engine.listed import listed
    from taskguard.reporters.escape import Paths

    shown = Paths(asked.cwd, asked.cwd)
    for path in listed(asked):
        yield shown(os.path.relpath(path, os.path.realpath(asked.cwd)).replace(os.sep, "/")) + "\n"


def settings(asked: Request) -> Iterator[str]:
    """The settings that hold for the one place that was passed, or for the working directory."""
    from taskguard.cli.effective_settings import settings_at
    from taskguard.cli.settings_command import printed
    from taskguard.engine.resolver import Resolver

    if len(asked.paths) > 1 or "-" in asked.paths:
        raise UserError("--show-settings wants one file or folder: settings differ from place to place")
    place = os.path.join(asked.cwd, asked.paths[0])
    if not os.path.exists(place):
        raise UserError(f"there is no {asked.paths[0]}")
    have, path = settings_at(Resolver(asked).cli, place)
    return printed(have, path)
