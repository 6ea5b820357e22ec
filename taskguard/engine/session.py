"""Projects that are asked about one file after another: flake8, editors."""

from __future__ import annotations

import os

from taskguard.engine.projects import Standing
from taskguard.engine.resolver import Resolver
from taskguard.errors import UserError
from taskguard.request import Request
from taskguard.settings.find import unrooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Diagnostic
    from taskguard.engine.resolver import Tree
    from taskguard.engine.store import DiskStore


class Session:
    """The projects of the files that are asked about, each opened when the first of its files is; making a session raises nothing.

    `cwd` is where file names count from. `paths` are those that the front end was called with: a folder among them is the project of files
    that stand in none. `noqa` False leaves `# noqa` comments unheeded. `several` says that more than one file will be asked about: then
    all of a project are judged together; else a file is judged by itself within its project, as `taskguard check` does it with a file
    that is named.

    `select` and `extend_select` are those of `Request`.

    `crashes` and `faults` are those of rules, as `Outcome` has them, in what was judged last.
    """

    def __init__(
        self,
        cwd: str,
        config: str | None = None,
        packs: tuple[str, ...] | None = None,
        *,
        noqa: bool = True,
        several: bool = True,
        paths: tuple[str, ...] = (),
        select: tuple[str, ...] | None = None,
        extend_select: tuple[str, ...] = (),
    ) -> None:
        self._cwd = os.path.realpath(cwd)
        self._request = Request(
            (), self._cwd, config=config, packs=packs, select=select, extend_select=extend_select, noqa=noqa
        )
        self._paths = tuple(os.path.join(self._cwd, path) for path in paths or (".",) if path != "-")
        self._several = several
        self._standing: Standing | None = None
        self._projects: dict[str, OpenProject] = {}
        self.crashes: tuple[str, ...] = ()
        self.faults: tuple[str, ...] = ()

    def everything(self) -> None:
        """Judges the projects of all `paths` as they are on disk. What is wrong in one is raised when one of its files is asked about."""
        waiting = [self._root(path) for path in self._paths]
        seen: set[str] = set()
        while waiting:
            root = waiting.pop()
            if root in seen or root in unrooted():
                continue
            seen.add(root)
            try:
                project = self._project(root)
                project.everything()
            except UserError:
                continue
            waiting += [below for below in project.tree.others if any(_around(path, below) for path in self._paths)]

    def diagnostics(self, filename: str, text: str) -> tuple[Diagnostic, ...]:
        """The diagnostics that lie in the file, whose text may differ from what is on disk. Raises UserError as `run` does."""
        self.crashes = self.faults = ()
        path = os.path.join(self._cwd, filename)
        root = self._root(path)
        alone = path if root in unrooted() else ""
        project = self._project(root, alone)
        try:
            return project.diagnostics(path, text, together=self._several and not alone)
        finally:
            self.crashes, self.faults = project.crashes, project.faults

    def _root(self, path: str) -> str:
        if self._standing is None:
            self._standing = Standing(self._cwd, self._paths)
        return self._standing.root(path)

    def _project(self, root: str, alone: str = "") -> OpenProject:
        held = self._projects.get(alone or root)
        if held is None:
            paths = (alone,) if alone else ()
            held = OpenProject(self._request.replace(root=root, cwd=root, paths=paths))
            self._projects[alone or root] = held
        return held


class OpenProject:
    """One project. Settings are read at once, files when first asked for. Raises UserError as `run` does."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._resolver = Resolver(request)
        self._tree: Tree | None = None
        self._store: DiskStore | None = None
        self._kept = False
        self._by_path: dict[str, list[Diagnostic]] | None = None
        self.crashes: tuple[str, ...] = ()
        self.faults: tuple[str, ...] = ()

    @property
    def tree(self) -> Tree:
        """The files of the project, as they were when they were first asked for."""
        if self._tree is None:
            self._tree = self._resolver.discover()
        return self._tree

    @property
    def store(self) -> DiskStore:
        """The facts of all files."""
        if self._store is None:
            from taskguard.engine.store import DiskStore

            self._store = DiskStore(self._resolver, self.tree)
        return self._store

    def everything(self) -> dict[str, list[Diagnostic]]:
        """All diagnostics of the project as it is on disk, by path."""
        if self._by_path is None:
            from taskguard.engine.running import Clock, answered

            made: dict[str, list[Diagnostic]] = {}
            outcome = answered(self._resolver, self.tree, Clock())
            self.crashes, self.faults = outcome.crashes, outcome.faults
            for one in outcome.report.diagnostics:
                made.setdefault(one.path, []).append(one)
            self._by_path = made
        return self._by_path

    def diagnostics(self, file: str, text: str, *, together: bool) -> tuple[Diagnostic, ...]:
        """The diagnostics that lie in an absolute file of the project. `together`: it will be asked about others, too."""
        path = self._resolver.relative(file)
        saved = self._resolver.text(path)
        if saved is None or (saved != text and saved.removeprefix("\ufeff") != text):
            return self._unsaved(path, text)
        if path not in self.tree.sizes:
            return ()
        if together or self._by_path is not None:
            return tuple(self.everything().get(path, ()))
        return self._alone(path)

    def _alone(self, path: str) -> tuple[Diagnostic, ...]:
        from taskguard.engine.running import Clock, answered

        outcome = answered(self._resolver, self.tree.replace(passed=frozenset((path,))), Clock())
        self.crashes, self.faults = outcome.crashes, outcome.faults
        return tuple(one for one in outcome.report.diagnostics if one.path == path)

    def _unsaved(self, path: str, text: str) -> tuple[Diagnostic, ...]:
        store = self.store.replaced(path, text)
        if self._resolver.excluded(path):
            return ()
        from taskguard.engine.baselines import agreed
        from taskguard.engine.linter import Linter, Scope
        from taskguard.engine.running import linked

        project = linked(self._resolver, store, complete=not self._resolver.request.no_project)
        baseline = agreed(self._resolver.root, self.tree.baselines)
        if baseline is not None:
            from taskguard.engine.baseline_renames import still_there

            baseline = still_there(baseline, self._resolver.root, project.modules)
        scope = Scope(
            frozenset((path,)), not self._resolver.request.no_project, noqa=self._request.noqa, baseline=baseline
        )
        result = Linter(project, scope).run()
        self.crashes, self.faults = result.crashes, result.faults
        if not self._kept:
            self._kept = True
            self.store.save()
        return tuple(one for one in result.report.diagnostics if one.path == path)


def _around(path: str, folder: str) -> bool:
    """Whether a path that was passed is a folder around another."""
    return folder.startswith(os.path.realpath(path).rstrip(os.sep) + os.sep)
