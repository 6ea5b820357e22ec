"""A file of the cache: sealed with a key of the user's own, read if it passes, written as a whole or not at all."""

from __future__ import annotations

import os

from taskguard.reading import read
from taskguard.sealing import Seal

CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class CacheFile:
    """One file: its absolute path, and the seal of what it holds."""

    __slots__ = ("path", "seal")

    def __init__(self, path: str, seal: Seal) -> None:
        self.path = path
        self.seal = seal

    def read(self, head: bytes = b"") -> bytes | None:
        """What was written under this head; None where there is nothing, something else, or what this user did not write."""
        try:
            return self.seal.unsealed(read(self.path), head)
        except OSError:
            return None

    def write(self, head: bytes, body: bytes) -> bool:
        """Keeps the body under a head. Whether it could be written."""
        return replace_file(self.path, [self.seal.sealed(head, body)])


def replace_file(path: str, pieces: list[bytes]) -> bool:
    """Writes a file, for this user alone, as a whole or not at all, whoever else does the same. Whether it could be written."""
    fresh = f"{path}.{os.getpid()}"
    remove_file(fresh)
    try:
        with open(os.open(fresh, CREATE, 0o600), "wb") as file:
            file.writelines(pieces)
        os.replace(fresh, path)
    except OSError:
        remove_file(fresh)
        return False
    return True


def remove_file(path: str) -> bool:
    """Removes a file. Whether it could be removed."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True
