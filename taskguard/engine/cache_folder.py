"""Where what is kept between runs lies: in the user's cache folder, a folder a project, or where the user says.

Never in the checked tree by itself, as a repository could then bring answers of its own. Wherever it lies, it is sealed with a key
that stays in the user's cache folder: what another has written is not read.
"""

from __future__ import annotations

import os
import stat
import sys

from taskguard.cachefile import CacheFile, remove_file, replace_file
from taskguard.reading import read
from taskguard.sealing import Seal, fingerprint

VARIABLE = "TASKGUARD_CACHE_DIR"
TAG = "CACHEDIR.TAG"
KEY = "key"
KEY_LENGTH = 32
KEPT = ("answer-", "contract", "facts", "reads-", "settings-", "verdicts-", "walk")
# The signature is that of the Cache Directory Tagging Specification: backups leave the folder out.
MARKS = (
    (TAG, b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of taskguard. It may be deleted at any time.\n"),
    (".gitignore", b"*\n"),
)


class CacheFolder:
    """The folder of one project, and the user's key."""

    __slots__ = ("_key", "_root", "path")

    def __init__(self, path: str, root: str, key: bytes) -> None:
        self.path = path
        self._root = root
        self._key = key

    def file(self, kind: str) -> CacheFile:
        """The file of one kind. What was written for another kind or another project does not pass for it."""
        purpose = b"%s\0%s" % (kind.encode(), os.fsencode(self._root))
        return CacheFile(os.path.join(self.path, kind), Seal(self._key, purpose))


def user_folder() -> str | None:
    """The folder in which this user's programs keep what they can make anew, with our name; None where the user has no home."""
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA")
        return os.path.join(local, "taskguard", "Cache") if local else None
    named = os.environ.get("XDG_CACHE_HOME", "")
    if sys.platform != "darwin" and os.path.isabs(named):
        return os.path.join(named, "taskguard")
    home = os.path.expanduser("~")
    below = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return os.path.join(home, *below, "taskguard") if os.path.isabs(home) else None


def cache_path(root: str, asked: str | None = None) -> str | None:
    """The absolute folder of the cache of the project at `root`: below the folder `asked` for, else below the one that the variable
    names, else below the user's cache folder. None where there is no such place."""
    base = asked or os.environ.get(VARIABLE) or user_folder()
    if base is None:
        return None
    return os.path.join(os.path.abspath(base), f"{os.path.basename(root) or 'root'}-{fingerprint(os.fsencode(root))}")


def open_cache(root: str, asked: str | None = None) -> CacheFolder | None:
    """The cache of the project at `root`, made if it is not there; None where nothing can be kept. Never raises for the disk."""
    path, home = cache_path(root, asked), user_folder()
    if path is None or home is None or not _prepare(path):
        return None
    key = _user_key(home)
    return CacheFolder(path, root, key) if key is not None else None


def _prepare(folder: str) -> bool:
    """Makes the folder with the marks of a cache, unless it is there. Whether it is there now."""
    if os.path.isdir(folder):
        return True
    try:
        os.makedirs(folder, 0o700)
    except OSError:
        return os.path.isdir(folder)
    for name, data in MARKS:
        replace_file(os.path.join(folder, name), [data])
    return True


def _user_key(home: str) -> bytes | None:
    """The key of this user, made if there is none; None where it cannot be had, or another user could know or set it."""
    path = os.path.join(home, KEY)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return _new_key(home, path)
    except OSError:
        return None
    if os.name != "nt":
        if status.st_uid != os.geteuid():
            return None
        if stat.S_IMODE(status.st_mode) & 0o077:
            return _new_key(home, path)
    return _read_key(path) or _new_key(home, path)


def _new_key(home: str, path: str) -> bytes | None:
    try:
        os.makedirs(home, 0o700, exist_ok=True)
    except OSError:
        return None
    # Of several processes that begin at once, the last one's key stays: what the others write is not read again.
    return _read_key(path) if replace_file(path, [os.urandom(KEY_LENGTH)]) else None


def _read_key(path: str) -> bytes | None:
    try:
        data = read(path)
    except OSError:
        return None
    return data if len(data) == KEY_LENGTH else None


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


def clean(folder: str) -> int:
    """Removes the files of a project's cache, and the folder if nothing else is in it. The number of files removed."""
    if not os.path.isdir(folder):
        return 0
    names = [name for name in os.listdir(folder) if name.startswith(KEPT) or name in dict(MARKS)]
    removed = sum(remove_file(os.path.join(folder, name)) for name in sorted(names, reverse=True))
    if not os.listdir(folder):
        os.rmdir(folder)
    return removed
