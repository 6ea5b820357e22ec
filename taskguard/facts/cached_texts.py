"""The file with the texts of the rows of a cache: texts are put behind those that are there, of which some are of no use any more."""

from __future__ import annotations

import os
from stat import S_ISREG

from taskguard.cachefile import replace_file
from taskguard.reading import FLAGS

APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
WIDTH = 17
# What is behind the name of an index in that of the file with its texts.
SUFFIX = "-texts"


class Texts:
    """The texts beside the index at a path, if the number in their first line is this one. What they say nobody has to believe: who keeps where a text stands keeps its
    seal as well."""

    def __init__(self, index: str, number: int) -> None:
        self.path = index + SUFFIX
        self.number = number
        self._file: int | None = None
        self.size = 0
        try:
            self._open()
        except (OSError, ValueError):
            self.close()

    def _open(self) -> None:
        self._file = os.open(self.path, FLAGS)
        status = os.fstat(self._file)
        if not S_ISREG(status.st_mode) or os.read(self._file, WIDTH) != _head(self.number):
            raise ValueError("other texts")
        self.size = status.st_size

    def close(self) -> None:
        self.size = 0
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __del__(self) -> None:
        self.close()

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from there; empty where the file has them not."""
        if self._file is None or size < 0 or start < 0 or start + size > self.size:
            return b""
        os.lseek(self._file, start, os.SEEK_SET)
        pieces = []
        while size > 0 and (piece := os.read(self._file, size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def append(self, texts: bytes) -> int | None:
        """Puts texts behind the others, whoever else does the same. Where they begin; None where that cannot be done."""
        if self._file is None:
            return None
        try:
            file = os.open(self.path, APPEND)
            try:
                if not os.path.samestat(os.fstat(file), os.fstat(self._file)) or os.write(file, texts) != len(texts):
                    return None
                return os.lseek(file, 0, os.SEEK_CUR) - len(texts)
            finally:
                os.close(file)
        except OSError:
            return None


def write_texts(index: str, texts: bytes) -> int | None:
    """Writes the file of texts beside an index, which begin behind its first line (`WIDTH`). The number in that line; None where it cannot be written."""
    number = int.from_bytes(os.urandom(7), "big")
    return number if replace_file(index + SUFFIX, [_head(number), texts]) else None


def _head(number: int) -> bytes:
    return b"%016x\n" % number
