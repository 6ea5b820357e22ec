"""A request of a front end carried out on disk: settings, discovery, facts, project, rules."""

from __future__ import annotations

from time import perf_counter

from taskguard.engine.projects import visit
from taskguard.engine.resolver import Resolver
from taskguard.errors import Problem, UserError
from taskguard.request import NOQA, UNSAFE, Outcome, Repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.diagnostics import Report
    from taskguard.engine.incremental import Incremental
    from taskguard.engine.kept import Kept
    from taskguard.engine.overlay import Store
    from taskguard.engine.resolver import Tree
    from taskguard.engine.result_cache import ResultCache
    from taskguard.engine.store import DiskStore
    from taskguard.facts.questions import Notes
    from taskguard.project.python.held_texts import Answers
    from taskguard.project.python.linked import Linked
    from taskguard.project.python.project import Project
    from taskguard.request import Request


def run(request: Request, progress: Callable[[int, int], None] | None = None) -> Outcome:
    """Checks what the request names, each project by itself. Raises UserError for what the user must change."""
    return each(request, lambda own: _run(own, progress))


def each(request: Request, carried_out: Callable[[Request], tuple[Outcome, tuple[str, ...]]]) -> Outcome:
    """A request carried out for each project that it names, and for those below the folders that it names, as one outcome.

    `carried_out` gives the outcome of one project and the roots of those below. Raises UserError with what is wrong in all of them.
    """
    made: list[Outcome] = []
    problems: list[Problem] = []

    def one(own: Request) -> tuple[str, ...]:
        try:
            outcome, below = carried_out(own)
        except UserError as error:
            problems.extend(error.problems)
            return ()
        made.append(outcome)
        return below

    visit(request, one)
    if problems:
        raise UserError(*problems)
    if len(made) == 1:
        return made[0]
    from taskguard.engine.merge_outcomes import joined

    return joined([one for one in made if one.report.files or one.report.diagnostics or one.broken] or made[:1])


def _run(request: Request, progress: Callable[[int, int], None] | None) -> tuple[Outcome, tuple[str, ...]]:
    clock = Clock()
    resolver = Resolver(request)
    clock.stage("settings")
    tree = resolver.discover()
    clock.stage("discovery")
    if tree.passed is not None and not tree.passed:
        repair = Repair((), (), {}, {}) if request.fix else None
        nothing = Outcome(
            _nothing(), resolver.root, resolver.request.cwd, lambda path: None, clock.stages, repair=repair
        )
        return nothing, tree.others
    if request.fix:
        outcome = _lint(resolver, tree, clock, progress, request.fix)
    else:
        outcome = answered(resolver, tree, clock, progress)
    of_files = file_warnings(resolver) if tree.passed is None else resolver.settings.warnings
    return outcome.replace(warnings=(*of_files, *outcome.warnings)), tree.others


def file_warnings(resolver: Resolver) -> tuple[Problem, ...]:
    """The lines of warning that the settings files give cause for without a look at the project."""
    from taskguard.settings.ignored_files import unread

    fixed = resolver.request.isolated or resolver.request.config is not None
    unread_ones = () if fixed else unread(resolver.settings, resolver.root)
    return (*resolver.settings.warnings, *unread_ones)


def without_baseline(resolver: Resolver, tree: Tree) -> Iterator[Problem]:
    """The places that ask for a rule about the baseline where there is none."""
    if not resolver.settings.asked:
        return
    from taskguard.engine.baselines import agreed
    from taskguard.rule import GrowthRule
    from taskguard.selection import available, rule_class

    asked = [one for one in resolver.settings.asked if one.code in available()]
    asked = [one for one in asked if issubclass(rule_class(one.code), GrowthRule)]
    if asked and agreed(resolver.root, tree.baselines) is None:
        for one in asked:
            why = f"{one.code} says nothing without a baseline: `taskguard baseline` writes one"
            yield Problem(one.file, one.line, one.key, why, certain=False)


def answered(
    resolver: Resolver, tree: Tree, clock: Clock, progress: Callable[[int, int], None] | None = None
) -> Outcome:
    """What is to be said of these files: what the last run said, if nothing has changed since."""
    from taskguard.engine.result_cache import result_cache

    asked = result_cache(resolver, tree)
    known = asked.answer() if asked is not None else None
    if known is not None:
        clock.stage("answer")
        return Outcome(
            known.report,
            resolver.root,
            resolver.request.cwd,
            resolver.text,
            clock.stages,
            tasks=known.tasks,
            warnings=known.warnings,
        )
    outcome = _lint(resolver, tree, clock, progress, asked=asked)
    if asked is not None:
        asked.keep(outcome)
    return outcome


