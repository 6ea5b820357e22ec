"""The walk over folders, and what is said of paths that were passed by name."""

from __future__ import annotations

import os
import stat

from taskguard.discovery.chain import NAME, Chain, chain_above
from taskguard.discovery.ignore import Rules, read_pattern
from taskguard.discovery.listing import UNSURE, Listing, joined, names_of
from taskguard.discovery.markers import is_marker
from taskguard.errors import UserError, nearest
from taskguard.reading import no_file
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from taskguard.discovery.listing import ListingCache
    from taskguard.discovery.tracked import Tracked

SUFFIXES = (".py", ".pyi")
INIT = "__init__.py"
# Passed by name these are no Python; any other file is taken as such, as it may be a script without an ending.
OTHER_SUFFIXES = (".toml", ".ipynb", ".cfg", ".ini", ".lock", ".json", ".yaml", ".yml")
# What makes a folder a repository; alone among the markers of a folder it stands for one that is not entered.
REPOSITORY = ".git"


class Options(Record):
    """What a walk leaves out. `exclude` are patterns as in `.gitignore`; those with `/` count from `folder`, relative to the root.

    `force_exclude` leaves out paths passed by name too, if they or a folder above them match. With `packages` a walk enters no folder
    without `__init__.py`.
    """

    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    folder: str = ""
    packages: bool = False


DEFAULT = Options()


class Walk(Record):
    """What was found. Paths are relative to the root, with `/` (undecodable bytes as lone surrogates).

    `sizes` are the bytes and `times` the nanoseconds of the last change of each regular file, in the order of the walk; `stamps` are others
    whenever a file was written, even if it was given back its time. `explicit` are those that were passed by name. `problems` say in words why a passed path cannot be read. `markers` are the paths of settings files and of
    those that mark import roots in the folders walked, `others` passed files that are no Python by their name, `repositories` the
    folders below that are repositories of their own and were not walked, all in order.
    """

    sizes: dict[str, int]
    times: dict[str, int]
    explicit: frozenset[str] = frozenset()
    problems: dict[str, str] = {}
    markers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    stamps: dict[str, int] = {}


def stamp(status: os.stat_result) -> int:
    """What a file system changes whenever it writes a file: nobody can set the time of the last change of its status. 63 bits."""
    changed = status.st_ctime_ns if os.name != "nt" else 0  # there it is the time of the file's making
    return (status.st_mtime_ns ^ (changed * 0x9E3779B97F4A7C15)) & 0x7FFFFFFFFFFFFFFF


