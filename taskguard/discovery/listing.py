"""What folders held when they were walked last, so that the next walk asks only which of them have changed.

A folder changes its time of modification and of status when an entry is added, taken away or renamed; what a file holds is of no
account to that, and every file is asked for its size and time all the same.
"""

from __future__ import annotations

import os
from time import time_ns

from taskguard.discovery.chain import NAME
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.cachefile import CacheFile

# What changed so short a time before a walk may change again without a sign: some file systems count in steps of two seconds.
RACY_NS = 2_000_000_000
# Written in place of a state that may not be relied on.
UNSURE = "?"


class Listing(Record):
    """What a walk needs of one folder: names, those left out taken away. Each part is text with `/` between the names.

    `state` stands for the entries of the folder, `ignore` for its ignore file and is empty where there is none, `index` for what git tracks and is
    empty where that was not asked.
    """

    state: str
    ignore: str
    index: str
    folders: str
    files: str
    links: str
    markers: str


class ListingCache:
    """The listings of one folder's walk as it was the last time, by folder relative to the root; none where the `question` was another.

    `file` is what `write` writes. A walk calls `begin` first, and puts what it sees in `seen`.
    """

    def __init__(self, question: str, file: CacheFile) -> None:
        self._question = question
        self._file = file
        self._head = b""
        self._now = time_ns()
        self.held: dict[str, Listing] = {}
        self.seen: dict[str, Listing] = {}

    def begin(self, above: str) -> None:
        """Reads what is held, as far as it was seen under the same ignore files above the folder."""
        self._head = f"{self._question}\n{above}\n".encode("utf-8", "surrogatepass")
        body = self._file.read(self._head)
        if body is None:
            return
        try:
            parts = body.decode("utf-8", "surrogatepass").split("\0")
        except UnicodeDecodeError:
            return
        step = 1 + len(Listing.fields)
        starts = range(0, len(parts) - step + 1, step)
        self.held = {parts[at]: Listing(*parts[at + 1 : at + step]) for at in starts}

    def holds(self, listing: Listing, place: str, index: str) -> bool:
        """Whether an absolute folder, its ignore file, and the file `index` where that was asked, are as they were when they were listed."""
        return (
            listing.state == self.state(place or "/") != UNSURE
            and (not listing.ignore or listing.ignore == self.state(f"{place}/{NAME}") != UNSURE)
            and (not listing.index or listing.index == self.index(index) != UNSURE)
        )  # fmt: skip

    def index(self, path: str) -> str:
        """What stands for what git tracks by an index file, which need not be there."""
        return self.state(path) if os.path.lexists(path) else "none"

    @property
    def fresh(self) -> bool:
        """Whether a walk has seen anything that is not held."""
        return self.seen != self.held

    def write(self) -> None:
        """Keeps what has been seen."""
        text = "\0".join("\0".join((folder, *listing)) for folder, listing in self.seen.items())
        self._file.write(self._head, text.encode("utf-8", "surrogatepass"))

    def state(self, path: str) -> str:
        """What stands for the entries of a folder or the content of a file; `UNSURE` where it has changed just now or is gone."""
        try:
            status = os.stat(path)
        except OSError:
            return UNSURE
        if max(status.st_mtime_ns, status.st_ctime_ns) >= self._now - RACY_NS:
            return UNSURE
        return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino} {status.st_size}"


def joined(names: Iterable[str]) -> str:
    """Names as one text: no name holds a `/`."""
    return "/".join(names)


def names_of(text: str) -> list[str]:
    """The names that `joined` made a text of."""
    return text.split("/") if text else []
