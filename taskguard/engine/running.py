"""A request of a door carried out on disk: settings, discovery, facts, project, rules."""

from __future__ import annotations

from time import perf_counter

from taskguard.engine.projects import visit
from taskguard.engine.resolver import Places
from taskguard.errors import Problem, UserError
from taskguard.request import NOQA, UNSAFE, Outcome, Repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.diagnostics import Report
    from taskguard.engine.overlay import Store
    from taskguard.engine.resolver import Tree
    from taskguard.engine.store import DiskStore
    from taskguard.project.project import Project
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
    places = Places(request)
    clock.stage("settings")
    tree = places.discover()
    clock.stage("discovery")
    if tree.passed is not None and not tree.passed:
        repair = Repair((), (), {}, {}) if request.fix else None
        nothing = Outcome(_nothing(), places.root, places.request.cwd, lambda path: None, clock.stages, repair=repair)
        return nothing, tree.others
    if request.fix:
        outcome = _judged(places, tree, clock, progress, request.fix)
    else:
        outcome = answered(places, tree, clock, progress)
    of_files = doubts_of_files(places) if tree.passed is None else places.settings.doubts
    return outcome.replace(doubts=(*of_files, *outcome.doubts)), tree.others


def doubts_of_files(places: Places) -> tuple[Problem, ...]:
    """The lines of warning that the settings files give cause for without a look at the project."""
    from taskguard.settings.ignored_files import unread

    fixed = places.request.isolated or places.request.config is not None
    unread_ones = () if fixed else unread(places.settings, places.root)
    return (*places.settings.doubts, *unread_ones)


def without_baseline(places: Places, tree: Tree) -> Iterator[Problem]:
    """The places that ask for a rule about the baseline where there is none."""
    if not places.settings.asked:
        return
    from taskguard.engine.baselines import agreed
    from taskguard.rule import GrowthRule
    from taskguard.selection import available, rule_class

    asked = [one for one in places.settings.asked if one.code in available()]
    asked = [one for one in asked if issubclass(rule_class(one.code), GrowthRule)]
    if asked and agreed(places.root, tree.baselines) is None:
        for one in asked:
            why = f"{one.code} says nothing without a baseline: `taskguard baseline` writes one"
            yield Problem(one.file, one.line, one.key, why, certain=False)


def answered(places: Places, tree: Tree, clock: Clock, progress: Callable[[int, int], None] | None = None) -> Outcome:
    """What is to be said of these files: what the last run said, if nothing has changed since."""
    from taskguard.engine.result_cache import question

    asked = question(places, tree)
    known = asked.answer() if asked is not None else None
    if known is not None:
        clock.stage("answer")
        return Outcome(
            known.report,
            places.root,
            places.request.cwd,
            places.text,
            clock.stages,
            tasks=known.tasks,
            doubts=known.doubts,
        )
    outcome = _judged(places, tree, clock, progress)
    if asked is not None:
        asked.keep(outcome)
    return outcome


def _judged(
    places: Places, tree: Tree, clock: Clock, progress: Callable[[int, int], None] | None, fix: str = ""
) -> Outcome:
    from taskguard.engine.baselines import agreed
    from taskguard.engine.gather import several
    from taskguard.engine.linter import Judge, Scope
    from taskguard.engine.store import DiskStore

    request = places.request
    store: Store
    store = disk = DiskStore(places, tree, request.workers, progress)
    clock.stage("facts")
    project = linked(places, store, complete=not request.no_project)
    baseline = agreed(places.root, tree.baselines) if request.baseline else None
    present = None
    if baseline is not None:
        from taskguard.engine.baseline_renames import still_there

        present = still_there(baseline, places.root, store.paths)
    helped = None
    if tree.passed is None and disk.large and several(request.workers):
        from taskguard.engine.rule_worker import sharing

        helped = sharing(disk.kept)
    # A text without a name is no module: what other files say of its name is about another.
    nameless = request.stdin_text is not None and request.stdin_filename is None
    scope = Scope(
        tree.passed, not (request.no_project or nameless), noqa=request.noqa, baseline=present, comments=request.comments,
    )  # fmt: skip
    judged = Judge(project, scope).run(helped)
    doubtful = _held(project, judged.report, whole=tree.passed is None)
    if tree.passed is None:
        doubtful = (*without_baseline(places, tree), *doubtful)
    disk.save()
    clock.stage("rules")
    repair = None
    if fix:
        from taskguard.engine.fixing import judging, mend, silencing

        again = judging(lambda store: linked(places, store, complete=not request.no_project), scope)
        if fix == NOQA:
            already = judged
            again = silencing(again, request.reason, tree.passed)
            judged = silencing(lambda store: already, request.reason, tree.passed)(disk)
        judged, store, repair = mend(disk, judged, again, unsafe=fix == UNSAFE, only=places.stdin or None)
        clock.stage("fixes")
    tasks = sum(len(module.tasks) for module in project.looked_at if tree.passed is None or module.path in tree.passed)
    return Outcome(
        judged.report, places.root, places.request.cwd, store.text, clock.stages, judged.crashes, tasks, baseline, judged.left,
        judged.faults, judged.foreign, repair, (), doubtful,
    )  # fmt: skip


def _held(project: Project, report: Report, *, whole: bool) -> tuple[Problem, ...]:
    """What the settings name in doubt. Raises UserError for what they certainly name in vain.

    Only where the whole project is checked, since looking costs; elsewhere where a task is blamed for a missing base class.
    """
    if not project.complete or not (whole or _blamed_for_base(report)):
        return ()
    from taskguard.engine.settings_warnings import doubts, missing_bases
    from taskguard.settings.find import for_people

    found = doubts(project) if whole else missing_bases(project)
    if any(one.certain for one in found):
        raise UserError(*(one.replace(file=for_people(one.file)) for one in found if one.certain))
    return found


def _blamed_for_base(report: Report) -> bool:
    """Whether a task is blamed for its base class, by a rule that takes it from the settings."""
    from taskguard.selection import available, rule_class

    codes = {one.code for one in report.diagnostics}
    return any(rule_class(code).habit == "base" for code in codes if code in available())


def opened(request: Request) -> tuple[Places, DiskStore, Project]:
    """The places, files and linked project of a request. Raises UserError."""
    from taskguard.engine.store import DiskStore

    places = Places(request)
    store = DiskStore(places, places.discover(), request.workers)
    places.hold_rules()
    return places, store, linked(places, store, complete=not request.no_project)


def linked(places: Places, store: Store, *, complete: bool = True) -> Project:
    """The project of what a store holds."""
    from taskguard.project.project import Project

    return Project(
        store.paths, store.facts, places.shared, skimmed_of=store.skimmed, text_of=store.text, eager=store.eager,
        markers=store.markers, settings_at=places.settings_at, search=store.search, importing=store.importing,
        complete=complete, beside=lambda base: _beside(places.root, base),
    )  # fmt: skip


def _beside(root: str, base: str) -> str:
    from taskguard.engine.unlisted_modules import beside

    return beside(root, base)


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
