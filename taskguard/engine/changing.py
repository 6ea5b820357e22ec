"""What a change breaks: the rules about changes, and what the rules about imports say of the imports that it brought."""

from __future__ import annotations

from taskguard.diagnostics import Diagnostic
from taskguard.engine.judge import Judge, Judged, Scope
from taskguard.project.change.linked import Linked
from taskguard.project.change.model import Change
from taskguard.rule import ChangeRule
from taskguard.settings.catalogue import CATALOGUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.project import Project
    from taskguard.settings.model import Settings

OWN = "TG7"
IMPORTS = ("TG402", "TG405")
WIDE = "TG405"
# The codes that say nothing of a change.
OTHERS = tuple(code for code in CATALOGUE if not code.startswith(OWN) and code not in IMPORTS)


def for_change(settings: Settings) -> Settings:
    """The settings with only those rules that say something of a change, and TG405 about every module of the project."""
    options = {
        **dict(settings.options),
        WIDE: (
            *((key, one) for key, one in dict(settings.options).get(WIDE, ()) if key != "modules"),
            ("modules", "all"),
        ),
    }
    return settings.replace(ignore=(*settings.ignore, *OTHERS, *guests(settings)), options=tuple(options.items()))  # type: ignore[no-any-return]


def guests(settings: Settings) -> list[str]:
    """The codes of other packages' checkers that say nothing of a change."""
    if not settings.checkers:
        return []
    from taskguard.settings.foreign import codes

    return [code for code, one in codes(settings.checkers).items() if not issubclass(one.rule, ChangeRule)]


def judge_change(before: Project, after: Project) -> Judged:
    """What the change from one project to another breaks. Both are linked with settings of `for_change`."""
    return judge(Change(Linked(before), Linked(after)), before, None)


def judge(change: Change, before: Project | None, passed: frozenset[str] | None) -> Judged:
    """As `judge_change`; `before` is None where the old state is a snapshot. `passed` are the paths whose diagnostics are wanted."""
    after = change.after.project
    after.importing = change.changed
    judged = Judge(after, Scope(passed, True, change)).run()
    report = judged.report
    kept = tuple(one for one in report.diagnostics if one.code not in IMPORTS or new_import(change, before, one))
    return judged.replace(report=report.replace(diagnostics=kept))  # type: ignore[no-any-return]


def new_import(change: Change, before: Project | None, one: Diagnostic) -> bool:
    """Whether the import that a diagnostic is about was added by the change, or lifted to module level."""
    if one.path not in change.changed or before is None:
        return False
    after = change.after.project.modules[one.path]
    old = before.modules.get(one.path)
    had = (
        {(old.absolute(held.module), held.name) for held in old.facts.imports if not held.scope}
        if old is not None
        else set()
    )
    at = [held for held in after.facts.imports if held.span.line <= one.line <= held.span.end_line and not held.scope]
    return any((after.absolute(held.module), held.name) not in had for held in at)
