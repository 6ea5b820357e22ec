"""Where a request applies: the root, the settings of each folder, the files of the project and those that were passed."""

from __future__ import annotations

import os

from taskguard.cachefile import remove_file
from taskguard.discovery.markers import BASELINE
from taskguard.engine.cache_folder import code, open_cache
from taskguard.engine.projects import by_project
from taskguard.record import Record
from taskguard.settings.cache import load_anew, load_stored
from taskguard.settings.find import LOOSE, SETTINGS_NAMES, project_of, settings_in, unrooted
from taskguard.settings.model import CommandLine, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from taskguard.discovery import Options, Walk
    from taskguard.engine.archives import Archives
    from taskguard.engine.nested import Nested
    from taskguard.errors import Problem
    from taskguard.facts.model import Facts
    from taskguard.request import Request


class Tree(Record):
    """The files of a run. `sizes` are bytes and `times` are nanoseconds by root-relative path, `stamps` as a walk has them, `forced` are parsed
    whatever the byte search says.

    `passed` are the paths whose diagnostics are wanted, None for all of them. `failures` are paths that are no regular files.
    `markers` are the paths of the files that mark import roots, `others` the roots of other projects below folders that were passed,
    `baselines` the folders below the root that have one. `named` are those that were passed by name: they are parsed at least to see whether
    they can be.
    """

    sizes: dict[str, int]
    times: dict[str, int]
    passed: frozenset[str] | None
    forced: frozenset[str]
    failures: dict[str, Facts]
    markers: tuple[str, ...]
    others: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    stamps: dict[str, int] = {}
    named: frozenset[str] = frozenset()


