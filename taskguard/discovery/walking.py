"""The walk over folders, and what is said of paths that were passed by name."""

from __future__ import annotations

import os
import stat

from taskguard.discovery.chain import NAME, Chain, chain_above, repository_chain
from taskguard.discovery.ignore import Rules, read_pattern
from taskguard.discovery.reading import no_file
from taskguard.errors import UserError, nearest
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Absolute path, path as shown, and what git ignores there.
    Folder = tuple[str, str, Chain]

SUFFIXES = (".py", ".pyi")
# Passed by name these are no Python; any other file is taken as such, as it may be a script without an ending.
OTHER_SUFFIXES = (".toml", ".ipynb", ".cfg", ".ini", ".lock", ".json", ".yaml", ".yml")
MARKERS = frozenset(
    (".taskguard.toml", "taskguard.toml", "pyproject.toml", "manage.py", "setup.py", "setup.cfg")
)  # fmt: skip
INITS = ("__init__.py", "__init__.pyi")


class Options(Record):
    """What a walk leaves out. `exclude` are patterns as in `.gitignore`; those with `/` count from `folder`, relative to the root.

    `force_exclude` leaves out paths passed by name too, if they or a folder above them match.
    """

    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    folder: str = ""


DEFAULT = Options()


class Found(Record):
    """A file. `path` is relative to the root, with `/` (undecodable bytes as lone surrogates); `mtime_ns` is in nanoseconds.

    `explicit` files were passed by name. `problem` says why the path cannot be read, in words; it is empty for regular files.
    """

    path: str
    size: int
    mtime_ns: int
    explicit: bool = False
    problem: str = ""


class Walk(Record):
    """What was found, each part in order of path.

    `packages` are the folders with an `__init__`, `markers` the paths of settings files and of those that mark import roots
    in the folders walked. `others` are passed files that are no Python by their name.
    """

    files: tuple[Found, ...]
    packages: frozenset[str]
    markers: tuple[str, ...]
    others: tuple[str, ...] = ()


def walk(root: str, paths: list[str], options: Options = DEFAULT) -> Walk:
    """The Python files among and below `paths`, each once. `root` and `paths` are absolute.

    A walk follows no link to a folder; passed by name, such a link is followed. A file that has two paths goes by the one
    without a link, if that is below the root. Raises UserError that names each path that does not exist.
    """
    walker = _Walker(os.path.abspath(root), options)
    problems = [problem for path in paths if (problem := walker.passed(path))]
    if problems:
        raise UserError(*problems)
    return walker.result()


def is_excluded(root: str, path: str, options: Options) -> bool:
    """Whether the settings exclude an absolute path: whether a pattern matches it or a folder above it, up to the root."""
    return _Excludes(os.path.abspath(root), options).covers(os.path.abspath(path).replace(os.sep, "/"))


class _Excludes:
    """The patterns of the settings."""

    def __init__(self, root: str, options: Options) -> None:
        self._root = root.replace(os.sep, "/").rstrip("/")
        base = f"{self._root}/{options.folder}" if options.folder else self._root
        self._cut = len(base) + 1
        self._rules = Rules(pattern for one in options.exclude if (pattern := read_pattern(one.removeprefix("./"))))
        self.python = self._rules.python

    def matches(self, path: str, name: str, folder: bool) -> bool:
        return self._rules.verdict(path[self._cut :], name, folder) is True

    def covers(self, path: str) -> bool:
        if not path.startswith(self._root + "/"):
            return self.matches(path, path.rpartition("/")[2], False)
        parts = path[len(self._root) + 1 :].split("/")
        place = self._root
        for number, name in enumerate(parts, 1):
            place += "/" + name
            if self.matches(place, name, number < len(parts) or os.path.isdir(place)):
                return True
        return False


