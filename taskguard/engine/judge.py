"""Rules over a linked project: findings become diagnostics with code, name and level; suppressions are applied."""

from __future__ import annotations

from taskguard.diagnostics import Diagnostic, Report, Undecided
from taskguard.record import Record
from taskguard.rule import ANY_LENGTH, ChangeRule, DoorRule, FileRule, Finding, ProjectRule, Unsure, mended
from taskguard.selection import GOD_FILE, GROWN, IDLE, OFF, Selection, is_own
from taskguard.suppressions import Unused, apply, unused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Protocol

    from taskguard.baseline import Baseline, Entry
    from taskguard.project.change.model import Change
    from taskguard.project.project import Project
    from taskguard.rule import Rule
    from taskguard.settings.model import Settings

    class Helper(Protocol):
        """Somebody else who runs rules about the whole project, while this process looks at the files one by one."""

        def share(self) -> Iterator[Rule]:
            """The rules that are left to this process."""

        def over(self, judge: Judge) -> list[Rule]:
            """Waits for what was found, and takes it over. The rules that are still to be run."""

        def stop(self) -> None:
            """Ends what is not over."""


# What is said of a file that a package hides: of its text and its length, that it is hidden (TG408), and what a change took from it (TG7xx).
OF_HIDDEN = ("TG0", "TG1", "TG408", "TG7")


class Scope(Record):
    """What is asked for. `passed` are the paths whose diagnostics are wanted, together with those elsewhere that depend on one
    of them (None: all). `project` is False where only rules about one file run. `change` is what led to this state.
    `noqa` False leaves `# noqa` comments unheeded, `comments` False all that hide something. `baseline` holds the findings to hide.
    """

    passed: frozenset[str] | None = None
    project: bool = True
    change: Change | None = None
    noqa: bool = True
    baseline: Baseline | None = None
    comments: bool = True


class Judged(Record):
    """The report, and a text for each rule that crashed: our bug, told apart from what the rules found.

    `left` is the baseline without what is mended by now. `faults` are the crashes of other packages' checkers, `foreign` says that
    there were any such checkers.
    """

    report: Report
    crashes: tuple[str, ...] = ()
    left: Baseline | None = None
    faults: tuple[str, ...] = ()
    foreign: bool = False


