"""Rules over a linked project: findings become diagnostics with code, name and level; suppressions are applied."""

from __future__ import annotations

from taskguard.diagnostics import Diagnostic, Report, Undecided
from taskguard.record import Record
from taskguard.rule import ANY_LENGTH, ChangeRule, CommentRule, FileRule, Finding, FrontEndRule, ProjectRule, Unsure
from taskguard.selection import OFF, Selection, is_own
from taskguard.suppressions import apply, unused
from taskguard.tracing import TRACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, Protocol

    from taskguard.baseline import Baseline, Entry
    from taskguard.diagnostics import Level
    from taskguard.project.change.model import Change
    from taskguard.project.python.project import Project
    from taskguard.rule import GrowthRule, Rule

    class Worker(Protocol):
        """Somebody else who runs rules about the whole project, while this process looks at the files one by one."""

        def share(self) -> Iterator[Rule]:
            """The rules that are left to this process."""

        def over(self, linter: Linter) -> list[Rule]:
            """Waits for what was found, and takes it over. The rules that are still to be run."""

        def stop(self) -> None:
            """Ends what is not over."""


class Scope(Record):
    """What is asked for. `passed` are the paths whose diagnostics are wanted, together with those elsewhere that depend on one
    of them (None: all). `project` is False where only rules about one file run. `change` is what led to this state.
    `noqa` False leaves `# noqa` comments unheeded, `comments` False all that hide something. `baseline` holds the findings to hide.
    `codes` are the rules that are asked (None: all that are on), of those in `places` each about these files alone, `light` those that are loaded at all, where another run has found the settings right.
    """

    passed: frozenset[str] | None = None
    project: bool = True
    change: Change | None = None
    noqa: bool = True
    baseline: Baseline | None = None
    comments: bool = True
    codes: frozenset[str] | None = None
    light: frozenset[str] | None = None
    places: Mapping[str, frozenset[str]] = {}


class LintResult(Record):
    """The report, and a text for each rule that crashed: our bug, told apart from what the rules found.

    `left` is the baseline without what is mended by now. `faults` are the crashes of other packages' checkers, `has_plugins` says that
    there were any such checkers.
    """

    report: Report
    crashes: tuple[str, ...] = ()
    left: Baseline | None = None
    faults: tuple[str, ...] = ()
    has_plugins: bool = False


