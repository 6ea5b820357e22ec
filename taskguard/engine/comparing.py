"""Two states of a project on disk, in git or in a snapshot file, compared: what `verify` and `diff` ask for."""

from __future__ import annotations

import os

from taskguard.engine.changing import for_change, judge
from taskguard.engine.judge import Judge, Scope
from taskguard.engine.overlay import Overlay
from taskguard.engine.places import Places
from taskguard.engine.running import Clock
from taskguard.engine.store import DiskStore
from taskguard.project.change.linked import Linked
from taskguard.project.change.model import Change
from taskguard.project.project import Project
from taskguard.record import Record
from taskguard.request import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.contract.difference import Difference
    from taskguard.engine.overlay import Store
    from taskguard.project.change.state import State
    from taskguard.request import Request
    from taskguard.settings.model import Settings

SUFFIXES = (".py", ".pyi")
WORKING_TREE = ""


class Compared(Record):
    """A change with what it was read from. `old` is None where the old state is a snapshot."""

    change: Change
    places: Places
    store: Store
    old: Project | None
    new: Project
    passed: frozenset[str] | None


def verify(request: Request, against: str | None = None, staged: bool = False) -> Outcome:
    """What the change from `against` (a revision or a snapshot file; None: where the present work began) to the working tree, or to the index, breaks.

    Raises UserError for what the user must change.
    """
    from taskguard.contract.accepted import accepted, without

    clock = Clock()
    places = Places(request)
    clock.stage("settings")
    compared = compare(places, against, staged)
    clock.stage("states")
    judged = judge(compared.change, compared.old, compared.passed)
    report = judged.report
    kept, hidden = without(report.diagnostics, accepted(places.root))
    clock.stage("rules")
    made = report.replace(diagnostics=tuple(kept), suppressed=report.suppressed + hidden)
    return Outcome(made, places.root, request.cwd, compared.store.text, clock.stages, judged.crashes)


def compared(request: Request, first: str, second: str) -> Difference:
    """Everything that differs between a revision or snapshot and a revision (empty: the working tree). Raises UserError."""
    from taskguard.contract.difference import difference

    places = Places(request)
    found = compare(places, first, staged=False, until=second)
    limit = dict(dict(places.settings.options).get("TG101", ())).get("max_lines", 600)
    counts = (violations(found.old, places), violations(found.new, places))
    return difference(found.change, limit if isinstance(limit, int) else 600, counts)


def violations(project: Project | None, places: Places) -> int | None:
    """The number of findings at level error that `check` has in a state; None where the state is a snapshot."""
    if project is None:
        return None
    plain = Project(
        project.modules, project.facts, places.settings, skimmed_of=project.skimmed, text_of=project.text, eager=project.eager,
        markers=project.markers, settings_at=places.settings_at, search=project.search,
    )  # fmt: skip
    return Judge(plain, Scope()).run().report.count("error")


def compare(places: Places, against: str | None, staged: bool, until: str = WORKING_TREE) -> Compared:
    """The change from `against` to the working tree, to the index, or to the revision `until`. Raises UserError."""
    tree = places.discover()
    store: Store = DiskStore(places, tree, places.request.workers)
    if against is not None and os.path.isfile(os.path.join(places.request.cwd, against)):
        return _from_snapshot(places, store, tree.passed, os.path.join(places.request.cwd, against))
    from taskguard import gitread

    root = places.root
    gitread.need_work_tree(root)
    base = gitread.read_tree(root, against if against is not None else gitread.merge_base_default(root))
    index = gitread.read_tree(root, until) if until else gitread.read_index(root)
    dirty = {*gitread.unstaged(root), *gitread.untracked(root)}
    if until:
        head = gitread.read_index(root)
        dirty |= {path for path in head.keys() | index.keys() if head.get(path) != index.get(path)}
    if staged or until:
        store = _laid_over(places, store, index, dirty)
    changed = {path for path in base.keys() | index.keys() if base.get(path) != index.get(path)}
    if not (staged or until):
        changed |= dirty
    changed = {path for path in _python(changed) if not places.excluded(path)}
    new_store = _parsed(store, changed)
    old_store = _laid_over(places, new_store, base, changed)
    old, new = linked_for_change(places, old_store), linked_for_change(places, new_store)
    differing = {path for path in changed if old_store.read(path) != new_store.read(path)}
    change = Change(Linked(old), Linked(new), differing)
    return Compared(change, places, new_store, old, new, _passed(places, tree.passed, differing - set(new_store.paths)))


def _from_snapshot(places: Places, store: Store, passed: frozenset[str] | None, file: str) -> Compared:
    from taskguard.contract.stored import read

    state: State = read(file)
    new = linked_for_change(places, store)
    after = Linked(new)
    changed = state.changed(after)  # type: ignore[attr-defined]
    return Compared(Change(state, after, changed), places, store, None, new, _passed(places, passed, changed - set(store.paths)))


def linked_for_change(places: Places, store: Store) -> Project:
    """The project of what a store holds, with the rules about changes."""
    held: dict[Settings, Settings] = {}

    def settings_at(path: str) -> Settings:
        settings = places.settings_at(path)
        if settings not in held:
            held[settings] = for_change(settings)
        return held[settings]

    return Project(
        store.paths, store.facts, for_change(places.settings), skimmed_of=store.skimmed, text_of=store.text, eager=store.eager,
        markers=store.markers, settings_at=settings_at, search=store.search,
    )  # fmt: skip


def _laid_over(places: Places, store: Store, blobs: dict[str, str], paths: Iterable[str]) -> Overlay:
    """The store with these paths as the tree of `blobs` has them."""
    from taskguard.gitread import read_blobs

    wanted = [path for path in _python(paths) if not places.excluded(path)]
    data = dict(read_blobs(places.root, sorted({blobs[path] for path in wanted if path in blobs})))
    return Overlay(store, {path: data[blobs[path]] if path in blobs else None for path in wanted})


def _parsed(store: Store, paths: Iterable[str]) -> Overlay:
    """The store with the facts of these paths made in full: a function that moved may be in any file."""
    held = {path: store.read(path) for path in paths}
    return Overlay(store, held)


def _python(paths: Iterable[str]) -> list[str]:
    return sorted(path for path in paths if path.endswith(SUFFIXES))


def _passed(places: Places, passed: frozenset[str] | None, gone: Iterable[str]) -> frozenset[str] | None:
    """The paths whose diagnostics are wanted: those passed, and files that are gone below a folder that was passed."""
    if passed is None:
        return None
    folders = [places.relative(os.path.join(places.request.cwd, path)) for path in places.request.paths]
    return passed | {path for path in gone if any(one == "." or path == one or path.startswith(one + "/") for one in folders)}
