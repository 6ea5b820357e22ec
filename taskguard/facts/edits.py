"""Edits of a text that is brought to older syntax, and the version of the host."""

from __future__ import annotations

import sys

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = sys.version_info[:2]
NEWEST = (3, 14)


class Edit(Record):
    """Replace the text between two offsets."""

    start: int
    end: int
    text: str


def pieces(text: str, edits: list[Edit]) -> Iterator[str]:
    """The edited text. `edits` are in order and do not overlap."""
    place = 0
    for edit in edits:
        yield text[place : edit.start]
        yield edit.text
        place = edit.end
    yield text[place:]


def line_ends(text: str) -> str:
    """The ends of lines in a text, for what takes its place within brackets."""
    return "\n" * (text.count("\n") + text.count("\r") - text.count("\r\n"))
