"""What is kept of one file between runs."""

from __future__ import annotations

from taskguard.record import Record

# Flags of a row. The byte search found one of its own words; it found one that the settings add; the facts are those of a
# parsed file and not only its directives; there are directives.
RELEVANT, EXTRA, FULL, DIRECTED = 1, 2, 4, 8


class Row(Record):
    """What is kept of one file. `stamp` changes whenever the file is written; it is -1 where it proves nothing. `mark` stands for the bytes, see `mark`.

    `text` are the facts as `codec` writes them, empty where there is nothing but the number of lines.
    """

    size: int
    stamp: int
    mark: int
    lines: int
    flags: int
    text: bytes = b""
