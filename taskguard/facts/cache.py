"""The facts of all files of a project in one file, each file's apart: a check reads the index and decodes what it uses.

The file is a line that says what made it, the sizes of the parts, the paths, columns of numbers, and the facts as
`codec` writes them. Nothing in it is trusted: what does not fit is as good as no cache.
"""

from __future__ import annotations

import os
import sys
from array import array
from stat import S_ISREG
from zlib import crc32

from taskguard import __version__
from taskguard.discovery.reading import FLAGS
from taskguard.facts.codec import decode
from taskguard.facts.rows import FULL, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Facts

COLUMNS = ("size", "mtime", "mark", "lines", "flags", "offset", "length", "check")


def mark(data: bytes) -> int:
    """A number that stands for the bytes of a file: the first half of the id that git gives them, as far as 63 bits go."""
    try:
        from _sha1 import sha1  # type: ignore[import-not-found]  # costs a tenth of what `hashlib` does
    except ImportError:
        from hashlib import sha1

    return int.from_bytes(sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).digest()[:8], "big") >> 1


def mark_of_blob(blob: str) -> int:
    """The mark of the bytes that git knows under this id."""
    return int(blob[:16], 16) >> 1


def maker() -> str:
    """What made the facts: our version, the code of this room, the interpreter."""
    from taskguard import diagnostics, record

    folder = os.path.dirname(os.path.abspath(__file__))
    files = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".py"))
    check = 0
    for path in (*files, diagnostics.__file__ or "", record.__file__ or ""):
        with open(path, "rb") as file:
            check = crc32(file.read(), check)
    return f"taskguard {__version__} {check:08x} {sys.implementation.cache_tag} {sys.byteorder}"


class Cache:
    """The rows of a file of the cache. `words` are those that settings had added to the byte search when it was written."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.maker = maker()
        self.words: tuple[bytes, ...] = ()
        self.numbers: dict[str, int] = {}
        self._columns = dict.fromkeys(COLUMNS, array("q"))
        self._file: int | None = None
        self._start = 0
        self._end = 0
        self._by_mark: dict[int, int] | None = None
        try:
            self._open()
        except (OSError, ValueError, EOFError):
            self.close()
            self.numbers = {}

    def _open(self) -> None:
        self._file = os.open(self.path, FLAGS)
        status = os.fstat(self._file)
        if not S_ISREG(status.st_mode):
            raise ValueError("no file")
        self._end = status.st_size
        head, _, rest = os.read(self._file, 512).partition(b"\n")
        if head != self.maker.encode():
            raise ValueError("made by another taskguard")
        count, words, paths, check = map(int, rest.partition(b"\n")[0].split())
        self._start = len(head) + len(rest.partition(b"\n")[0]) + 2
        size = words + paths + count * 8 * len(COLUMNS)
        body = self._read(self._start, size)
        if len(body) != size or crc32(body) != check:
            raise ValueError("damaged")
        names = body[words : words + paths].decode("utf-8", "surrogatepass").split("\0")
        at = words + paths
        for name in COLUMNS:
            column = self._columns[name] = array("q")
            column.frombytes(body[at : at + count * 8])
            at += count * 8
        self.words = tuple(body[:words].split(b"\0")) if words else ()
        self.numbers = dict(zip(names, range(count)))
        self._start += size

    def _read(self, start: int, size: int) -> bytes:
        if self._file is None or size < 0 or start < 0 or start + size > self._end:
            return b""
        os.lseek(self._file, start, os.SEEK_SET)
        pieces = []
        while size > 0 and (piece := os.read(self._file, size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def column(self, name: str) -> array[int]:
        return self._columns[name]

    def text(self, number: int) -> bytes:
        """The facts of a row as they are kept, empty where there are none or they are damaged."""
        length = self._columns["length"][number]
        data = self._read(self._start + self._columns["offset"][number], length) if length else b""
        return data if len(data) == length and crc32(data) == self._columns["check"][number] else b""

    def facts(self, number: int) -> Facts | None:
        """The facts of a row, None where they cannot be read."""
        try:
            return decode(self.text(number).decode("ascii"))
        except ValueError:
            return None

    def row(self, number: int) -> Row:
        """All of a row, with the facts as they are kept."""
        held = self._columns
        size, mtime, mark, lines, flags = (held[name][number] for name in COLUMNS[:5])
        return Row(size, mtime, mark, lines, flags, self.text(number))

    def parsed(self, wanted: int) -> Facts | None:
        """The facts of some file with this mark, if one was parsed."""
        if self._by_mark is None:
            pairs = zip(self._columns["mark"], self._columns["flags"], range(len(self.numbers)))
            self._by_mark = {key: number for key, flags, number in pairs if flags & FULL}
        number = self._by_mark.get(wanted)
        return None if number is None else self.facts(number)


def written(maker: str, words: tuple[bytes, ...], rows: dict[str, Row]) -> list[bytes]:
    """The pieces of a file of the cache."""
    names = sorted(rows)
    columns = [array("q") for _ in COLUMNS]
    offset = 0
    texts = []
    for name in names:
        row = rows[name]
        texts.append(row.text)
        for column, value in zip(
            columns, (row.size, row.mtime, row.mark, row.lines, row.flags, offset, len(row.text), crc32(row.text))
        ):
            column.append(value)
        offset += len(row.text)
    extra = b"\0".join(words)
    paths = "\0".join(names).encode("utf-8", "surrogatepass")
    body = b"".join((extra, paths, *(column.tobytes() for column in columns)))
    head = f"{maker}\n{len(names)} {len(extra)} {len(paths)} {crc32(body)}\n"
    return [head.encode(), body, *texts]
