"""`taskguard snapshot`: write down what the outside relies on, to compare with later."""

from __future__ import annotations

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.options import CONFIG, ISOLATED, configuration, working_folder
from taskguard.cli.streams import save, write
from taskguard.errors import UserError
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def usage() -> Usage:
    return Usage("snapshot", "Write the contract of the project as JSON: tasks, options, signatures, bodies, public names, routes, schedules.", "", (
        Option(("-o", "--output-file"), "write to this file (default: standard output)", "FILE"),
        CONFIG,
        ISOLATED,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out` or to a file. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if words.places:
        raise UserError("a snapshot is of the whole project: leave the paths out")
    from taskguard.engine.diff import snapshot

    config, inline = configuration(words)
    request = Request((), working_folder(), config=config, isolated=words.flag("--isolated"), inline=inline)
    text = snapshot(request)
    file = words.last("--output-file")
    if file is None:
        write((text,), out)
    else:
        save((text,), file)
    return 0
