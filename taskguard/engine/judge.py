"""Rules over a linked project: findings become diagnostics with code, name and level; suppressions are applied."""

from __future__ import annotations

from taskguard.diagnostics import Diagnostic, Report, Undecided
from taskguard.record import Record
from taskguard.rule import ChangeRule, FileRule, Finding, ProjectRule, Unsure
from taskguard.selection import Selection
from taskguard.suppressions import Unused, apply, unused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.project.change.model import Change
    from taskguard.project.project import Project
    from taskguard.rule import Rule
    from taskguard.settings.model import Settings


class Scope(Record):
    """What is asked for. `passed` are the paths whose diagnostics are wanted, together with those elsewhere that depend on one
    of them (None: all). `project` is False where only rules about one file run. `change` is what led to this state.
    `noqa` False leaves `# noqa` comments unheeded.
    """

    passed: frozenset[str] | None = None
    project: bool = True
    change: Change | None = None
    noqa: bool = True


class Judged(Record):
    """The report, and a text for each rule that crashed: our bug, told apart from what the rules found."""

    report: Report
    crashes: tuple[str, ...] = ()


class Judge:
    """Runs the selected rules over one project. Make one, call `run` once."""

    def __init__(self, project: Project, scope: Scope) -> None:
        self.project = project
        self.scope = scope
        self.crashes: list[str] = []
        self.found: list[tuple[Diagnostic, tuple[int, ...]]] = []
        self.undecided: list[Undecided] = []
        self.ran: dict[str, set[str]] = {}
        self._project_codes: set[str] = set()
        self._selections: dict[Settings, Selection] = {}

    def selection(self, path: str) -> Selection:
        """The selection that holds at a path."""
        settings = self.project.settings_at(path)
        held = self._selections.get(settings)
        if held is None:
            held = self._selections[settings] = Selection(settings)
        return held

    def run(self) -> Judged:
        """All diagnostics in scope, sorted."""
        passed = self.scope.passed
        self.project.wanted = passed if self.scope.change is None else frozenset(self.scope.change.changed)
        for path in self.project.modules if passed is None else sorted(passed & self.project.modules.keys()):
            self._file(path)
        if self.scope.project:
            self._project()
        kept, suppressed = self._suppress()
        kept.sort(key=lambda one: (one.path, one.line, one.column, one.code, one.symbol or "", one.message))
        undecided = [one for one in self.undecided if passed is None or one.path in passed]
        files = len(self.project.modules) if passed is None else len(passed & self.project.modules.keys())
        unique = tuple(dict.fromkeys(kept))
        return Judged(Report(unique, tuple(sorted(set(undecided))), files, suppressed), tuple(self.crashes))

    def _file(self, path: str) -> None:
        module = self.project.modules[path]
        selection = self.selection(path)
        parsed = self.project.skimmed(path).parsed
        for code in selection.levels(path):
            rule = selection.rule_for(code, path)
            if isinstance(rule, FileRule) and (parsed or rule.skims):
                self._take(rule, lambda rule=rule: rule.check(module), only=path)  # type: ignore[misc]

    def _project(self) -> None:
        change = self.scope.change
        for rule in self._project_rules():
            if isinstance(rule, ProjectRule):
                self._take(rule, lambda rule=rule: rule.check(self.project))  # type: ignore[misc]
            elif isinstance(rule, ChangeRule) and change is not None:
                self._take(rule, lambda rule=rule: rule.check(change))  # type: ignore[misc]

    def _project_rules(self) -> list[Rule]:
        """The rules about projects and changes, each once for every set of options that holds somewhere."""
        made: dict[tuple[str, str], Rule] = {}
        for path in self.project.eager or ("",):
            selection = self.selection(path)
            for code in selection.levels(path):
                rule = selection.rule_for(code, path)
                if not isinstance(rule, FileRule):
                    made[code, repr(rule.values())] = rule
        return [made[key] for key in sorted(made)]

    def _take(self, rule: Rule, check: Callable[[], Iterator[Finding | Unsure]], only: str = "") -> None:
        """Collects what a rule yields. A rule that raises is our bug: the others' findings are still told."""
        try:
            for one in check():
                self._one(rule, one)
            (self.ran.setdefault(only, set()) if only else self._project_codes).add(rule.code)
        except Exception:
            import traceback

            place = f" at {only}" if only else ""
            self.crashes.append(f"{rule.code} {rule.name}{place}\n{traceback.format_exc()}")

    def _one(self, rule: Rule, one: Finding | Unsure) -> None:
        if isinstance(one, Unsure):
            self.undecided.append(Undecided(one.path, one.span.line, one.span.column, rule.code, one.why))
            return
        passed = self.scope.passed
        if passed is not None and one.path not in passed and not passed.intersection(one.depends):
            return
        selection = self.selection(one.path)
        level = selection.level(rule.code, one.path)
        if level == "off" or (rule.options() and rule.values() != selection.rule_for(rule.code, one.path).values()):
            return
        if level == "error" and not one.certain:
            level = "warn"
        made = Diagnostic(
            one.path, one.span.line, one.span.column, rule.code, one.span.end_line, one.span.end_column, rule.name, level,
            one.symbol, one.message, one.help, one.related, one.depends, one.fix,
        )  # fmt: skip
        self.found.append((made, one.lines))

    def _suppress(self) -> tuple[list[Diagnostic], int]:
        by_path: dict[str, list[tuple[Diagnostic, tuple[int, ...]]]] = {}
        for pair in self.found:
            by_path.setdefault(pair[0].path, []).append(pair)
        kept: list[Diagnostic] = []
        suppressed = 0
        paths = self.project.modules if self.scope.passed is None else self.scope.passed & self.project.modules.keys()
        for path in dict.fromkeys([*paths, *by_path]):
            directives = self.project.skimmed(path).directives if path in self.project.modules else ()
            found = by_path.get(path, [])
            if not self.scope.noqa:
                directives = tuple(one for one in directives if one.kind != "noqa")
            if not directives:
                kept.extend(one for one, _ in found)
                continue
            outcome = apply(directives, found)
            kept.extend(outcome.kept)
            suppressed += outcome.suppressed
            level = self.selection(path).level("TG003", path)
            if level != "off" and path in paths:
                for idle in unused(path, directives, outcome.used, self._decided(path)):
                    kept.append(_unused(idle, level))
        return kept, suppressed

    def _decided(self, path: str) -> frozenset[str]:
        """The codes whose verdict about a file is complete in this run."""
        unsure = {one.code for one in self.undecided if one.path == path}
        ran = self.ran.get(path, set()) | self._project_codes
        return frozenset((ran & self.selection(path).levels(path).keys()) - unsure)


def _unused(one: Unused, level: str) -> Diagnostic:
    span = one.span
    return Diagnostic(
        one.path, span.line, span.column, "TG003", span.end_line, span.end_column, "unused-suppression", level, None, one.message, one.help,
    )  # fmt: skip
