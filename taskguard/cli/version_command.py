"""`taskguard version`: print the version."""

from __future__ import annotations

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def usage() -> Usage:
    return Usage("version", "Print the version of taskguard, and of what runs it.", "", (
        Option(("--output-format",), "how to print it (default: text)", "FORMAT", choices=("text", "json")),
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if words.places:
        raise UserError("`version` takes no argument")
    from taskguard.version import __version__

    if words.last("--output-format") != "json":
        out.write(f"taskguard {__version__}\n")
        return 0
    import json
    from platform import platform, python_implementation, python_version

    about = {
        "version": __version__, "python": python_version(), "implementation": python_implementation(), "platform": platform(),
    }  # fmt: skip
    out.write(json.dumps(about, indent=2) + "\n")
    return 0