class Judge:
    """Runs the selected rules over one project. Make one, call `run` once."""

    def __init__(self, project: Project, scope: Scope) -> None:
        self.project = project
        self.scope = scope
        self.crashes: list[str] = []
        self.faults: list[str] = []
        self.found: list[tuple[Diagnostic, tuple[int, ...]]] = []
        self.undecided: list[Undecided] = []
        self.ran: dict[str, set[str]] = {}
        self.project_codes: set[str] = set()
        self._lengths = scope.baseline.measures(GOD_FILE) if scope.baseline is not None else {}
        self._for_files: dict[tuple[tuple[Rule, ...], bool], tuple[tuple[FileRule, ...], int]] = {}
        self._selections: dict[Settings, Selection] = {}

    def selection(self, path: str) -> Selection:
        """The selection that holds at a path."""
        settings = self.project.settings_at(path)
        held = self._selections.get(settings)
        if held is None:
            held = self._selections[settings] = Selection(settings)
        return held

    def run(self, helped: Callable[[Judge], Helper] | None = None) -> Judged:
        """All diagnostics in scope, sorted. `helped` gives somebody who runs a part of the rules about the whole project."""
        passed = self.scope.passed
        self.project.wanted = passed if self.scope.change is None else frozenset(self.scope.change.changed)
        self._find(helped)
        kept, suppressed = self._suppress()
        kept.sort(key=lambda one: (one.path, one.line, one.column, one.code, one.symbol or "", one.message))
        undecided = [one for one in self.undecided if passed is None or one.path in passed]
        looked_at = self.project.modules.keys() if passed is None else passed & self.project.modules.keys()
        idle = bool(looked_at) and not any(self._may_speak(path) for path in looked_at)
        unique = list(dict.fromkeys(kept))
        hidden, left = 0, self.scope.baseline
        if left is not None:
            from taskguard.baseline import apply as hide

            applied = hide(left, unique, self.project.text, self._settled)
            unique, hidden, left = applied.kept, applied.hidden, applied.left
        files = len({*looked_at, *(one.path for one in unique)})
        report = Report(tuple(unique), tuple(sorted(set(undecided))), files, suppressed, hidden, idle)
        foreign = any(settings.checkers for settings in self._selections)
        return Judged(report, tuple(self.crashes), left, tuple(self.faults), foreign)

    def _may_speak(self, path: str) -> bool:
        """Whether a rule is on at a path that has a say in a run like this one."""
        change, project = self.scope.change is not None, self.scope.project
        return any(
            change if isinstance(one, ChangeRule) else project or isinstance(one, FileRule)
            for one in self.selection(path).rules_at(path)
            if not isinstance(one, DoorRule)
        )

    def _find(self, helped: Callable[[Judge], Helper] | None) -> None:
        passed = self.scope.passed
        helper = helped(self) if helped is not None and self.scope.project else None
        try:
            for path in self.project.modules if passed is None else sorted(passed & self.project.modules.keys()):
                self._file(path)
            if self.scope.project:
                self._dependents()
                self.about_project(self.project_rules() if helper is None else helper.share())
                if helper is not None:
                    self.about_project(helper.over(self))
        finally:
            if helper is not None:
                helper.stop()

    def _file(self, path: str) -> None:
        module = self.project.modules[path]
        facts = self.project.skimmed(path)
        rules, quiet = self._file_rules(path, facts.parsed)
        if facts.lines <= quiet and not facts.directives and facts.failure is None:
            return
        for rule in rules:
            self._take(rule, rule.check, module, path)

    def _dependents(self) -> None:
        """Judges the tasks elsewhere: what is said of them counts where it rests on a passed file (a base class, a wrapper, a constant)."""
        passed = self.scope.passed
        if passed is None:
            return
        for module in self.project.looked_at:
            if module.path not in passed and module.tasks:
                self._file(module.path)

    def about_project(self, rules: Iterable[Rule]) -> None:
        """Collects what these rules about projects and changes yield."""
        change = self.scope.change
        for rule in rules:
            if isinstance(rule, ProjectRule):
                self._take(rule, rule.check, self.project)
            elif isinstance(rule, ChangeRule) and change is not None:
                self._take(rule, rule.check, change)

    def project_rules(self) -> list[Rule]:
        """The rules about projects and changes, each once for every set of options that holds somewhere."""
        made: dict[tuple[str, str], Rule] = {}
        groups = {
            self.selection(path).rules_at(path)
            for path in (*self.project.eager, *sorted(self.project.unloaded)) or ("",)
        }
        for rule in (one for group in groups for one in group if not isinstance(one, FileRule)):
            made[rule.code, repr(rule.values())] = rule
        return [made[key] for key in sorted(made)]

    def _file_rules(self, path: str, parsed: bool) -> tuple[tuple[FileRule, ...], int]:
        """The rules about single files that are on at a path; of a file that is not parsed those that can do without.

        Beside them, up to how many lines they are quiet about a file that nobody parses, without failure and directives.
        """
        rules = self.selection(path).rules_at(path)
        made = self._for_files.get((rules, parsed))
        if made is None:
            held = tuple(one for one in rules if isinstance(one, FileRule) and (parsed or one.skims))
            quiet = -1 if parsed else min((one.quiet_up_to() for one in held), default=ANY_LENGTH)
            made = self._for_files[rules, parsed] = held, quiet
        return made

    def _take(self, rule: Rule, check: Callable[[Any], Iterator[Finding | Unsure]], about: Any, only: str = "") -> None:
        """Collects what a rule yields. One that raises is a bug, ours or its package's: the others' findings are still told."""
        place = f" at {only}" if only else ""
        if not is_own(rule.code):
            from taskguard.engine.guests import fault, findings

            try:
                for one in findings(lambda: check(about)):
                    self._one(rule, one)
            except (Exception, SystemExit):
                self.faults.append(fault(rule, place))
            return
        try:
            for one in check(about):
                self._one(rule, one)
            (self.ran.setdefault(only, set()) if only else self.project_codes).add(rule.code)
        except Exception:
            import traceback

            self.crashes.append(f"{rule.code} {rule.name}{place}\n{traceback.format_exc()}")

    def _one(self, rule: Rule, one: Finding | Unsure) -> None:
        module = self.project.modules.get(one.path)
        if module is not None and module.hidden_by and is_own(rule.code) and not rule.code.startswith(OF_HIDDEN):
            if module.never_loaded:
                return
            if isinstance(one, Finding):
                one = Unsure(one.path, one.span, f"{module.hidden_by} hides this file, but it may be run by its path")
        if isinstance(one, Unsure):
            self.undecided.append(Undecided(one.path, one.span.line, one.span.column, rule.code, one.why))
            return
        passed = self.scope.passed
        if passed is not None and one.path not in passed and not passed.intersection(one.depends):
            return
        selection = self.selection(one.path)
        level = selection.level(rule.code, one.path)
        grown = rule.code == GOD_FILE and one.path in self._lengths
        if (level == OFF and not grown) or (
            rule.options() and rule.values() != selection.rule_for(rule.code, one.path).values()
        ):
            return
        if level == "error" and not one.certain:
            level = "warn"
        made = Diagnostic(
            one.path, one.span.line, one.span.column, rule.code, one.span.end_line, one.span.end_column, rule.name, level,
            one.symbol, one.message, one.help, one.related, one.depends, one.fix, one.measure, rule.practice,
        )  # fmt: skip
        if grown:
            made = self._grown(made, self._lengths[one.path])
        if made.level == OFF:
            return
        self.found.append((made, one.lines))

    def _grown(self, one: Diagnostic, before: int) -> Diagnostic:
        """A file that is too long as TG102, if it is longer than its baseline; as it is where TG102 is off."""
        level = self.selection(one.path).level(GROWN, one.path)
        if one.measure <= before or level == "off":
            return one
        message = f"{one.measure} lines, {one.measure - before} more than the {before} of the baseline"
        advice = "put what is new into a module of its own: a file that is too long may shrink, never grow"
        return one.replace(code=GROWN, name="god-file-grew", level=level, message=message, help=advice)

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
            if any(not is_own(one.code) for one, _ in found):
                from taskguard.engine.guests import directives as with_guests

                directives = with_guests(directives, self.project.text(path) or "", found)
            if not self.scope.noqa:
                directives = tuple(one for one in directives if one.kind != "noqa")
            if not directives or not self.scope.comments:
                kept.extend(one for one, _ in found)
                continue
            outcome = apply(directives, found)
            kept.extend(outcome.kept)
            suppressed += outcome.suppressed
            level = self.selection(path).level(IDLE, path)
            if level != "off" and path in paths:
                for idle in unused(path, directives, outcome.used, self._decided(path)):
                    kept.append(self._unused(idle, level))
        return kept, suppressed

    def _unused(self, one: Unused, level: str) -> Diagnostic:
        span = one.directive.span
        edits = self.project.modules[one.path].edits.unsuppressed(one.directive, one.idle)
        return Diagnostic(
            one.path, span.line, span.column, IDLE, span.end_line, span.end_column, "unused-suppression", level, None, one.message, one.help,
            fix=mended(edits), practice=True,
        )  # fmt: skip

    def _settled(self, entry: Entry) -> bool:
        """Whether this run would have found again what an entry of the baseline stands for."""
        path, code, passed = entry.path, entry.code, self.scope.passed
        if path not in self.project.modules or (passed is not None and path not in passed):
            return False
        if any(one.startswith(code) for one in (*self.crashes, *self.faults)) or any(
            (one.path, one.code) == (path, code) for one in self.undecided
        ):
            return False
        if any((one.path, one.code) == (path, GROWN) for one, _ in self.found) and code == GOD_FILE:
            return False
        selection = self.selection(path)
        if code not in selection.levels(path):
            return False
        rule = selection.rule_for(code, path)
        if self.project.skimmed(path).failure is not None:
            return isinstance(rule, FileRule) and rule.skims
        return self.scope.project or isinstance(rule, FileRule)

    def _decided(self, path: str) -> frozenset[str]:
        """The codes whose verdict about a file is complete in this run."""
        unsure = {one.code for one in self.undecided if one.path == path}
        ran = self.ran.get(path, set()) | self.project_codes
        return frozenset((ran & self.selection(path).levels(path).keys()) - unsure)
