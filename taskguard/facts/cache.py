"""The facts of all files of a project in one file, each file's apart: a check reads the index and decodes what it uses.

The file is a line that says what made it, the sizes of the parts, the paths, columns of numbers, searches with the rows that they
found, and the facts as `codec` writes them. All of it is sealed: what does not pass is as good as no cache.
"""

from __future__ import annotations

import os
import sys
from array import array
from stat import S_ISREG
from zlib import crc32

from taskguard.facts.cache_rows import FULL, Row
from taskguard.facts.codec import decode
from taskguard.reading import FLAGS
from taskguard.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.cachefile import CacheFile
    from taskguard.facts.model import Facts
    from taskguard.sealing import Seal

COLUMNS = ("size", "stamp", "mark", "lines", "flags", "offset", "length", "check")


def mark(data: bytes) -> int:
    """A number that stands for the bytes of a file: the first half of the id that git gives them, as far as 63 bits go."""
    try:
        from _sha1 import sha1  # type: ignore[import-not-found]  # costs a tenth of what `hashlib` does
    except ImportError:
        from hashlib import sha1

    return int.from_bytes(sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).digest()[:8], "big") >> 1


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
    """The rows of a file of the cache. `words` are those that settings had added to the byte search when it was written.

    `paths` are those of the rows by number, `numbers` the other way round.
    """

    def __init__(self, file: CacheFile) -> None:
        self.file = file
        self.maker = maker()
        self.words: tuple[bytes, ...] = ()
        self.paths: list[str] = []
        self.numbers: dict[str, int] = {}
        self._searches = b""
        self._columns = dict.fromkeys(COLUMNS, array("q"))
        self._open_file: int | None = None
        self._start = 0
        self._end = 0
        self._by_mark: dict[int, int] | None = None
        try:
            self._open()
        except (OSError, ValueError, EOFError):
            self.close()
            self.paths, self.numbers, self._searches = [], {}, b""

    def _open(self) -> None:
        self._open_file = os.open(self.file.path, FLAGS)
        status = os.fstat(self._open_file)
        if not S_ISREG(status.st_mode):
            raise ValueError("no file")
        self._end = status.st_size
        head, _, rest = os.read(self._open_file, 512).partition(b"\n")
        if head != self.maker.encode():
            raise ValueError("made by another taskguard")
        line = rest.partition(b"\n")[0]
        sizes, _, check = line.rpartition(b" ")
        count, words, paths, searches = map(int, sizes.split())
        self._start = len(head) + len(line) + 2
        size = words + paths + count * 8 * len(COLUMNS) + searches
        body = self._read(self._start, size)
        if len(body) != size or self.file.seal.check(head, sizes, body).hex().encode() != check:
            raise ValueError("damaged")
        names = body[words : words + paths].decode("utf-8", "surrogatepass").split("\0")
        at = words + paths
        for name in COLUMNS:
            column = self._columns[name] = array("q")
            column.frombytes(body[at : at + count * 8])
            at += count * 8
        self.words = tuple(body[:words].split(b"\0")) if words else ()
        self._searches = body[at:]
        self.paths = names
        self.numbers = dict(zip(names, range(count)))
        self._start += size

    def _read(self, start: int, size: int) -> bytes:
        if self._open_file is None or size < 0 or start < 0 or start + size > self._end:
            return b""
        os.lseek(self._open_file, start, os.SEEK_SET)
        pieces = []
        while size > 0 and (piece := os.read(self._open_file, size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        if self._open_file is not None:
            os.close(self._open_file)
            self._open_file = None

    def column(self, name: str) -> array[int]:
        return self._columns[name]

    def searches(self) -> list[bytes]:
        """The searches whose results are kept."""
        return [line.partition(b"\0")[0] for line in self._searches.split(b"\n")[1:-1]]

    def found(self, search: bytes) -> list[str] | None:
        """The paths of the rows that a search found, None where it is not kept."""
        start = self._searches.find(b"\n" + search + b"\0")
        if start < 0:
            return None
        start += len(search) + 2
        try:
            return [self.paths[int(one)] for one in self._searches[start : self._searches.index(b"\n", start)].split()]
        except (ValueError, IndexError):
            return None

    def text(self, number: int) -> bytes:
        """The facts of a row as they are kept, empty where there are none or they are damaged."""
        length = self._columns["length"][number]
        data = self._read(self._start + self._columns["offset"][number], length) if length else b""
        return data if len(data) == length and _short(self.file.seal, data) == self._columns["check"][number] else b""

    def facts(self, number: int) -> Facts | None:
        """The facts of a row, None where they cannot be read."""
        try:
            return decode(self.text(number).decode("ascii"))
        except ValueError:
            return None

    def row(self, number: int) -> Row:
        """All of a row, with the facts as they are kept."""
        held = self._columns
        size, stamp, mark, lines, flags = (held[name][number] for name in COLUMNS[:5])
        return Row(size, stamp, mark, lines, flags, self.text(number))

    def patched(
        self, rows: dict[str, Row], stamps: dict[str, int], searches: dict[bytes, set[str]]
    ) -> list[bytes] | None:
        """The pieces of this file with some rows replaced, and the stamps of others; the old texts stay in it, of no use to anybody.

        None where all has to be written anew: a path is new, or more than half would be of no use.
        """
        columns = {name: self._columns[name][:] for name in COLUMNS}
        size = self._end - self._start
        new = sum(len(row.text) for row in rows.values())
        if not self.numbers or not rows.keys() <= self.numbers.keys() or size + new > 2 * sum(columns["length"]) + new:
            return None
        texts = [self._read(self._start, size)]
        if len(texts[0]) != size:
            return None
        for path, stamp in stamps.items():
            columns["stamp"][self.numbers[path]] = stamp
        for path, row in rows.items():
            for column, value in zip(columns.values(), _values(row, size, self.file.seal)):
                column[self.numbers[path]] = value
            texts.append(row.text)
            size += len(row.text)
        return _pieces(
            self.maker, self.file.seal, self.words, self.paths, list(columns.values()), searches, texts
        )  # fmt: skip

    def parsed(self, wanted: int) -> Facts | None:
        """The facts of some file with this mark, if one was parsed."""
        if self._by_mark is None:
            pairs = zip(self._columns["mark"], self._columns["flags"], range(len(self.numbers)))
            self._by_mark = {key: number for key, flags, number in pairs if flags & FULL}
        number = self._by_mark.get(wanted)
        return None if number is None else self.facts(number)


def written(
    maker: str, seal: Seal, words: tuple[bytes, ...], rows: dict[str, Row], searches: dict[bytes, set[str]]
) -> list[bytes]:
    """The pieces of a file of the cache. `searches` are the paths that each of them found; those without a row are left out."""
    names = sorted(rows)
    columns = [array("q") for _ in COLUMNS]
    offset = 0
    for name in names:
        for column, value in zip(columns, _values(rows[name], offset, seal)):
            column.append(value)
        offset += len(rows[name].text)
    return _pieces(maker, seal, words, names, columns, searches, [rows[name].text for name in names])


def _short(seal: Seal, data: bytes) -> int:
    """The check of a row's text, as far as the column has room."""
    return int.from_bytes(seal.check(data)[:8], "big") >> 1


def _values(row: Row, offset: int, seal: Seal) -> tuple[int, ...]:
    """What the columns say of a row whose text stands at `offset`."""
    return row.size, row.stamp, row.mark, row.lines, row.flags, offset, len(row.text), _short(seal, row.text)


def _pieces(
    maker: str,
    seal: Seal,
    words: tuple[bytes, ...],
    names: list[str],
    columns: list[array[int]],
    searches: dict[bytes, set[str]],
    texts: list[bytes],
) -> list[bytes]:
    extra = b"\0".join(words)
    paths = "\0".join(names).encode("utf-8", "surrogatepass")
    numbers = dict(zip(names, range(len(names))))
    lines = [b""]
    for search, found in searches.items():
        if b"\n" not in search and b"\0" not in search:
            held = sorted(numbers[path] for path in found if path in numbers)
            lines.append(search + b"\0" + " ".join(map(str, held)).encode())
    kept = b"\n".join((*lines, b""))
    body = b"".join((extra, paths, *(column.tobytes() for column in columns), kept))
    sizes = f"{len(names)} {len(extra)} {len(paths)} {len(kept)}"
    check = seal.check(maker.encode(), sizes.encode(), body).hex()
    return [f"{maker}\n{sizes} {check}\n".encode(), body, *texts]