class Resolver:
    """The answers to "where?" for one project of a request, the first where it has none. Raises UserError for wrong settings and paths
    that do not exist.
    """

    def __init__(self, request: Request) -> None:
        if request.root is None:
            request = by_project(request)[0]
        assert request.root is not None
        self.root = request.root
        # Nothing is linked, kept or read for files that stand in the home folder or in `/`: no project is that large.
        self._alone = self.root in unrooted()
        if self._alone:
            request = request.replace(no_project=True, cache=False)
        self.request = request
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
            only=request.only,
        )
        self.cache = open_cache(self.root, request.cache_dir) if request.cache else None
        self.settings = self._load()
        # What the whole project is linked by, and the settings of its folders: known when its files are.
        self.shared = self.settings
        self.nested: Nested | None = None
        self._archives: Archives | None = None
        self._gone: tuple[str, ...] = ()

    @property
    def _fixed(self) -> bool:
        """Whether the same settings hold everywhere, or none are to be read."""
        return self.cli.isolated or self.cli.config is not None or self._alone

    def _load(self) -> Settings:
        return self._read(None if self._fixed else settings_in(self.root))

    def _read(self, file: str | None) -> Settings:
        if self.cache is None:
            return load_anew(file, self.root, self.cli, _option_types, without_file=_settings_without_file)
        return load_stored(
            file, self.root, self.cli, _option_types, kept=self.cache.file, without_file=_settings_without_file
        )

    def _stdin(self) -> dict[str, bytes]:
        request = self.request
        if request.stdin_text is None:
            return {}
        text = request.stdin_text
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        return {self.relative(os.path.join(request.cwd, request.stdin_filename or "stdin.py")): data}

    def relative(self, path: str) -> str:
        """An absolute path relative to the root, with `/`; links in it are followed."""
        real = os.path.realpath(path)
        if not _inside(real, self.root):
            folder, name = os.path.split(os.path.abspath(path))
            real = os.path.join(os.path.realpath(folder), name)
        return os.path.relpath(real, self.root).replace(os.sep, "/")

    def settings_at(self, path: str) -> Settings:
        """The settings nearest to a root-relative path."""
        settings = (self.nested and self.nested.at(path)) or self.settings
        if "archive" not in path:
            return settings
        if self._archives is None:
            from taskguard.engine.archives import Archives

            self._archives = Archives(self.root)
        return self._archives.settings(path, settings)

    @property
    def parts(self) -> tuple[Settings, ...]:
        """The settings of folders below the root."""
        return tuple(self.nested.by_folder.values()) if self.nested is not None else ()

    def hold_rules(self) -> None:
        """Raises UserError for rules that the settings turn on in vain. A check finds out by itself; `discover` comes first."""
        from taskguard.errors import UserError
        from taskguard.selection import Selection

        problems: list[Problem] = []
        for one in (self.settings, *self.parts):
            try:
                Selection(one)
            except UserError as error:
                problems += error.problems
        if problems:
            raise UserError(*dict.fromkeys(problems))

    def excluded(self, path: str) -> bool:
        """Whether the settings exclude a root-relative path, which need not be there."""
        from taskguard import discovery

        for one in {self.settings, self.settings_at(path)}:
            options = discovery.Options(exclude=one.exclude, folder=one.folder)
            if discovery.is_excluded(self.root, os.path.join(self.root, path), options):
                return True
        return False

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
        whole = [os.path.realpath(path) for path in paths] == [self.root]
        if not whole and project_of(self.root)[1] == LOOSE:
            # A script that lies about is no project: beside it counts what Python would import from there.
            options = options.replace(packages=True)
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
        memory = discovery.ListingCache(question, file)
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
        whole = passed is everything
        others = {*passed.repositories}
        if any("/" in path for walk in (passed, everything) if walk is not None for path in walk.markers):
            from taskguard.engine.nested import projects_below, without

            cut = projects_below(self.root, {*passed.markers, *(everything.markers if everything is not None else ())})
            others.update(folder for folder in cut if any(one.startswith(folder + "/") for one in passed.markers))
            passed = without(passed, cut)
            everything = passed if whole else without(everything, cut) if everything is not None else None
        if self._alone and any("/" in path for path in passed.sizes):
            from taskguard.engine.nested import loose_folders, without

            loose = loose_folders(self.root, passed.sizes)
            others.update(loose)
            passed = without(passed, loose)
            everything = passed if whole else everything
        sizes, times, stamps, markers = passed.sizes, passed.times, passed.stamps, passed.markers
        if everything is not None and not whole:
            sizes, times = {**everything.sizes, **sizes}, {**everything.times, **times}
            stamps = {**everything.stamps, **stamps}
            markers = tuple(sorted({*everything.markers, *markers}))
        wanted = None
        if not whole or self.stdin or self.request.hook:
            wanted = frozenset([*passed.sizes, *passed.problems, *self.stdin, *self._index()])
            if not self.stdin and wanted >= sizes.keys() | passed.problems.keys():
                wanted = None
        agreed = [path for path in markers if path.rpartition("/")[2] == BASELINE]
        if agreed:
            markers = tuple(path for path in markers if path not in agreed)
        inner = self._nested(markers, wanted)
        if inner is not None:
            spared = passed.explicit if not self.settings.force_exclude else frozenset[str]()
            gone = inner.excluded(self.root, sizes, self.settings) - spared
            sizes = {path: size for path, size in sizes.items() if path not in gone}
            times = {path: time for path, time in times.items() if path not in gone}
            stamps = {path: one for path, one in stamps.items() if path not in gone}
            wanted = wanted - gone if wanted is not None else None
        forced = self.forced(sizes)
        if self.request.no_project:
            forced |= passed.explicit
        named = passed.explicit - forced
        baselines = tuple(folder for path in agreed if (folder := path.rpartition("/")[0]))
        roots = tuple(os.path.join(self.root, folder) for folder in sorted(others))
        return Tree(sizes, times, wanted, forced, _failures(passed.problems), markers, roots, baselines, stamps, named)

    def _nested(self, markers: tuple[str, ...], asked: frozenset[str] | None) -> Nested | None:
        """The settings of folders below the root, None where there are none."""
        if self._fixed or not any("/" in one and one.rpartition("/")[2] in SETTINGS_NAMES for one in markers):
            return None
        from taskguard.engine.nested import Nested

        self.nested = made = Nested(self.root, markers, asked, self._read)
        self.shared = made.shared(self.settings)
        return made

    def forced(self, paths: Collection[str]) -> frozenset[str]:
        """The files that are parsed whatever they hold."""
        if self.nested is None or not self.nested.by_folder:
            return frozenset(paths) if _parses_all(self.settings) else frozenset()
        return frozenset(path for path in paths if _parses_all(self.settings_at(path)))

    def text(self, path: str) -> str | None:
        """The text of a file on disk, None where it cannot be read."""
        from taskguard.facts.source import text_of

        return text_of(read_below(self.root, path))

    def _index(self) -> tuple[str, ...]:
        """In a hook, the files that the commit deletes or renames, and those that were named and are gone."""
        if not self.request.hook:
            return ()
        from taskguard.gitread import index_changes

        changes = index_changes(self.root)
        gone = (*self._gone, *changes.deleted, *(old for old, _ in changes.renamed))
        return tuple(path for path in dict.fromkeys(gone) if path.endswith((".py", ".pyi")))


def _parses_all(settings: Settings) -> bool:
    """Whether every file is parsed: the pack `strict`, or a rule about syntax asked for by its code (SEMANTICS: which files are parsed)."""
    if settings.select is None:
        return "strict" in settings.packs
    from taskguard.settings.catalogue import OF_SYNTAX

    return not OF_SYNTAX.isdisjoint(settings.select)


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


def _settings_without_file() -> Settings | None:
    from taskguard.settings.ready import ready

    return ready()


def _inside(path: str, folder: str) -> bool:
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