def _lint(
    resolver: Resolver,
    tree: Tree,
    clock: Clock,
    progress: Callable[[int, int], None] | None,
    fix: str = "",
    asked: ResultCache | None = None,
) -> Outcome:
    from taskguard.engine.store import DiskStore

    disk = DiskStore(resolver, tree, resolver.request.workers, progress)
    clock.stage("facts")
    if asked is None or resolver.cache is None:
        return _linted(resolver, tree, disk, clock, fix)
    if not resolver.request.noqa or not resolver.request.comments:
        return _linted(resolver, tree, disk, clock, fix, asked)
    from taskguard.engine.incremental import lasts
    from taskguard.engine.unchanged import outcome
    from taskguard.engine.verdicts import about

    states = lasts(asked, resolver.cache, tree, disk)
    keeper = states[0] if not resolver.request.hook else None
    for last in states:
        kept = last.kept()
        if kept is not None and kept.stale:
            if last.may_judge_again(kept):
                if last.of_all and tree.passed is not None:
                    told = about(kept.verdicts, tree.passed, lambda path: disk.skimmed(path).directives)
                    kept = kept.replace(verdicts=told)
                return _linted(resolver, tree, disk, clock, fix, asked, keeper, kept)
            continue
        made = outcome(kept, resolver, tree, disk, last.of_all) if kept is not None else None
        if made is not None:
            disk.save()
            last.keep(made[1], None)
            asked.outside = last.outside
            clock.stage("rules")
            return made[0].replace(timings=clock.stages)
    return _linted(resolver, tree, disk, clock, fix, asked, keeper)


def _linted(
    resolver: Resolver,
    tree: Tree,
    disk: DiskStore,
    clock: Clock,
    fix: str = "",
    asked: ResultCache | None = None,
    last: Incremental | None = None,
    kept: Kept | None = None,
) -> Outcome:
    """What the rules say of all files. `last` keeps that for the next run; of what was `kept` only what is stale is judged again."""
    from taskguard.tracing import TRACE

    if last is not None:
        TRACE.start()
    try:
        return _judged(resolver, tree, disk, clock, fix, asked, last, kept)
    finally:
        TRACE.stop()


