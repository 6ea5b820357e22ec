"""Fixing what a linted project says can be fixed: in memory, and every result linted again."""

from __future__ import annotations

from taskguard.engine.linter import Linter, LintResult
from taskguard.engine.overlay import Overlay
from taskguard.fixes.rounds import Fixer, State
from taskguard.request import Repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from taskguard.diagnostics import Diagnostic
    from taskguard.engine.linter import Scope
    from taskguard.engine.overlay import Store
    from taskguard.project.python.project import Project


def linting(link: Callable[[Store], Project], scope: Scope) -> Callable[[Store], LintResult]:
    """How the project of a store is result."""
    return lambda store: Linter(link(store), scope).run()


def silencing(
    lint: Callable[[Store], LintResult], reason: str, only: Collection[str] | None
) -> Callable[[Store], LintResult]:
    """How the project of a store is linted where each finding in the files `only` (None: all) is to be hidden by a comment."""
    from taskguard.fixes.silencing import silenced

    def linted(store: Store) -> LintResult:
        found = lint(store)
        hidden = silenced(found.report.diagnostics, store.text, reason, only)
        return found.replace(report=found.report.replace(diagnostics=hidden))

    return linted


def mend(
    store: Store,
    result: LintResult,
    lint: Callable[[Store], LintResult],
    *,
    unsafe: bool,
    only: Collection[str] | None = None,
) -> tuple[LintResult, Store, Repair]:
    """The verdict when everything is fixed that can be, the files as they are then, and what was done. `only` as in `Fixer`."""

    def again(files: Mapping[str, bytes]) -> State:
        changed = Overlay(store, files)
        return _state(changed, lint(changed), files)

    mended = Fixer(store.read, again, unsafe=unsafe, only=only).run(_state(store, result, {}))
    verdict, changed = mended.state.of
    new = dict(mended.state.files)
    old = {path: data for path in new if (data := store.read(path)) is not None}
    return verdict, changed, Repair(mended.fixed, mended.left, old, new)


def kept_promises(
    store: Store, result: LintResult, lint: Callable[[Store], LintResult], editable: Callable[[str], bool]
) -> LintResult:
    """The verdict without the fixes that would not hold, and without those that edit other files than the `editable` ones: all are tried, none is written."""

    def promised(one: Diagnostic) -> bool:
        return one.fix is not None and all(editable(edit.path) for edit in one.fix.edits)

    fixable = [one for one in result.report.diagnostics if promised(one)]
    failed: set[Diagnostic] = set()
    if fixable:
        unsafe = not all(one.fix.safe for one in fixable if one.fix is not None)
        _, _, repair = mend(store, result, lint, unsafe=unsafe)
        failed = {one for one, _ in repair.left}
    told = (one if promised(one) and one not in failed else one.replace(fix=None) for one in result.report.diagnostics)
    return result.replace(report=result.report.replace(diagnostics=tuple(told)))


def _state(store: Store, result: LintResult, files: Mapping[str, bytes]) -> State:
    broken = frozenset(path for path in files if store.facts(path).failure is not None)
    return State(result.report, broken, files, len(result.crashes), (result, store))
