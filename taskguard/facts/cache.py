"""The facts of all files of a project, each file's apart: a check reads the index and decodes what it uses.

The index is a line that says what made it, the sizes of its parts, the paths, columns of numbers, and searches with the rows that they
found. The facts as `codec` writes them stand in a file beside it (`cached_texts.py`), where an edit puts new ones behind the others. All of it is sealed: what does not pass is as good
as no cache.
"""

from __future__ import annotations

import os
import sys
from array import array
from zlib import crc32

from taskguard.cachefile import replace_file
from taskguard.facts.cache_rows import FULL, Row
from taskguard.facts.cached_texts import WIDTH, Texts, write_texts
from taskguard.facts.codec import decode
from taskguard.reading import read
from taskguard.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from taskguard.cachefile import CacheFile
    from taskguard.facts.model import Facts
    from taskguard.sealing import Seal

COLUMNS = ("size", "stamp", "mark", "lines", "flags", "offset", "length", "check")
STAMP, OFFSET, LENGTH = (COLUMNS.index(name) for name in ("stamp", "offset", "length"))
# So many bytes of texts may be of no use.
SLACK = 100_000


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
        self._texts: Texts | None = None
        self._number = 0
        self._by_mark: dict[int, int] | None = None
        try:
            self._open()
        except (OSError, ValueError, EOFError):
            self.paths, self.numbers, self._searches = [], {}, b""

    def _open(self) -> None:
        data = read(self.file.path)
        head, _, rest = data[:512].partition(b"\n")
        if head != self.maker.encode():
            raise ValueError("made by another taskguard")
        line = rest.partition(b"\n")[0]
        sizes, _, check = line.rpartition(b" ")
        count, words, paths, searches, number = map(int, sizes.split())
        body = data[len(head) + len(line) + 2 :]
        size = words + paths + count * 8 * len(COLUMNS) + searches
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
        self._number = number
        self.paths = names
        self.numbers = dict(zip(names, range(count)))

    @property
    def texts(self) -> Texts:
        """The file with the texts of the rows."""
        if self._texts is None:
            self._texts = Texts(self.file.path, self._number)
        return self._texts

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
        data = self.texts.read(self._columns["offset"][number], length) if length else b""
        return data if len(data) == length and _short(self.file.seal, data) == self._columns["check"][number] else b""

    def facts(self, number: int) -> Facts | None:
        """The facts of a row, None where they cannot be read."""
        try:
            return decode(self.text(number).decode("ascii"))
        except ValueError:
            return None

    def save(
        self,
        rows: dict[str, Row],
        kept: Collection[str],
        stamps: dict[str, int],
        words: tuple[bytes, ...],
        searches: dict[bytes, set[str]],
    ) -> None:
        """Writes these rows, and those of the paths that are `kept`, some with other stamps, for the next run. `searches` are the paths that each of
        them found; those without a row are left out."""
        held = {path: self.numbers[path] for path in kept if path not in rows}
        columns = [self._columns[name] for name in COLUMNS]
        values = {path: [column[number] for column in columns] for path, number in held.items()}
        for path, stamp in stamps.items():
            if path in values:
                values[path][STAMP] = stamp
        for path, row in rows.items():
            values[path] = [*tuple(row)[:5], 0, len(row.text), _short(self.file.seal, row.text)]
        number = self._put({path: row.text for path, row in rows.items()}, values)
        if number is not None:
            replace_file(self.file.path, _pieces(self.maker, self.file.seal, number, words, values, searches))

    def _put(self, new: dict[str, bytes], values: dict[str, list[int]]) -> int | None:
        """Writes texts, and says in the `values` where they begin. The number of the file with the texts; None where it cannot be written."""
        used = sum(value[LENGTH] for path, value in values.items() if path not in new)
        begin = self.texts.append(b"".join(new.values())) if self.texts.size <= 2 * used + SLACK else None
        number: int | None = self._number
        if begin is None:  # more than half would be of no use, or they are no texts of ours
            held = {path: self.text(self.numbers[path]) for path in values if path not in new}
            for path in [path for path, text in held.items() if len(text) != values[path][LENGTH]]:
                del held[path], values[path]
            new, begin = {**held, **new}, WIDTH
            number = write_texts(self.file.path, b"".join(new.values()))
        for path, text in new.items():
            values[path][OFFSET] = begin
            begin += len(text)
        return number

    def parsed(self, wanted: int) -> Facts | None:
        """The facts of some file with this mark, if one was parsed."""
        if self._by_mark is None:
            pairs = zip(self._columns["mark"], self._columns["flags"], range(len(self.numbers)))
            self._by_mark = {key: number for key, flags, number in pairs if flags & FULL}
        number = self._by_mark.get(wanted)
        return None if number is None else self.facts(number)


def _short(seal: Seal, data: bytes) -> int:
    """The check of a row's text, as far as the column has room."""
    return int.from_bytes(seal.check(data)[:8], "big") >> 1


def _pieces(
    maker: str,
    seal: Seal,
    number: int,
    words: tuple[bytes, ...],
    values: dict[str, list[int]],
    searches: dict[bytes, set[str]],
) -> list[bytes]:
    """The pieces of the file. `values` are those of the columns by path, `number` that of the texts."""
    names = sorted(values)
    extra = b"\0".join(words)
    paths = "\0".join(names).encode("utf-8", "surrogatepass")
    numbers = dict(zip(names, range(len(names))))
    lines = [b""]
    for search, found in searches.items():
        if b"\n" not in search and b"\0" not in search:
            held = sorted(numbers[path] for path in found if path in numbers)
            lines.append(search + b"\0" + " ".join(map(str, held)).encode())
    kept = b"\n".join((*lines, b""))
    columns = [array("q", column).tobytes() for column in zip(*map(values.__getitem__, names))]
    body = b"".join((extra, paths, *columns, kept))
    sizes = f"{len(names)} {len(extra)} {len(paths)} {len(kept)} {number}"
    check = seal.check(maker.encode(), sizes.encode(), body).hex()
    return [f"{maker}\n{sizes} {check}\n".encode(), body]
