"""Edits applied to the bytes of a file. What no edit covers stays as it is, byte for byte."""

from __future__ import annotations

import codecs

from taskguard.facts.lines import Lines
from taskguard.facts.source import SourceError, declared_encoding, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.diagnostics import Edit


class Unedited(Exception):
    """The bytes cannot take the edits."""


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with these edits, which do not overlap. Raises Unedited."""
    try:
        text = decode(data)
        lines = Lines(text)
        placed = sorted((*lines.range(one.span), one.text) for one in edits)
    except (SourceError, ValueError) as error:
        raise Unedited(str(error)) from None
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    encoding = declared_encoding(data[len(mark) :])[0] or "utf-8"
    made, kept, place = [mark], [mark], 0
    try:
        for start, end, new in placed:
            untouched = text[place:start].encode(encoding)
            made += [untouched, new.encode(encoding)]
            kept += [untouched, text[start:end].encode(encoding)]
            place = end
        rest = text[place:].encode(encoding)
    except UnicodeEncodeError:
        raise Unedited(f"{encoding} has no place for it") from None
    if b"".join([*kept, rest]) != data:
        raise Unedited(f"{encoding} does not write the same bytes again")
    return b"".join([*made, rest])