def _judged(
    resolver: Resolver,
    tree: Tree,
    disk: DiskStore,
    clock: Clock,
    fix: str,
    asked: ResultCache | None,
    last: Incremental | None,
    kept: Kept | None,
) -> Outcome:
    from taskguard.engine.baselines import agreed
    from taskguard.engine.gather import several
    from taskguard.engine.incremental import stands_for
    from taskguard.engine.kept import LINKING, TASKS, WARNINGS
    from taskguard.engine.linter import Linter, Scope
    from taskguard.project.tasks.declarations import tasks_in
    from taskguard.tracing import TRACE

    request = resolver.request
    store: Store = disk
    watch, notes = None, None
    if asked is not None:
        from taskguard.engine.watching import TextNotes, Watch

        store = watch = Watch(disk)
        notes = TextNotes(watch)
    with TRACE.unit(LINKING):
        project = linked(
            resolver,
            store,
            complete=not request.no_project,
            notes=notes,
            answers=kept.answers if kept is not None else None,
            known=kept.linked if kept is not None else None,
        )
    if kept is not None and LINKING in kept.stale and stands_for(project) != kept.linked_as:
        kept = None
    if kept is not None and kept.known is not None and watch is not None:
        watch.add_beside(kept.known.head.listed, kept.known.head.texts, kept.known.head.beside)
    baseline = agreed(resolver.root, tree.baselines) if request.baseline else None
    present = None
    if baseline is not None:
        from taskguard.engine.baseline_renames import still_there

        present = still_there(baseline, resolver.root, store.paths)
    start_worker = None
    if kept is None and tree.passed is None and disk.large and several(request.workers):
        from taskguard.engine.rule_worker import with_worker

        start_worker = with_worker(disk.cache, watch)
    # A text without a name is no module: what other files say of its name is about another.
    nameless = request.stdin_text is not None and request.stdin_filename is None
    scope = Scope(
        tree.passed, not (request.no_project or nameless), noqa=request.noqa, baseline=present, comments=request.comments,
        codes=kept.again if kept is not None else None, places=kept.places if kept is not None else {},
    )  # fmt: skip
    linter = Linter(project, scope)
    if kept is not None:
        linter.take_over(
            kept.verdicts.found,
            kept.verdicts.undecided,
            kept.verdicts.ran,
            kept.verdicts.project_codes,
            kept.verdicts.by_file,
        )
    result = linter.run(start_worker)
    if kept is not None and tree.passed is None and WARNINGS not in kept.stale:
        warnings = kept.verdicts.told
    else:
        with TRACE.unit(WARNINGS):
            warnings = _project_warnings(project, result.report, whole=tree.passed is None)
        if tree.passed is None:
            warnings = (*without_baseline(resolver, tree), *warnings)
    disk.save()
    clock.stage("rules")
    repair = None
    if fix:
        from taskguard.engine.fixing import linting, mend, silencing

        again = linting(lambda store: linked(resolver, store, complete=not request.no_project), scope)
        if fix == NOQA:
            already = result
            again = silencing(again, request.reason, tree.passed)
            result = silencing(lambda store: already, request.reason, tree.passed)(disk)
        result, store, repair = mend(disk, result, again, unsafe=fix == UNSAFE, only=resolver.stdin or None)
        clock.stage("fixes")
    if kept is not None and TASKS not in kept.stale:
        tasks = kept.verdicts.tasks
    else:
        counted = (one for one in project.looked_at if tree.passed is None or one.path in tree.passed)
        with TRACE.unit(TASKS):
            tasks = {module.path: number for module in counted if (number := len(tasks_in(module)))}
    if asked is not None and watch is not None:
        asked.outside = watch.outside
    if last is not None and not (result.crashes or result.faults or result.has_plugins):
        from taskguard.engine.verdicts import verdicts_of

        last.keep(verdicts_of(linter, result.report, tasks, warnings), watch, project, kept)
    return Outcome(
        result.report, resolver.root, resolver.request.cwd, store.text, clock.stages, result.crashes, sum(tasks.values()), baseline, result.left,
        result.faults, result.has_plugins, repair, (), warnings,
    )  # fmt: skip


def _project_warnings(project: Project, report: Report, *, whole: bool) -> tuple[Problem, ...]:
    """What the settings name in doubt. Raises UserError for what they certainly name in vain.

    Only where the whole project is checked, since looking costs; elsewhere where a task is blamed for a missing base class.
    """
    if not project.complete or not (whole or _blamed_for_base(report)):
        return ()
    from taskguard.engine.settings_warnings import missing_bases, warnings_of
    from taskguard.settings.find import for_people

    found = warnings_of(project) if whole else missing_bases(project)
    if any(one.certain for one in found):
        raise UserError(*(one.replace(file=for_people(one.file)) for one in found if one.certain))
    return found


def _blamed_for_base(report: Report) -> bool:
    """Whether a task is blamed for its base class, by a rule that takes it from the settings."""
    from taskguard.selection import available, rule_class

    codes = {one.code for one in report.diagnostics}
    return any(rule_class(code).habit == "base" for code in codes if code in available())


def opened(request: Request, answers: Answers | None = None) -> tuple[Resolver, DiskStore, Project]:
    """The resolver, files and linked project of a request, which shares `answers` with other states of the tree. Raises UserError."""
    from taskguard.engine.store import DiskStore

    resolver = Resolver(request)
    store = DiskStore(resolver, resolver.discover(), request.workers)
    resolver.hold_rules()
    return resolver, store, linked(resolver, store, complete=not request.no_project, answers=answers)


def linked(
    resolver: Resolver,
    store: Store,
    *,
    complete: bool = True,
    notes: Notes | None = None,
    answers: Answers | None = None,
    known: Linked | None = None,
) -> Project:
    """The project of what a store holds."""
    from taskguard.engine import linking

    return linking.linked(
        store,
        resolver.shared,
        resolver.settings_at,
        root=resolver.root,
        complete=complete,
        notes=notes,
        answers=answers,
        known=known,
    )


def _nothing() -> Report:
    from taskguard.diagnostics import Report

    return Report(())


class Clock:
    """The wall time of each stage."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self._stages: list[tuple[str, float]] = []

    def stage(self, name: str) -> None:
        """Ends the stage `name`, which began where the last one ended."""
        now = perf_counter()
        self._stages.append((name, now - self._last))
        self._last = now

    @property
    def stages(self) -> tuple[tuple[str, float], ...]:
        return tuple(self._stages)
