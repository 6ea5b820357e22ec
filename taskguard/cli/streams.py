"""The standard streams: open, tolerant of what their encoding lacks, and quiet when nobody reads them any more."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO


def prepare() -> None:
    """Makes the standard streams usable, whatever the caller has closed and whatever their encoding is."""
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Lines to standard error, in the name of the command."""
    from taskguard.reporters.escape import shown

    try:
        sys.stderr.write("".join(f"taskguard: {shown(line)}\n" for line in text.split("\n") if line))
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def write(pieces: Iterable[str], out: TextIO) -> None:
    """Writes for as long as somebody reads: that a pager was left changes nothing else.

    Raises UserError where the stream takes no more (a full disk).
    """
    try:
        for piece in pieces:
            out.write(piece)
        out.flush()
    except BrokenPipeError:
        drop(out)
    except OSError as error:
        from taskguard.errors import UserError

        drop(out)
        raise UserError(f"cannot write to standard output: {error.strerror}") from None


def save(pieces: Iterable[str], path: str) -> None:
    """Writes to the file that was asked for in place of standard output. Raises UserError."""
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(pieces)
    except OSError as error:
        from taskguard.errors import UserError

        raise UserError(f"--output-file: cannot write {path}: {error.strerror}") from None


def drop(stream: TextIO) -> None:
    """Sends what is left in a stream nowhere, so that the end of the process does not complain of it."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
