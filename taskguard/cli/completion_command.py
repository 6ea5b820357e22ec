"""`taskguard completion`: print the completion script of a shell."""

from __future__ import annotations

from taskguard.cli.arguments import Usage, opened
from taskguard.errors import UserError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from taskguard.cli.shells import Tables

SHELLS = ("bash", "fish", "zsh")


def usage() -> Usage:
    about = 'Print the completion script of a shell: eval "$(taskguard completion bash)" in its start-up file.'
    return Usage("completion", about, "bash|fish|zsh", ())


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if len(words.places) != 1:
        raise UserError(f"a shell is wanted: {', '.join(SHELLS)}")
    shell = words.places[0]
    if shell not in SHELLS:
        guess = nearest(shell, SHELLS)
        raise UserError(
            f"no completion for {shell!r}; " + (f"did you mean {guess}?" if guess else f"there are {', '.join(SHELLS)}")
        )
    from taskguard.cli import shells

    out.write(shells.SHELLS[shell](tables()))
    return 0


def tables() -> Tables:
    """What all commands understand."""
    from importlib import import_module

    from taskguard.cli.main import commands, summary
    from taskguard.cli.shells import Entry, Tables
    from taskguard.handbook.keys import keys
    from taskguard.settings.catalogue import names
    from taskguard.settings.packs import shipped

    codes = tuple(names())
    kinds = {"CODES": (*codes, "ALL"), "PACKS": tuple(shipped())}
    places = {
        "rule": (*codes, *names().values()),
        "packs": tuple(shipped()),
        "completion": SHELLS,
        "settings": tuple(keys()),
    }
    made = {}
    for name in commands():
        table: Usage = import_module(f"taskguard.cli.{name}_command").usage()
        made[name] = Entry(table, summary(name), places.get(name, ()))
    return Tables(made, kinds)
