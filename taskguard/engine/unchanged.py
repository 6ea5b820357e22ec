"""An outcome made of what the last run found, where an edit has changed nothing that it rests on."""

from __future__ import annotations

from taskguard.diagnostics import Report
from taskguard.engine.verdicts import Elsewhere, Verdicts, about, in_order
from taskguard.request import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.baseline import Baseline, Entry
    from taskguard.engine.kept import Changed, Kept
    from taskguard.engine.resolver import Resolver, Tree
    from taskguard.engine.store import DiskStore
    from taskguard.project.python.project import Project


def outcome(
    kept: Kept, resolver: Resolver, tree: Tree, disk: DiskStore, of_all: bool
) -> tuple[Outcome, Verdicts] | None:
    """What is to be said now, and what is to be kept of it; None where all rules have to run. `of_all` says that what was kept is about all files."""
    try:
        return _outcome(kept, resolver, tree, disk, of_all)
    except Elsewhere:
        return None


def _outcome(kept: Kept, resolver: Resolver, tree: Tree, disk: DiskStore, of_all: bool) -> tuple[Outcome, Verdicts]:
    from taskguard.engine.baselines import agreed

    baseline = agreed(resolver.root, tree.baselines) if resolver.request.baseline else None
    present = baseline
    if present is not None:
        from taskguard.engine.baseline_renames import still_there

        present = still_there(present, resolver.root, disk.paths)
    verdicts = kept.verdicts
    for one in kept.changed:
        if _skimmed_again(one, verdicts) and (of_all or (tree.passed is not None and one.path in tree.passed)):
            verdicts = _skimmed(one, kept.before, verdicts, resolver, disk, present)
    for path in kept.listing.gone if of_all else ():
        verdicts = _without(path, verdicts)
    for path in kept.listing.added if of_all else ():
        verdicts = _with(path, verdicts, resolver, disk)
    made = verdicts
    if tree.passed is not None:
        if _codes(verdicts) != _codes(kept.before) or (of_all and verdicts.warnings):
            raise Elsewhere  # what the settings name in doubt is looked for by what is shown
        if of_all:
            verdicts = about(verdicts, tree.passed, lambda path: disk.skimmed(path).directives)
    shown, hidden, left = list(verdicts.shown), 0, present
    if present is not None:
        from taskguard.baseline import apply

        applied = apply(present, shown, disk.text, _unknown)
        shown, hidden, left = applied.kept, applied.hidden, applied.left
    report = Report(
        tuple(shown), verdicts.undecided, verdicts.files, verdicts.suppressed, hidden, verdicts.idle
    )  # fmt: skip
    said = Outcome(
        report, resolver.root, resolver.request.cwd, disk.text, tasks=sum(verdicts.tasks.values()), baseline=baseline, left=left, warnings=verdicts.told
    )  # fmt: skip
    return said, made


def _with(path: str, verdicts: Verdicts, resolver: Resolver, disk: DiskStore) -> Verdicts:
    """The verdicts with a file that has come and of which no rule says anything. Raises Elsewhere where one may."""
    from taskguard.engine.linter import Linter, Scope

    facts, project = disk.skimmed(path), _alone(path, "", "", resolver, disk)
    scope = Scope(frozenset((path,)), project=not resolver.request.no_project, light=frozenset(verdicts.light))
    linter = Linter(project, scope)
    quiet = linter.quiet_up_to(path)
    if facts.lines > quiet or facts.directives or facts.failure is not None or verdicts.idle:
        raise Elsewhere("a new file of which a rule may say something")
    speaks = linter.may_speak(path) or Linter(project, scope.replace(light=None)).may_speak(path)
    mute = verdicts.mute if speaks else [*verdicts.mute, path]
    quiet_at = verdicts.quiet_at if quiet == verdicts.quiet else {**verdicts.quiet_at, path: quiet}
    return verdicts.replace(files=verdicts.files + 1, mute=mute, quiet_at=quiet_at)


def _without(path: str, verdicts: Verdicts) -> Verdicts:
    """The verdicts without a file of which no rule said anything. Raises Elsewhere where one may have."""
    told = {*(one.path for one, _ in verdicts.found), *(one.path for one in verdicts.undecided), *verdicts.ran}
    depends = {path for one, _ in verdicts.found for path in (*one.depends, *(each.path for each in one.related))}
    if path in told or path in depends or path in verdicts.tasks or verdicts.idle:
        raise Elsewhere("a rule said something of a file that is gone")
    quiet_at = {one: quiet for one, quiet in verdicts.quiet_at.items() if one != path}
    mute = [one for one in verdicts.mute if one != path]
    return verdicts.replace(files=verdicts.files - 1, mute=mute, quiet_at=quiet_at)


def _alone(path: str, name: str, root: str, resolver: Resolver, disk: DiskStore) -> Project:
    """A project of one module."""
    from taskguard.project.python.project import Module, Project

    made = Project(
        [path], disk.facts, resolver.shared, skimmed_of=disk.skimmed, text_of=disk.text, settings_at=resolver.settings_at, complete=False
    )  # fmt: skip
    made.modules[path] = Module(made, path, name, root)
    return made


def _unknown(entry: Entry) -> bool:
    """Whether a run would have found what an entry of the baseline stands for: rules would have to run for that."""
    raise Elsewhere


def _codes(verdicts: Verdicts) -> set[str]:
    return {one.code for one in verdicts.shown}


def _skimmed_again(one: Changed, verdicts: Verdicts) -> bool:
    """Whether rules that skim may say something else of a file, or its comments may hide something else."""
    longest = max(one.old.lines, one.new.lines)
    return longest > verdicts.quiet_at.get(one.path, verdicts.quiet) or bool(one.old.directives or one.new.directives)


def _skimmed(
    one: Changed, before: Verdicts, verdicts: Verdicts, resolver: Resolver, disk: DiskStore, baseline: Baseline | None
) -> Verdicts:
    """The verdicts with those of the rules that skim and of comments made anew for one file."""
    from taskguard.engine.linter import Linter, Scope
    from taskguard.suppressions import apply

    path = one.path
    if path not in verdicts.names or (one.new.directives and not one.old.directives):
        raise Elsewhere  # nobody has kept which rules have looked at a file without comments that hide something
    project = _alone(path, *verdicts.names[path], resolver, disk)
    linter = Linter(
        project, Scope(frozenset((path,)), project=False, baseline=baseline, light=frozenset(verdicts.light))
    )
    linter.found = [pair for pair in verdicts.found if pair[0].path == path]
    linter.undecided = [each for each in verdicts.undecided if each.path == path]
    linter.ran[path] = set(verdicts.ran.get(path, ()))
    linter.project_codes = set(verdicts.project_codes)
    shown, suppressed = linter.skimmed_again(path)
    hidden = apply(one.old.directives, [pair for pair in before.found if pair[0].path == path]).suppressed
    return verdicts.replace(
        found=(*(pair for pair in verdicts.found if pair[0].path != path), *linter.found),
        shown=in_order((*(each for each in verdicts.shown if each.path != path), *shown)),
        suppressed=verdicts.suppressed + suppressed - hidden,
    )
