"""A linked project that is asked about one file after another: flake8, editors."""

from __future__ import annotations

import os

from taskguard.engine.judge import Judge, Scope
from taskguard.engine.running import agreed, opened
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Diagnostic


class Session:
    """The project around the folder `cwd`. Settings and files are read once, when first asked for. Raises UserError as `run` does.

    `noqa` False leaves `# noqa` comments unheeded.
    """

    def __init__(
        self, cwd: str, config: str | None = None, packs: tuple[str, ...] | None = None, *, noqa: bool = True
    ) -> None:
        self._request = Request((), cwd, config=config, packs=packs)
        self._noqa = noqa
        self._by_path: dict[str, list[Diagnostic]] | None = None
        self._places, self._store, self._project = opened(self._request)
        self._baseline = agreed(self._places.root)

    def everything(self) -> dict[str, list[Diagnostic]]:
        """All diagnostics of the project as it is on disk, by path."""
        if self._by_path is None:
            made: dict[str, list[Diagnostic]] = {}
            for one in Judge(self._project, Scope(noqa=self._noqa, baseline=self._baseline)).run().report.diagnostics:
                made.setdefault(one.path, []).append(one)
            self._by_path = made
            self._store.save()
        return self._by_path

    def diagnostics(self, filename: str, text: str) -> tuple[Diagnostic, ...]:
        """The diagnostics that lie in the file, whose text may differ from what is on disk."""
        path = self._places.relative(os.path.join(self._request.cwd, filename))
        saved = self._store.text(path)
        if saved is not None and (saved == text or saved.removeprefix("\ufeff") == text):
            if path in self._project.modules:
                return tuple(self.everything().get(path, ()))
            if self._by_path is None or path not in self._by_path:
                return ()
        if path.startswith("../"):
            return ()
        return self._unsaved(path, text)

    def _unsaved(self, path: str, text: str) -> tuple[Diagnostic, ...]:
        from taskguard.engine.running import linked

        replaced = self._store.replaced(path, text)
        project = linked(self._places, replaced)
        report = Judge(project, Scope(frozenset((path,)), noqa=self._noqa, baseline=self._baseline)).run().report
        return tuple(one for one in report.diagnostics if one.path == path)
