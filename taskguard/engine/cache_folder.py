"""Where what is kept between runs lies: `.taskguard_cache` in the project, or `TASKGUARD_CACHE_DIR`."""

from __future__ import annotations

import os
import sys
from zlib import crc32

NAME = ".taskguard_cache"
VARIABLE = "TASKGUARD_CACHE_DIR"
TAG = "CACHEDIR.TAG"
KEPT = ("answer-", "contract-", "facts-", "settings-", "walk-")
# The signature is that of the Cache Directory Tagging Specification: backups leave the folder out.
MARKS = (
    (TAG, b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of taskguard. It may be deleted at any time.\n"),
    (".gitignore", b"*\n"),
)


def cache_folder(root: str) -> str:
    """The absolute folder of the cache of the project at `root`. Several projects may share the one that the variable names."""
    return os.path.abspath(os.environ.get(VARIABLE) or os.path.join(root, NAME))


def file_of(folder: str, kind: str, root: str) -> str:
    """The file of one kind that belongs to the project at `root`."""
    return os.path.join(folder, f"{kind}-{crc32(os.fsencode(root)):08x}")


def prepare(folder: str) -> bool:
    """Makes the folder with the marks of a cache, unless it is there. Whether it is there now; never raises for the disk."""
    if os.path.isdir(folder):
        return True
    try:
        os.makedirs(folder)
        for name, data in MARKS:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
    except OSError:
        return os.path.isdir(folder)
    return True


_code: list[str] = []


def code() -> str:
    """What gives all answers: the interpreter, and the files of this package with size and time. Looked up once."""
    if not _code:
        _code.append(_look_up_code())
    return _code[0]


def _look_up_code() -> str:
    stack = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    files = []
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    files.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
                elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                    stack.append(entry.path)
    return f"{sys.version} {sorted(files)}"


def replace_file(path: str, pieces: list[bytes]) -> bool:
    """Writes a file of the cache as a whole or not at all, whoever else does the same. Whether it could be written."""
    fresh = f"{path}.{os.getpid()}"
    try:
        with open(fresh, "wb") as file:
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


def clean(folder: str) -> int:
    """Removes the files of a cache, and the folder if nothing else is in it. The number of files; none where it is no cache of ours."""
    if not os.path.isfile(os.path.join(folder, TAG)):
        return 0
    names = [name for name in os.listdir(folder) if name.startswith(KEPT) or name in dict(MARKS)]
    removed = sum(remove_file(os.path.join(folder, name)) for name in sorted(names, reverse=True))
    if not os.listdir(folder):
        os.rmdir(folder)
    return removed
