"""Which files git tracks: its patterns hide none of these."""

from __future__ import annotations

import os
from functools import cached_property

from taskguard.discovery.chain import git_folder, repository_top
from taskguard.reading import read_or_nothing

# Where the length of a path does not fit in its 12 bits, an entry says this.
LONGEST = 0xFFF


class Tracked:
    """What the index of the repository around an absolute folder names; `root` is that of the project. Read when it is first asked.

    The layout is that of [gitformat-index](https://git-scm.com/docs/index-format): each path stands whole, after two bytes whose lower twelve bits are
    its length and before a NUL. Version 4 writes only what differs from the path before; of such an index, and without one, no path counts as tracked.
    """

    def __init__(self, folder: str, root: str) -> None:
        self._top = repository_top(folder, root).rstrip("/")
        self.file = os.path.join(git_folder(self._top) or f"{self._top}/.git", "index")

    @cached_property
    def _index(self) -> bytes:
        data = read_or_nothing(self.file)
        return data if data[:4] == b"DIRC" and data[4:8] in (b"\0\0\0\2", b"\0\0\0\3") else b""

    def holds(self, path: str, folder: bool) -> bool:
        """Whether an absolute path (with `/`) is that of a tracked file, or of a folder with one."""
        data = self._index
        if not data or not path.startswith(self._top + "/"):
            return False
        name = os.fsencode(path[len(self._top) + 1 :])
        if folder:
            return _is_below(data, name + b"/")
        return len(name) < LONGEST and len(name).to_bytes(2, "big") + name + b"\0" in data


def _is_below(data: bytes, start: bytes) -> bool:
    """Whether an entry of an index begins with a folder, its `/` included."""
    at = data.find(start)
    while at >= 0:
        length = int.from_bytes(data[at - 2 : at], "big") & LONGEST
        if length in (data.find(b"\0", at) - at, LONGEST):
            return True
        at = data.find(start, at + 1)
    return False
