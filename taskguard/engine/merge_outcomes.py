"""The outcomes of several projects as one: paths count from the deepest folder that holds them all."""

from __future__ import annotations

import os

from taskguard.diagnostics import Report
from taskguard.request import Outcome, Repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from taskguard.diagnostics import Diagnostic, Fix

    Texts = Callable[[str], str | None]


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of several projects, each of which is still among its `parts`; of one project, its own."""
    if len(outcomes) == 1:
        return outcomes[0]
    root = common_root([one.root for one in outcomes])
    pairs = [(prefix(one.root, root), one) for one in outcomes]
    report = Report(
        tuple(
            sorted(
                (moved(one, start) for start, made in pairs for one in made.report.diagnostics),
                key=lambda one: (one.path, one.line, one.column, one.code, one.symbol or "", one.message),
            )
        ),
        tuple(sorted(one.replace(path=start + one.path) for start, made in pairs for one in made.report.undecided)),
        sum(one.report.files for one in outcomes),
        sum(one.report.suppressed for one in outcomes),
        sum(one.report.baselined for one in outcomes),
        all(one.report.idle for one in outcomes),
    )
    stages: dict[str, float] = {}
    for name, seconds in (stage for one in outcomes for stage in one.timings):
        stages[name] = stages.get(name, 0.0) + seconds
    tasks = [one.tasks for one in outcomes if one.tasks is not None]
    return Outcome(
        report, root, outcomes[0].cwd, _texts(pairs), tuple(stages.items()),
        tuple(text for one in outcomes for text in one.crashes),
        sum(tasks) if tasks else None,
        faults=tuple(text for one in outcomes for text in one.faults),
        has_plugins=any(one.has_plugins for one in outcomes),
        repair=_repair(pairs),
        parts=tuple(outcomes),
        warnings=tuple(text for one in outcomes for text in one.warnings),
    )  # fmt: skip


def common_root(roots: Sequence[str]) -> str:
    """The deepest folder that holds the roots of all projects."""
    return os.path.commonpath(roots)


def prefix(root: str, top: str) -> str:
    """What stands before the paths of a project below `top`."""
    return "" if root == top else os.path.relpath(root, top).replace(os.sep, "/") + "/"


def moved(one: Diagnostic, prefix: str) -> Diagnostic:
    """A diagnostic with its paths behind a prefix."""
    return one.replace(
        path=prefix + one.path,
        related=tuple(other.replace(path=prefix + other.path) for other in one.related),
        depends=tuple(prefix + path for path in one.depends),
        fix=_fix(one.fix, prefix),
    )


def _fix(fix: Fix | None, prefix: str) -> Fix | None:
    if fix is None:
        return None
    return fix.replace(edits=tuple(edit.replace(path=prefix + edit.path) for edit in fix.edits))


def _texts(pairs: list[tuple[str, Outcome]]) -> Texts:
    """The text of a file of whichever project it lies in: the innermost one."""
    inner = sorted(pairs, key=lambda pair: -len(pair[0]))

    def text(path: str) -> str | None:
        for prefix, outcome in inner:
            if path.startswith(prefix):
                return outcome.texts(path[len(prefix) :])
        return None

    return text


def _repair(pairs: list[tuple[str, Outcome]]) -> Repair | None:
    made = [(prefix, one.repair) for prefix, one in pairs if one.repair is not None]
    if not made:
        return None

    def files(of: Callable[[Repair], Mapping[str, bytes]]) -> dict[str, bytes]:
        return {prefix + path: data for prefix, one in made for path, data in of(one).items()}

    return Repair(
        tuple(moved(one, prefix) for prefix, repair in made for one in repair.fixed),
        tuple((moved(one, prefix), why) for prefix, repair in made for one, why in repair.left),
        files(lambda one: one.old),
        files(lambda one: one.new),
    )
