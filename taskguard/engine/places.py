"""Where a request applies: the root, the settings of each folder, the files of the project and those that were passed."""

from __future__ import annotations

import os

from taskguard.cachefile import remove_file
from taskguard.engine.cache_folder import code, open_cache
from taskguard.record import Record
from taskguard.settings.find import NAMES, find, find_root
from taskguard.settings.model import CommandLine, Settings
from taskguard.settings.stored import load_stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from taskguard.discovery import Options, Walk
    from taskguard.facts.model import Facts
    from taskguard.request import Request

SETTINGS_NAMES = frozenset((*NAMES, "pyproject.toml"))


class Tree(Record):
    """The files of a run. `sizes` are bytes and `times` are nanoseconds by root-relative path, `forced` are parsed whatever the byte search says.

    `passed` are the paths whose diagnostics are wanted, None for all of them. `failures` are paths that are no regular files.
    `markers` are the paths of the files that mark import roots.
    """

    sizes: dict[str, int]
    times: dict[str, int]
    passed: frozenset[str] | None
    forced: frozenset[str]
    failures: dict[str, Facts]
    markers: tuple[str, ...]


class Places:
    """The answers to "where?" for one request. Raises UserError for wrong settings and paths that do not exist."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.root = request.root or self._find_root()
        self.stdin = self._stdin()
        self.cli = CommandLine(
            config=request.config,
            isolated=request.isolated,
            packs=request.packs,
            select=request.select,
            ignore=request.ignore,
            exclude=request.exclude,
            extend_exclude=request.extend_exclude,
            force_exclude=request.force_exclude or None,
            extend_select=request.extend_select,
            per_file_ignores=request.per_file_ignores,
            inline=request.inline,
        )
        self.cache = open_cache(self.root, request.cache_dir) if request.cache else None
        self.settings = self._load(self._settings_folder())
        self._by_folder: dict[str, Settings] = {}
        self._by_file: dict[str, Settings] = {}
        self._settings_files: frozenset[str] = frozenset()
        self._gone: tuple[str, ...] = ()

    def _find_root(self) -> str:
        """The root of the working directory; where only paths outside of it were passed, that of the first of them."""
        request = self.request
        root = find_root(request.cwd)
        absolute = [os.path.abspath(os.path.join(request.cwd, path)) for path in request.paths if path != "-"]
        if absolute and not any(_inside(path, root) for path in absolute):
            first = absolute[0]
            return find_root(first if os.path.isdir(first) else os.path.dirname(first))
        return root

    def _settings_folder(self) -> str:
        """The folder whose nearest settings file is the project's: the working directory, or the root where that lies outside."""
        return self.request.cwd if _inside(self.request.cwd, self.root) else self.root

    def _load(self, folder: str) -> Settings:
        fixed = self.cli.isolated or self.cli.config is not None
        return self._read(None if fixed else find(folder, self.root))

    def _read(self, file: str | None) -> Settings:
        if self.cache is None:
            from taskguard.settings.load import load

            return load(file, self.root, self.cli, _option_types)
        return load_stored(file, self.root, self.cli, _option_types, kept=self.cache.file)

    def _stdin(self) -> dict[str, bytes]:
        request = self.request
        if request.stdin_text is None:
            return {}
        text = request.stdin_text
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        return {self.relative(os.path.join(request.cwd, request.stdin_filename or "stdin.py")): data}

    def relative(self, path: str) -> str:
        """An absolute path relative to the root, with `/`."""
        return os.path.relpath(os.path.abspath(path), self.root).replace(os.sep, "/")

    def settings_at(self, path: str) -> Settings:
        """The settings nearest to a root-relative path."""
        if self.cli.isolated or self.cli.config is not None or not self._settings_files:
            return self.settings
        folder = path.rpartition("/")[0]
        if folder not in self._by_folder:
            self._by_folder[folder] = self._nearest(folder)
        return self._by_folder[folder]

    def _nearest(self, folder: str) -> Settings:
        file = find(os.path.join(self.root, folder), self.root)
        if file is None:
            return self.settings if self.settings.file is None else self._read(None)
        if file not in self._by_file:
            own = self.settings.file is not None and os.path.realpath(self.settings.file) == os.path.realpath(file)
            self._by_file[file] = self.settings if own else self._read(file)
        return self._by_file[file]

    def excluded(self, path: str) -> bool:
        """Whether the settings exclude a root-relative path, which need not be there."""
        from taskguard import discovery

        options = discovery.Options(exclude=self.settings.exclude, folder=self.settings.folder)
        return discovery.is_excluded(self.root, os.path.join(self.root, path), options)

    def _named_text_is_excluded(self) -> bool:
        """Whether standard input goes by a name that is left out even where it is named."""
        named = self.stdin if self.request.stdin_filename is not None and self.settings.force_exclude else ()
        return any(self.excluded(path) for path in named)

    def discover(self) -> Tree:
        """The files of the project, and which of them were passed."""
        from taskguard import discovery

        request, settings = self.request, self.settings
        options = discovery.Options(
            exclude=settings.exclude,
            force_exclude=settings.force_exclude,
            respect_gitignore=settings.respect_gitignore,
            folder=settings.folder,
        )
        paths = [os.path.join(request.cwd, path) for path in request.paths if path != "-"]
        if request.hook:
            # pre-commit names no file that is gone, other runners do: its deletion is what is to be judged.
            self._gone = tuple(self.relative(path) for path in paths if not os.path.lexists(path))
            paths = [path for path in paths if os.path.lexists(path)]
        if self._named_text_is_excluded():
            return Tree({}, {}, frozenset(), frozenset(), {}, ())
        if request.hook and not paths and not self._index():
            return Tree({}, {}, frozenset(), frozenset(), {}, ())
        if not paths and not self.stdin and not request.hook:
            paths = [request.cwd if _inside(request.cwd, self.root) else self.root]
        whole = [os.path.abspath(path) for path in paths] == [self.root]
        everything = self._everything(options) if whole or not request.no_project else None
        passed = everything if whole else discovery.walk(self.root, paths, options) if paths else None
        return self._tree(passed or discovery.Walk({}, {}), everything)

    def _everything(self, options: Options) -> Walk:
        """All files below the root; folders that are as they were are not listed again."""
        from taskguard import discovery

        if self.cache is None or os.name == "nt":  # there, some file systems do not tell that a folder has changed
            return discovery.walk(self.root, [self.root], options)
        question = repr((code(), self.root, options.replace(force_exclude=False)))
        folder, file = self.cache.path, self.cache.file("walk")
        memory = discovery.Memory(question, file)
        made = discovery.walk(self.root, [self.root], options, memory)
        if memory.fresh:
            from taskguard.engine.folder_times import known_to_tell, same_device

            beside = same_device(self.root, folder)
            if not beside and not known_to_tell(self.root):
                return made
            before = memory.state(folder)
            memory.write()
            if beside and memory.state(folder) == before != discovery.UNSURE:
                remove_file(file.path)  # a folder here does not tell that it has changed: no listing is to be believed
        return made

    def _tree(self, passed: Walk, everything: Walk | None) -> Tree:
        sizes, times, markers = passed.sizes, passed.times, passed.markers
        if everything is not None and everything is not passed:
            sizes, times = {**everything.sizes, **sizes}, {**everything.times, **times}
            markers = tuple(sorted({*everything.markers, *markers}))
        self._settings_files = frozenset(
            one for one in markers if one.rpartition("/")[2] in SETTINGS_NAMES and "/" in one
        )
        wanted = None
        if passed is not everything or self.stdin or self.request.hook:
            wanted = frozenset([*passed.sizes, *passed.problems, *self.stdin, *self._index()])
            if not self.stdin and wanted >= sizes.keys() | passed.problems.keys():
                wanted = None
        forced = frozenset(sizes) if self._parse_all() else passed.explicit
        return Tree(sizes, times, wanted, forced, _failures(passed.problems), markers)

    def _parse_all(self) -> bool:
        """Whether every file is parsed: the pack `strict`, or TG001 asked for by name (SEMANTICS: which files are parsed)."""
        select = self.settings.select
        return "strict" in self.settings.packs if select is None else "TG001" in select

    def text(self, path: str) -> str | None:
        """The text of a file on disk, None where it cannot be read."""
        return text_of(read_below(self.root, path))

    def _index(self) -> tuple[str, ...]:
        """In a hook, the files that the commit deletes or renames, and those that were named and are gone."""
        if not self.request.hook:
            return ()
        from taskguard.gitread import index_changes

        changes = index_changes(self.root)
        gone = (*self._gone, *changes.deleted, *(old for old, _ in changes.renamed))
        return tuple(path for path in dict.fromkeys(gone) if path.endswith((".py", ".pyi")))


def _failures(problems: dict[str, str]) -> dict[str, Facts]:
    if not problems:
        return {}
    from taskguard.facts.failed import unreadable

    return {path: unreadable(problem) for path, problem in problems.items()}


def _option_types(code: str) -> Mapping[str, Any] | None:
    from taskguard.selection import option_types

    return option_types(code)


def read_below(root: str, path: str) -> bytes | None:
    """The bytes of a file below a folder, None where it cannot be read."""
    from taskguard.discovery import read

    try:
        return read(os.path.join(root, path))
    except OSError:
        return None


def text_of(data: bytes | None) -> str | None:
    """The text of a file with these bytes, None where it has none."""
    from taskguard.facts.source import SourceError, decode

    try:
        return None if data is None else decode(data)
    except SourceError:
        return None


def _inside(path: str, folder: str) -> bool:
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
