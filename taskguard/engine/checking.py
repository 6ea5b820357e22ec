"""The pure core: texts and settings in, a sorted report out. No disk, no printing."""

from __future__ import annotations

from taskguard.discovery.markers import is_marker
from taskguard.engine.extraction import extra_words, facts_of_bytes
from taskguard.engine.finder import Finder
from taskguard.engine.linking import linked
from taskguard.engine.linter import Linter, LintResult, Scope
from taskguard.engine.searches import for_modules, for_words
from taskguard.facts.source import text_of
from taskguard.settings.model import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from taskguard.baseline import Baseline
    from taskguard.diagnostics import Report
    from taskguard.facts.model import Facts
    from taskguard.project.python.project import Project


def check_project(
    files: Mapping[str, str | bytes], settings: Settings = Settings(), *, passed: Iterable[str] | None = None
) -> Report:
    """Checks a whole project given as paths (relative, with `/`) and texts.

    `passed` are the paths whose diagnostics are wanted, with those elsewhere that depend on one of them; None means all.
    """
    return lint(link(files, settings), passed).report


def check_change(
    before: Mapping[str, str | bytes], after: Mapping[str, str | bytes], settings: Settings = Settings()
) -> Report:
    """Checks what a change did: the rules about changes, and everything else on `after`."""
    return lint(link(after, settings), None, before=link(before, settings)).report


def lint(
    project: Project,
    passed: Iterable[str] | None = None,
    *,
    before: Project | None = None,
    baseline: Baseline | None = None,
) -> LintResult:
    """All selected rules over a linked project; what the baseline has is hidden."""
    change = None
    if before is not None:
        from taskguard.project.change.linked import Linked
        from taskguard.project.change.model import Change

        change = Change(Linked(before), Linked(project))
    return Linter(project, Scope(None if passed is None else frozenset(passed), True, change, baseline=baseline)).run()


def link(files: Mapping[str, str | bytes], settings: Settings = Settings()) -> Project:
    """Links texts to a project. Files that cannot matter are parsed only when a name leads there."""
    return linked(TextStore(files, extra_words(settings)), settings)


class TextStore:
    """Facts of texts held in memory, each made once."""

    def __init__(self, files: Mapping[str, str | bytes], extra: tuple[bytes, ...]) -> None:
        self._files = files
        self.extra = extra
        self._skimmed: dict[str, Facts] = {}
        self.paths = [path for path in files if path.endswith((".py", ".pyi"))]
        self.eager = [path for path in self.paths if self.skimmed(path).parsed]
        self.relevant = self.eager
        self._finder = Finder(files, self._bytes)
        self.markers = tuple(path for path in files if is_marker(path))

    def _bytes(self, path: str) -> bytes:
        text = self._files[path]
        return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    def skimmed(self, path: str) -> Facts:
        if path not in self._skimmed:
            self._skimmed[path] = facts_of_bytes(self._bytes(path), path, False, self.extra)
        return self._skimmed[path]

    def facts(self, path: str) -> Facts:
        facts = self.skimmed(path)
        if not facts.parsed:
            facts = self._skimmed[path] = facts_of_bytes(self._bytes(path), path, True)
        return facts

    def read(self, path: str) -> bytes | None:
        return self._bytes(path) if path in self._files else None

    def text(self, path: str) -> str | None:
        return text_of(self.read(path))

    def search(self, *words: str) -> list[str]:
        """The paths of the files whose bytes hold one of the words."""
        return self._found(for_words(words))

    def importing(self, names: Collection[str]) -> list[str]:
        """The paths of the files that may import from a module whose name ends in one of `names`."""
        return self._found(for_modules(names))

    def _found(self, searches: list[bytes]) -> list[str]:
        return sorted(self._finder.find(searches))