def walk(root: str, paths: list[str], options: Options = DEFAULT, memory: ListingCache | None = None) -> Walk:
    """The Python files among and below `paths`, each once. `root` and `paths` are absolute.

    A walk follows no link to a folder; passed by name, such a link is followed. It does not enter a repository below `root`. A file that
    has two paths goes by the one without a link, if that is below the root. `memory` is of this very walk: folders that are as they were are not listed again.
    Raises UserError that names each path that does not exist.
    """
    walker = _Walker(os.path.abspath(root), options, memory)
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

    def __init__(self, root: str, options: Options, memory: ListingCache | None) -> None:
        self.root = root
        self._place = _posix(root)
        self._real_root = os.path.realpath(root)
        self._options = options
        self._excluded: _Excludes | None = None
        self._memory = memory
        self._top = ""
        self._above = Chain()
        self._index: Tracked | None = None
        self._hidden: dict[str, bool] = {}
        self._chains: dict[str, Chain] = {}
        self._sizes: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self._stamps: dict[str, int] = {}
        self._links: dict[str, os.stat_result] = {}
        self._explicit: set[str] = set()
        self._problems: dict[str, str] = {}
        self._markers: set[str] = set()
        self._others: set[str] = set()
        self._repositories: set[str] = set()
        self._real_folders: dict[str, str] = {}

    @property
    def _excludes(self) -> _Excludes:
        """Made when it is asked for: where nothing has changed, nobody does."""
        if self._excluded is None:
            self._excluded = _Excludes(self.root, self._options)
        return self._excluded

    @property
    def _tracked(self) -> Tracked:
        """What git tracks around the folder that is walked, asked for only where a pattern matches something."""
        from taskguard.discovery.tracked import Tracked

        if self._index is None:
            self._index = Tracked(self._top or "/", self._place)
        return self._index

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
            self._problems[relative] = no_file(status.st_mode)
        elif relative.endswith(OTHER_SUFFIXES):
            self._others.add(relative)
        else:
            self._explicit.add(relative)
            self._sizes[relative], self._times[relative] = status.st_size, status.st_mtime_ns
            self._stamps[relative] = stamp(status)
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
        shown = _seen(path)
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
            return f"{shown} does not exist; did you mean {_seen(os.path.join(folder, guess))}?"
        return f"{shown} does not exist; the nearest folder that does is {_seen(folder)}"

    def _folder(self, folder: str, relative: str) -> str | None:
        """Walks a folder; what is wrong with it where it cannot be listed."""
        memory = self._memory
        self._top = top = _posix(folder).rstrip("/")
        self._index, self._hidden = None, {}
        if self._options.respect_gitignore:
            self._above = chain_above(top or "/", self._place)
        if memory is not None:
            memory.begin(self._above.text)
        stack = [(top, relative, memory is not None)]
        while stack:
            place, inside, known = stack.pop()
            held = memory.held.get(inside) if memory is not None and known else None
            entries = None
            index = self._tracked.file if held is not None and held.index else ""
            if held is not None and memory is not None and memory.holds(held, place, index):
                listing = held
            else:
                try:
                    entries, listing = self._listed(place)
                except OSError as error:
                    if place == top:
                        return f"{relative or '.'}: {error.strerror}"
                    continue
                known = held is not None and held.ignore == listing.ignore != UNSURE
            if memory is not None:
                memory.seen[inside] = listing
            if listing.markers == REPOSITORY and inside:
                self._repositories.add(inside)
                continue
            prefix = inside + "/" if inside else ""
            self._take(listing, f"{place}/", prefix, entries)
            for name in names_of(listing.folders):
                path = f"{place}/{name}"
                stack.append((path, "" if path == self._place else prefix + name, known))
        return None

    def _listed(self, place: str) -> tuple[dict[str, os.DirEntry[str]], Listing]:
        """The entries of a folder, and what of them is to be walked and read. Raises OSError."""
        state = self._memory.state(place or "/") if self._memory is not None else UNSURE
        with os.scandir(place or "/") as listing:
            entries = {entry.name: entry for entry in listing}
        if REPOSITORY in entries and place not in (self._place, self._top):
            return entries, Listing(state, "", "", "", "", "", REPOSITORY)
        ignore = self._ignore(place, entries)
        excluded, ignored = self._excludes.matches, self._chain(place).ignores
        hidden = self._is_hidden(place)
        choosy = hidden or self._excludes.python or self._chain(place).python
        folders: list[str] = []
        files: list[str] = []
        links: list[str] = []
        asked = False
        for name, entry in entries.items():
            path = f"{place}/{name}"
            try:
                folder = entry.is_dir(follow_symlinks=False)
                if not folder and not name.endswith(SUFFIXES):
                    continue
                if folder or choosy:
                    if excluded(path, name, folder):
                        continue
                    left_out = hidden or ignored(path, name, folder)
                    if folder:
                        self._hidden[path] = left_out
                    asked = asked or left_out
                    if left_out and not self._tracked.holds(path, folder):
                        continue
                (folders if folder else links if entry.is_symlink() else files).append(name)
            except OSError:
                continue
        if files and INIT not in files and self._is_kept(place, entries):
            files.append(INIT)
        if self._options.packages:
            folders = [name for name in folders if os.path.isfile(f"{place}/{name}/{INIT}")]
        within = place.removeprefix(self._top)
        markers = {name for name in entries if is_marker(f"{within}/{name}")}.difference(folders)
        index = "" if not asked else UNSURE if self._memory is None else self._memory.index(self._tracked.file)
        return entries, Listing(state, ignore, index, *map(joined, (folders, files, links, sorted(markers))))

    def _is_hidden(self, place: str) -> bool:
        """Whether git ignores a folder, but for what it tracks there."""
        if place == self._top or not self._options.respect_gitignore:
            return False
        if place not in self._hidden:
            above, _, name = place.rpartition("/")
            self._hidden[place] = self._is_hidden(above) or self._chain(above).ignores(place, name, True)
        return self._hidden[place]

    def _is_kept(self, place: str, entries: dict[str, os.DirEntry[str]]) -> bool:
        """Whether a folder with files to read has an `__init__.py`, though git ignores it (`_*.py`): git goes on with what it was given once, and whoever
        imports the others imports it first."""
        entry = entries.get(INIT)
        if entry is None or self._excludes.matches(f"{place}/{INIT}", INIT, False):
            return False
        return entry.is_file(follow_symlinks=False)

    def _ignore(self, place: str, names: Container[str]) -> str:
        """The state of the ignore file of a folder with these names; what it says is in the folder's chain from now on."""
        if not self._options.respect_gitignore:
            self._chains[place] = self._above
            return ""
        state = ""
        chain = self._above if place == self._top else self._chain(place.rpartition("/")[0])
        if NAME in names:
            state = self._memory.state(f"{place}/{NAME}") if self._memory is not None else UNSURE
            chain = chain.below(place)
        self._chains[place] = chain
        return state

    def _chain(self, place: str) -> Chain:
        """What git ignores in a folder; of folders that are as they were nobody has asked so far."""
        skipped = []
        while place not in self._chains and place != self._top:
            skipped.append(place)
            place = place.rpartition("/")[0]
        chain = self._chains.get(place)
        if chain is None:
            chain = self._chains[place] = self._above.below(place)
        for one in reversed(skipped):
            chain = self._chains[one] = chain.below(one)
        return chain

    def _take(self, listing: Listing, place: str, prefix: str, entries: dict[str, os.DirEntry[str]] | None) -> None:
        """Takes the files of a folder. `place` and `prefix` end with `/`; `entries` are there if it has just been listed."""
        sizes, times, stamps, ask, regular = self._sizes, self._times, self._stamps, os.stat, stat.S_ISREG
        if listing.markers:
            self._markers.update(prefix + name for name in names_of(listing.markers))
        for names, links in ((listing.files, False), (listing.links, True)):
            for name in names_of(names):
                path = prefix + name
                try:
                    status = entries[name].stat() if entries is not None else ask(place + name)
                except OSError:
                    continue
                if not regular(status.st_mode):
                    continue
                if links:
                    self._links[path] = status
                elif path not in sizes:
                    sizes[path] = status.st_size
                    times[path] = status.st_mtime_ns
                    stamps[path] = stamp(status)

    def result(self) -> Walk:
        for path in sorted(self._links):
            self._add_link(path)
        return Walk(
            self._sizes,
            self._times,
            frozenset(self._explicit),
            self._problems,
            tuple(sorted(self._markers)),
            tuple(sorted(self._others)),
            tuple(sorted(self._repositories)),
            self._stamps,
        )

    def _add_link(self, path: str) -> None:
        """A link to a file counts where the walk has not found the file itself, nor another link to it."""
        real = os.path.realpath(os.path.join(self.root, path))
        if self._relative(self._real(real, False)) in self._sizes or real in self._real_folders:
            return
        self._real_folders[real] = real
        status = self._links[path]
        self._sizes.setdefault(path, status.st_size)
        self._times.setdefault(path, status.st_mtime_ns)
        self._stamps.setdefault(path, stamp(status))


def _seen(path: str) -> str:
    """A path for people, as the working directory sees it."""
    try:
        return _posix(os.path.relpath(path))
    except (OSError, ValueError):  # no working directory any more, or another drive
        return _posix(path)


def _posix(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path