class _Walker:
    """Collects the files of all paths of one run."""

    def __init__(self, root: str, options: Options) -> None:
        self.root = root
        self._place = _posix(root)
        self._real_root = os.path.realpath(root)
        self._options = options
        self._excludes = _Excludes(root, options)
        self._files: dict[str, Found] = {}
        self._links: dict[str, Found] = {}
        self._packages: set[str] = set()
        self._markers: set[str] = set()
        self._others: set[str] = set()
        self._real_folders: dict[str, str] = {}

    def passed(self, path: str) -> str | None:
        """Takes a path that was passed by name; what is wrong with it where nothing can be there."""
        path = os.path.abspath(path)
        try:
            status = os.lstat(path)
            real = self._real(path, stat.S_ISLNK(status.st_mode))
            if stat.S_ISLNK(status.st_mode):
                status = os.stat(path)
        except (OSError, ValueError) as error:
            return self._missing(path, error)
        if self._options.force_exclude and (self._excludes.covers(_posix(path)) or self._excludes.covers(_posix(real))):
            return None
        relative = self._relative(real)
        if stat.S_ISDIR(status.st_mode):
            return self._folder(real, relative)
        if not stat.S_ISREG(status.st_mode):
            self._files[relative] = Found(relative, 0, 0, True, no_file(status.st_mode))
        elif relative.endswith(OTHER_SUFFIXES):
            self._others.add(relative)
        else:
            self._files[relative] = Found(relative, status.st_size, status.st_mtime_ns, True)
        return None

    def _real(self, path: str, link: bool) -> str:
        """The path without links if that lies below the root, else the path as it is."""
        if link:
            real = os.path.realpath(path)
        else:
            folder, name = os.path.split(path)
            if folder not in self._real_folders:
                self._real_folders[folder] = os.path.realpath(folder)
            real = os.path.join(self._real_folders[folder], name)
        if real == self._real_root:
            return self.root
        if real.startswith(self._real_root.rstrip(os.sep) + os.sep):
            return os.path.join(self.root, real[len(self._real_root.rstrip(os.sep)) + 1 :])
        return path

    def _relative(self, path: str) -> str:
        if path == self.root:
            return ""
        return _posix(os.path.relpath(path, self.root))

    def _missing(self, path: str, error: Exception) -> str:
        shown = self._relative(path)
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            return f"{shown}: {getattr(error, 'strerror', None) or error}"
        if os.path.islink(path):
            return f"{shown} is a link to {os.readlink(path)}, which does not exist"
        folder, name = os.path.split(path)
        while not os.path.isdir(folder):
            folder, name = os.path.split(folder)
        try:
            guess = nearest(name, sorted(os.listdir(folder)))
        except OSError:
            guess = None
        if guess:
            return f"{shown} does not exist; did you mean {self._relative(os.path.join(folder, guess))}?"
        return f"{shown} does not exist; the nearest folder that does is {self._relative(folder) or '.'}"

    def _folder(self, folder: str, relative: str) -> str | None:
        place = _posix(folder)
        chain = chain_above(place, _posix(self.root)) if self._options.respect_gitignore else Chain()
        stack = [(place.rstrip("/"), relative, chain)]
        while stack:
            place, relative, chain = stack.pop()
            try:
                with os.scandir(place or "/") as listing:
                    entries = list(listing)
            except OSError as error:
                if place == _posix(folder):
                    return f"{relative or '.'}: {error.strerror}"
                continue
            self._entries((place, relative, chain), entries, stack, top=place == _posix(folder))
        return None

    def _entries(self, folder: Folder, entries: list[os.DirEntry[str]], stack: list[Folder], top: bool) -> None:
        """Sorts the entries of one folder into files and further folders."""
        place, relative, chain = folder
        if self._options.respect_gitignore:
            names = {entry.name for entry in entries}
            if not top and ".git" in names:
                chain = repository_chain(place)
            if NAME in names:
                chain = chain.below(place)
        prefix = relative + "/" if relative else ""
        excluded, ignored = self._excludes.matches, chain.ignores
        choosy = self._excludes.python or chain.python
        for entry in entries:
            name = entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    path = f"{place}/{name}"
                    if not excluded(path, name, True) and not ignored(path, name, True):
                        stack.append((path, "" if path == self._place else prefix + name, chain))
                    continue
                if name in MARKERS:
                    self._markers.add(prefix + name)
                if not name.endswith(SUFFIXES):
                    continue
                path = f"{place}/{name}"
                if choosy and (excluded(path, name, False) or ignored(path, name, False)):
                    continue
                self._file(entry, prefix + name, relative)
            except OSError:
                continue

    def _file(self, entry: os.DirEntry[str], path: str, folder: str) -> None:
        status = entry.stat()
        if not stat.S_ISREG(status.st_mode):
            return
        if entry.name in INITS:
            self._packages.add(folder)
        if entry.is_symlink():
            self._links[path] = Found(path, status.st_size, status.st_mtime_ns, False, "")
        elif path not in self._files:
            self._files[path] = Found(path, status.st_size, status.st_mtime_ns, False, "")

    def result(self) -> Walk:
        for path in sorted(self._links):
            self._add_link(path)
        return Walk(
            tuple(self._files[path] for path in sorted(self._files)),
            frozenset(self._packages),
            tuple(sorted(self._markers)),
            tuple(sorted(self._others)),
        )

    def _add_link(self, path: str) -> None:
        """A link to a file counts where the walk has not found the file itself, nor another link to it."""
        real = os.path.realpath(os.path.join(self.root, path))
        if self._relative(self._real(real, False)) in self._files or real in self._real_folders:
            return
        self._real_folders[real] = real
        self._files.setdefault(path, self._links[path])


def _posix(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path
