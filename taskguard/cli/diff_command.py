"""`taskguard diff`: compare two states of a project, as a report to read."""

from __future__ import annotations

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.options import CONFIG, ISOLATED, configuration, working_folder
from taskguard.cli.streams import save, write
from taskguard.errors import UserError
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from taskguard.contract.difference import Difference

FORMATS = ("text", "markdown", "json")


def usage() -> Usage:
    about = "Compare state A with state B (default: the working tree). Each is a revision or a snapshot file."
    return Usage("diff", about, "A [B]", (
        Option(("--output-format",), "how to print (default: text)", "FORMAT", choices=FORMATS, former=("--format",)),
        Option(("-o", "--output-file"), "print to this file", "FILE"),
        CONFIG,
        ISOLATED,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out` or to a file. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if not 1 <= len(words.places) <= 2:
        raise UserError("diff wants one state or two, each a revision or a snapshot file")
    from taskguard.engine.diff import compared

    config, inline = configuration(words)
    request = Request((), working_folder(), config=config, isolated=words.flag("--isolated"), inline=inline)
    found = compared(request, words.places[0], words.places[1] if len(words.places) > 1 else "")
    pieces = printed(found, words.last("--output-format") or FORMATS[0])
    file = words.last("--output-file")
    if file is None:
        write(pieces, out)
    else:
        save(pieces, file)
    return 0


def printed(found: Difference, chosen: str) -> tuple[str, ...]:
    """The difference in one of the formats."""
    from taskguard.contract.difference import as_data, as_text

    if chosen == "json":
        import json

        return (json.dumps(as_data(found), indent=2) + "\n",)
    return tuple(as_text(found, chosen == "markdown"))
