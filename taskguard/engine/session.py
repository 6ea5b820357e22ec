"""A project that is asked about one file after another: flake8, editors."""

from __future__ import annotations

import os

from taskguard.engine.places import Places
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Diagnostic
    from taskguard.engine.places import Tree
    from taskguard.engine.store import DiskStore


class Session:
    """The project around the folder `cwd`. Settings are read at once, files when first asked for. Raises UserError as `run` does.

    `noqa` False leaves `# noqa` comments unheeded. `several` says that more than one file will be asked about: then all are judged
    together; else a file is judged by itself within its project, as `taskguard check` does it with a file that is named.

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
    ) -> None:
        self._request = Request((), cwd, config=config, packs=packs, noqa=noqa)
        self._places = Places(self._request)
        self._several = several
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
            self._tree = self._places.discover()
        return self._tree

    @property
    def store(self) -> DiskStore:
        """The facts of all files."""
        if self._store is None:
            from taskguard.engine.store import DiskStore

            self._store = DiskStore(self._places, self.tree)
        return self._store

    def everything(self) -> dict[str, list[Diagnostic]]:
        """All diagnostics of the project as it is on disk, by path."""
        if self._by_path is None:
            from taskguard.engine.running import Clock, answered

            made: dict[str, list[Diagnostic]] = {}
            outcome = answered(self._places, self.tree, Clock())
            self.crashes, self.faults = outcome.crashes, outcome.faults
            for one in outcome.report.diagnostics:
                made.setdefault(one.path, []).append(one)
            self._by_path = made
        return self._by_path

    def diagnostics(self, filename: str, text: str) -> tuple[Diagnostic, ...]:
        """The diagnostics that lie in the file, whose text may differ from what is on disk."""
        path = self._places.relative(os.path.join(self._request.cwd, filename))
        if path.startswith("../"):
            return ()
        saved = self._places.text(path)
        if saved is None or (saved != text and saved.removeprefix("\ufeff") != text):
            return self._unsaved(path, text)
        if path not in self.tree.sizes:
            return ()
        if self._several or self._by_path is not None:
            return tuple(self.everything().get(path, ()))
        return self._alone(path)

    def _alone(self, path: str) -> tuple[Diagnostic, ...]:
        from taskguard.engine.running import Clock, answered

        outcome = answered(self._places, self.tree.replace(passed=frozenset((path,))), Clock())
        self.crashes, self.faults = outcome.crashes, outcome.faults
        return tuple(one for one in outcome.report.diagnostics if one.path == path)

    def _unsaved(self, path: str, text: str) -> tuple[Diagnostic, ...]:
        if self._places.excluded(path):
            return ()
        from taskguard.engine.judge import Judge, Scope
        from taskguard.engine.running import agreed, linked

        project = linked(self._places, self.store.replaced(path, text))
        scope = Scope(frozenset((path,)), noqa=self._request.noqa, baseline=agreed(self._places.root))
        judged = Judge(project, scope).run()
        self.crashes, self.faults = judged.crashes, judged.faults
        if not self._kept:
            self._kept = True
            self.store.save()
        return tuple(one for one in judged.report.diagnostics if one.path == path)
