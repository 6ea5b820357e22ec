"""Which files there are: a walk that honours `.gitignore`, excludes and odd file types, with and without git."""

from __future__ import annotations

import os
import stat

from taskguard.errors import UserError, nearest
from taskguard.ignorefiles import IgnoreFile, ignored, of_repository, read_ignore
from taskguard.record import Record
from taskguard.globs import matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SUFFIXES = (".py", ".pyi")
MARKERS = frozenset(("manage.py", "setup.py", "setup.cfg", "pyproject.toml", "taskguard.toml", ".taskguard.toml"))
LARGEST = 64 * 1024 * 1024


class Options(Record):
    """What is left out. `exclude` are globs relative to the root."""

    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True


class Found(Record):
    """A Python file. `path` is relative to the root with `/`; `explicit` says that it was named itself.

    `problem` says why it cannot be read, empty for a regular file.
    """

    path: str
    size: int
    mtime_ns: int
    explicit: bool = False
    problem: str = ""


class Walk(Record):
    """Files by path, and the paths of marker files (settings, `manage.py`, …) that were passed on the way."""

    files: tuple[Found, ...]
    markers: tuple[str, ...]


class TooLarge(OSError):
    """A file that no team wrote by hand."""


def read(path: str) -> bytes:
    """The bytes of a regular file. Raises OSError: vanished, unreadable, no regular file, or larger than 64 MiB."""
    state = os.stat(path)
    if not stat.S_ISREG(state.st_mode):
        raise OSError(0, f"not a regular file ({kind_of(state.st_mode)})")
    if state.st_size > LARGEST:
        raise TooLarge(0, f"larger than {LARGEST >> 20} MiB")
    with open(path, "rb") as file:
        return file.read()


def kind_of(mode: int) -> str:
    """A file type in words."""
    for test, name in (
        (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"), (stat.S_ISLNK, "a link"),
    ):  # fmt: skip
        if test(mode):
            return name
    return "a regular file"


def walk(root: str, paths: Iterable[str], options: Options = Options()) -> Walk:
    """The Python files below `paths` (absolute), each once, sorted by path relative to `root`.

    Files that are named themselves are taken even where they are excluded, unless `force_exclude`. Raises UserError for a path that does
    not exist.
    """
    walker = _Walker(root, options)
    for path in paths:
        walker.start(os.path.normpath(path))
    files = sorted(walker.files.values(), key=lambda one: one.path)
    return Walk(tuple(files), tuple(sorted(walker.markers)))


class _Walker:
    def __init__(self, root: str, options: Options) -> None:
        self.root = root
        self.options = options
        self.excluded: Callable[[str], bool] = matcher(options.exclude)
        self.files: dict[tuple[int, int] | str, Found] = {}
        self.markers: set[str] = set()
        self._folders: set[tuple[int, int]] = set()

    def start(self, path: str) -> None:
        try:
            state = os.stat(path)
        except OSError as error:
            raise UserError(_missing(path, error)) from None
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        relative = "" if relative == "." else relative
        if stat.S_ISDIR(state.st_mode):
            if self.options.force_exclude and relative and self._out(relative, True, self._ignores(relative)):
                return
            if not self.options.force_exclude:
                self.excluded = matcher(_not_about(relative, self.options.exclude))
            self._folder(path, relative, self._ignores(relative))
        elif not (self.options.force_exclude and self._out(relative, False, self._ignores(relative))):
            regular = stat.S_ISREG(state.st_mode)
            problem = "" if regular else f"not a regular file ({kind_of(state.st_mode)})"
            self._add(relative, state, True, problem)

    def _ignores(self, relative: str) -> tuple[IgnoreFile, ...]:
        """The ignore files that count at a folder or file of the root, outermost first."""
        if not self.options.respect_gitignore:
            return ()
        made = list(of_repository(self.root))
        parts = relative.split("/")[:-1] if relative and not relative.startswith("..") else []
        for depth in range(len(parts) + 1):
            folder = "/".join(parts[:depth])
            own = read_ignore(os.path.join(self.root, folder, ".gitignore"), folder)
            if own is not None and (folder or relative):
                made.append(own)
        return tuple(made)

    def _out(self, relative: str, is_folder: bool, ignores: tuple[IgnoreFile, ...]) -> bool:
        """Whether a path is excluded, or a folder around it."""
        if self.excluded(relative):
            return True
        parts = relative.split("/")
        for depth in range(1, len(parts) + 1):
            if ignored(ignores, "/".join(parts[:depth]), is_folder or depth < len(parts)):
                return True
        return False

    def _folder(self, path: str, relative: str, ignores: tuple[IgnoreFile, ...]) -> None:
        pending = [(path, relative, ignores)]
        while pending:
            folder, inside, around = pending.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
                state = os.stat(folder)
            except OSError:
                continue
            if (state.st_dev, state.st_ino) in self._folders:
                continue
            self._folders.add((state.st_dev, state.st_ino))
            if self.options.respect_gitignore and any(entry.name == ".gitignore" for entry in entries):
                own = read_ignore(os.path.join(folder, ".gitignore"), inside)
                around = (*around, own) if own is not None else around
            prefix = inside + "/" if inside else ""
            for entry in entries:
                name = prefix + entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != ".git" and not self.excluded(name) and not ignored(around, name, True):
                            pending.append((entry.path, name, around))
                        continue
                    marker = entry.name in MARKERS
                    if not marker and not entry.name.endswith(SUFFIXES):
                        continue
                    if self.excluded(name) or ignored(around, name, False):
                        continue
                    if marker:
                        self.markers.add(name)
                    if entry.name.endswith(SUFFIXES) and entry.is_file():
                        self._add(name, entry.stat(), False, "")
                except OSError:
                    continue

    def _add(self, relative: str, state: os.stat_result, explicit: bool, problem: str) -> None:
        key: tuple[int, int] | str = (state.st_dev, state.st_ino) if state.st_ino else relative
        held = self.files.get(key)
        if held is not None and (held.path == relative or len(held.path) <= len(relative)):
            if explicit and not held.explicit:
                self.files[key] = held.replace(explicit=True)
            return
        self.files[key] = Found(relative, state.st_size, state.st_mtime_ns, explicit or bool(held and held.explicit), problem)


def _not_about(folder: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The patterns that do not leave out this folder itself: who names a folder wants what is in it."""
    return tuple(pattern for pattern in patterns if not (folder and matcher((pattern,))(folder)))


def _missing(path: str, error: OSError) -> str:
    folder, name = os.path.split(path)
    try:
        meant = nearest(name, os.listdir(folder))
    except OSError:
        meant = None
    hint = f"; did you mean {os.path.join(folder, meant)}?" if meant else ""
    return f"{path}: {error.strerror or error}{hint}"
