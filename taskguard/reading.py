"""Reading a file that may be anything: a pipe, a device, a folder, something huge, gone."""

from __future__ import annotations

import os
import stat

# Nobody writes this much Python by hand; a parser would need some fifty times as much memory.
LARGEST = 64 * 1024 * 1024
KINDS = (
    (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)  # fmt: skip
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read(path: str, follow: bool = True) -> bytes:
    """The bytes of a regular file; of a link only with `follow`. Never waits for a pipe.

    Raises OSError, with a `strerror` for the user, for what cannot be read, is no regular file or has more than 64 MiB.
    """
    descriptor = os.open(path, FLAGS if follow else FLAGS | NO_FOLLOW)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, no_file(status.st_mode), path)
        if status.st_size > LARGEST:
            raise OSError(27, too_large(status.st_size), path)
        data = os.read(descriptor, status.st_size + 1)
        if len(data) == status.st_size:
            return data
        return data + _rest(descriptor, len(data), path)
    finally:
        os.close(descriptor)


def read_or_nothing(path: str) -> bytes:
    """The bytes of a file, none where `read` raises an error."""
    try:
        return read(path)
    except OSError:
        return b""


def read_text(path: str) -> str:
    """The text of a UTF-8 file, with `\n` at the end of each line. Raises OSError as `read` does, and UnicodeDecodeError."""
    return read(path).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def why(error: OSError | UnicodeDecodeError) -> str:
    """What is wrong with a file that could not be read as text, in words."""
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)


def _rest(descriptor: int, size: int, path: str) -> bytes:
    """What follows the first `size` bytes of a file that grows, or whose size the system does not tell."""
    pieces = []
    while piece := os.read(descriptor, 1 << 20):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise OSError(27, too_large(size), path)
    return b"".join(pieces)


def no_file(mode: int) -> str:
    """What is wrong with a path of this mode, in words."""
    kind = next((words for test, words in KINDS if test(mode)), "something else")
    return f"{kind}, no regular file"


def too_large(size: int) -> str:
    """What is wrong with a file of so many bytes, in words."""
    return f"{size / 2**20:.0f} MiB, more than the {LARGEST // 2**20} MiB that are read"