class Linter:
    """Runs the selected rules over one project. Make one, call `run` once."""

    def __init__(self, project: Project, scope: Scope) -> None:
        self.project = project
        self.scope = scope
        self.crashes: list[str] = []
        self.faults: list[str] = []
        self.found: list[tuple[Diagnostic, tuple[int, ...]]] = []
        self.undecided: list[Undecided] = []
        self.shown: tuple[Diagnostic, ...] = ()  # what no comment hides; some of it may be in the baseline
        self.ran: dict[str, set[str]] = {}
        self.project_codes: set[str] = set()
        self.by_file: set[str] = set()  # the rules that were asked about each file by itself
        self.strayed: set[str] = set()  # those of them that have said something of another file
        self._measures: dict[str, dict[str, int]] = {}
        self._for_files: dict[tuple[tuple[Rule, ...], bool], tuple[tuple[FileRule, ...], int]] = {}
        self._asked: dict[int, tuple[Rule, ...]] = {}
        # By the identity of their settings, which they hold: to hash these takes time, and each file asks.
        self._selections: dict[int, Selection] = {}

    def selection(self, path: str) -> Selection:
        """The selection that holds at a path."""
        settings = self.project.settings_at(path)
        held = self._selections.get(id(settings))
        if held is None:
            held = self._selections[id(settings)] = Selection(settings, self.scope.light)
        return held

    def asked_at(self, path: str) -> tuple[Rule, ...]:
        """The rules that run at a path, of those that are asked."""
        rules, codes = self.selection(path).rules_at(path), self.scope.codes
        if codes is None:
            return rules
        held = self._asked.get(id(rules))  # the selection holds them
        if held is None:
            held = self._asked[id(rules)] = tuple(one for one in rules if one.code in codes)
        return held

    def run(self, start_worker: Callable[[Linter], Worker] | None = None) -> LintResult:
        """All diagnostics in scope, sorted. `start_worker` gives somebody who runs a part of the rules about the whole project."""
        passed = self.scope.passed
        self.project.wanted = passed if self.scope.change is None else frozenset(self.scope.change.changed)
        self._find(start_worker)
        kept, suppressed = self._suppress()
        kept.sort(key=lambda one: (one.path, one.line, one.column, one.code, one.symbol or "", one.message))
        undecided = [one for one in self.undecided if passed is None or one.path in passed]
        looked_at = self.project.modules.keys() if passed is None else passed & self.project.modules.keys()
        idle = bool(looked_at) and not any(self.may_speak(path) for path in looked_at)
        unique = list(dict.fromkeys(kept))
        self.shown = tuple(unique)
        hidden, left = 0, self.scope.baseline
        if left is not None:
            from taskguard.baseline import apply as hide

            with TRACE.nobody():
                applied = hide(left, unique, self.project.text, self._would_find)
            unique, hidden, left = applied.kept, applied.hidden, applied.left
        files = len({*looked_at, *(one.path for one in unique)})
        report = Report(tuple(unique), tuple(sorted(set(undecided))), files, suppressed, hidden, idle)
        has_plugins = any(one.settings.checkers for one in self._selections.values())
        return LintResult(report, tuple(self.crashes), left, tuple(self.faults), has_plugins)

    def take_over(
        self,
        found: Iterable[tuple[Diagnostic, tuple[int, ...]]],
        undecided: Iterable[Undecided],
        ran: Mapping[str, Iterable[str]],
        project_codes: Iterable[str],
        by_file: Iterable[str],
    ) -> None:
        """Takes over what other rules than those that are asked have found, and at other places."""
        codes, places = self.scope.codes or frozenset(), self.scope.places

        def stands(one: Diagnostic | Undecided) -> bool:
            return one.code not in codes or (one.code in places and one.path not in places[one.code])

        self.found += (pair for pair in found if stands(pair[0]))
        self.undecided += filter(stands, undecided)
        self.ran = {path: set(held) for path, held in ran.items()}
        self.project_codes.update(project_codes)
        self.by_file.update(by_file)

    def may_speak(self, path: str) -> bool:
        """Whether a rule is on at a path that has a say in a run like this one."""
        change, project = self.scope.change is not None, self.scope.project
        return any(
            change if isinstance(one, ChangeRule) else project or isinstance(one, FileRule)
            for one in self.selection(path).rules_at(path)
            if not isinstance(one, FrontEndRule)
        )

    def _find(self, start_worker: Callable[[Linter], Worker] | None) -> None:
        passed = self.scope.passed
        worker = start_worker(self) if start_worker is not None and self.scope.project else None
        try:
            for path in self.project.modules if passed is None else sorted(passed & self.project.modules.keys()):
                self._file(path)
            if self.scope.project:
                self._dependents()
                self.about_project(self.project_rules() if worker is None else worker.share())
                if worker is not None:
                    self.about_project(worker.over(self))
        finally:
            if worker is not None:
                worker.stop()

    def _file(self, path: str) -> None:
        module = self.project.modules[path]
        facts = self.project.skimmed(path)
        rules, quiet = self._file_rules(path, facts.parsed)
        if facts.lines <= quiet and not facts.directives and facts.failure is None:
            return
        places = self.scope.places
        for rule in rules:
            if rule.code not in places or path in places[rule.code]:
                self._take(rule, rule.check, module, path)

    def skimmed_again(self, path: str) -> tuple[list[Diagnostic], int]:
        """Judges one file again by the rules that skim, and by its comments; what other rules found stands. What no comment hides, and how many are hidden."""
        rules, _ = self._file_rules(path, parsed=False)
        again = {rule.code for rule in rules} | {one.code for one in self.selection(path).growths.values()}
        self.found = [pair for pair in self.found if pair[0].code not in again]
        for rule in rules:
            self._take(rule, rule.check, self.project.modules[path], path)
        return self._suppress()

    @property
    def light(self) -> set[str]:
        """The codes of the rules that judge a file again without parsing it: those that skim, those that measure for others, and those about comments."""
        made: set[str] = set()
        for selection in self._selections.values():
            made.update(
                one.code
                for one in selection.rules
                if isinstance(one, CommentRule) or (isinstance(one, FileRule) and one.skims)
            )
            made.update(code for growth, one in selection.growths.items() for code in (growth, one.code))
        return made

    def quiet_up_to(self, path: str) -> int:
        """Up to how many lines the rules that skim have nothing to say of a file without failure and directives."""
        return self._file_rules(path, parsed=False)[1]

    def _dependents(self) -> None:
        """Judges the tasks elsewhere: what is said of them counts where it rests on a passed file (a base class, a wrapper, a constant)."""
        from taskguard.project.tasks.declarations import tasks_in

        passed = self.scope.passed
        if passed is None:
            return
        for module in self.project.looked_at:
            if module.path not in passed and tasks_in(module):
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
        groups = {self.asked_at(path) for path in (*self.project.eager, *sorted(self.project.unloaded)) or ("",)}
        for rule in (one for group in groups for one in group if not isinstance(one, FileRule)):
            made[rule.code, repr(rule.values())] = rule
        return [made[key] for key in sorted(made)]

    def _file_rules(self, path: str, parsed: bool) -> tuple[tuple[FileRule, ...], int]:
        """The rules about single files that are on at a path; of a file that is not parsed those that can do without.

        Beside them, up to how many lines they are quiet about a file that nobody parses, without failure and directives.
        """
        rules = self.asked_at(path)
        made = self._for_files.get((rules, parsed))
        if made is None:
            held = tuple(one for one in rules if isinstance(one, FileRule) and (parsed or one.skims))
            quiet = -1 if parsed else min((one.quiet_up_to() for one in held), default=ANY_LENGTH)
            made = self._for_files[rules, parsed] = held, quiet
        return made

    def _take(self, rule: Rule, check: Callable[[Any], Iterator[Finding | Unsure]], about: Any, only: str = "") -> None:
        """Collects what a rule yields. One that raises is a bug, ours or its package's: the others' findings are still told."""
        alone = bool(only) and is_own(rule.code) and not (isinstance(rule, FileRule) and rule.skims)
        if alone:
            self.by_file.add(rule.code)
        with TRACE.unit(rule.code, only if alone else ""):
            before = len(self.found), len(self.undecided)
            self._taken(rule, check, about, only)
        said = {one.path for one, _ in self.found[before[0] :]} | {one.path for one in self.undecided[before[1] :]}
        if alone and said - {only}:
            self.strayed.add(rule.code)

    def _taken(self, rule: Rule, check: Callable[[Any], Iterator[Finding | Unsure]], about: Any, only: str) -> None:
        place = f" at {only}" if only else ""
        if not is_own(rule.code):
            from taskguard.engine.plugins import fault, findings

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
        if module is not None and is_own(rule.code) and not rule.hidden:
            if module.never_loaded:
                return
            if module.hidden_by and isinstance(one, Finding):
                one = Unsure(one.path, one.span, f"{module.hidden_by} hides this file, but it may be run by its path")
        if isinstance(one, Unsure):
            self.undecided.append(Undecided(one.path, one.span.line, one.span.column, rule.code, one.why))
            return
        passed = self.scope.passed
        if passed is not None and one.path not in passed and not passed.intersection(one.depends):
            return
        selection = self.selection(one.path)
        level = selection.level(rule.code, one.path)
        growth = self._growth(rule, one)
        if (level == OFF and growth is None) or (
            rule.options() and rule.values() != selection.rule_for(rule.code, one.path).values()
        ):
            return
        if growth is not None:
            rule, one = growth, growth.grown(one, self._measured(rule.code)[one.path])
            level = selection.level(rule.code, one.path)
        elif level == "error" and not one.certain:
            level = "warn"
        self.found.append((_diagnostic(rule, level, one), one.lines))

    def _growth(self, rule: Rule, one: Finding) -> GrowthRule | None:
        """The rule that speaks in the place of this one, since the file has grown beyond the baseline; None where none does."""
        selection = self.selection(one.path)
        growth = selection.growths.get(rule.code)
        if growth is None or one.measure <= self._measured(rule.code).get(one.path, one.measure):
            return None
        return growth if selection.level(growth.code, one.path) != OFF else None

    def _measured(self, code: str) -> dict[str, int]:
        """What a rule measured of each file when the baseline was written."""
        if code not in self._measures:
            self._measures[code] = self.scope.baseline.measures(code) if self.scope.baseline is not None else {}
        return self._measures[code]

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
                from taskguard.engine.plugins import directives as with_plugins

                directives = with_plugins(directives, self.project.text(path) or "", found)
            if not self.scope.noqa:
                directives = tuple(one for one in directives if one.kind != "noqa")
            if not directives or not self.scope.comments:
                kept.extend(one for one, _ in found)
                continue
            outcome = apply(directives, found)
            kept.extend(outcome.kept)
            suppressed += outcome.suppressed
            for rule in self._comment_rules(path) if path in paths else ():
                idle = unused(directives, outcome.used, self._decided(path), rule.code)
                for one in rule.check_comments(self.project.modules[path], idle):
                    kept.append(_diagnostic(rule, self.selection(path).level(rule.code, path), one))
        return kept, suppressed

    def _comment_rules(self, path: str) -> list[CommentRule]:
        return [one for one in self.asked_at(path) if isinstance(one, CommentRule)]

    def _would_find(self, entry: Entry) -> bool:
        """Whether this run would have found again what an entry of the baseline stands for."""
        path, code, passed = entry.path, entry.code, self.scope.passed
        if path not in self.project.modules or (passed is not None and path not in passed):
            return False
        if any(one.startswith(code) for one in (*self.crashes, *self.faults)) or any(
            (one.path, one.code) == (path, code) for one in self.undecided
        ):
            return False
        selection = self.selection(path)
        growth = selection.growths.get(code)
        if growth is not None and any((one.path, one.code) == (path, growth.code) for one, _ in self.found):
            return False
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
        selection = self.selection(path)
        return frozenset(one for one in ran - unsure if selection.is_on(one, path))


def _diagnostic(rule: Rule, level: Level, one: Finding) -> Diagnostic:
    return Diagnostic(
        one.path, one.span.line, one.span.column, rule.code, one.span.end_line, one.span.end_column, rule.name, level,
        one.symbol, one.message, one.help, one.related, one.depends, one.fix, one.measure, rule.practice,
    )  # fmt: skip
