"""Two states of a project on disk, in git or in a snapshot file, compared: what `verify` and `diff` ask for."""

from __future__ import annotations

import os

from taskguard.diagnostics import Report
from taskguard.engine.changing import for_change, judge
from taskguard.engine.judge import Judge, Judged, Scope
from taskguard.engine.overlay import Overlay
from taskguard.engine.places import Places
from taskguard.engine.running import Clock
from taskguard.engine.store import DiskStore
from taskguard.project.change.linked import Linked
from taskguard.project.change.model import Change
from taskguard.project.project import Project
from taskguard.record import Record
from taskguard.request import UNSAFE, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskguard.contract.difference import Difference
    from taskguard.engine.overlay import Store
    from taskguard.engine.places import Tree
    from taskguard.request import Request
    from taskguard.settings.model import Settings

SUFFIXES = (".py", ".pyi")
WORKING_TREE = ""


class Compared(Record):
    """A change with what it was read from. `old` is None where the old state is a snapshot.

    `again` compares the same old state with the new state that another store holds.
    """

    change: Change
    places: Places
    store: Store
    old: Project | None
    new: Project
    passed: frozenset[str] | None
    again: Callable[[Store], Compared]


def verify(request: Request, against: str | None = None, staged: bool = False) -> Outcome:
    """What the change from `against` (a revision or a snapshot file; None: where the present work began) to the working tree, or to the index, breaks.

    Raises UserError for what the user must change.
    """
    from taskguard.contract.accepted import accepted, without

    clock = Clock()
    places = Places(request)
    clock.stage("settings")
    compared = compare(places, against, staged, idle=False)
    clock.stage("states")
    if isinstance(compared, int):
        return Outcome(Report((), files=compared), places.root, request.cwd, lambda path: None, clock.stages)
    agreed = accepted(places.root)

    def verdict(one: Compared) -> Judged:
        judged = judge(one.change, one.old, one.passed)
        kept, hidden = without(judged.report.diagnostics, agreed)
        made = judged.report.replace(diagnostics=tuple(kept), suppressed=judged.report.suppressed + hidden)
        return Judged(made, judged.crashes)

    store, judged, repair = compared.store, verdict(compared), None
    clock.stage("rules")
    if request.fix:
        from taskguard.engine.mending import mend

        judged, store, repair = mend(
            store, judged, lambda store: verdict(compared.again(store)), unsafe=request.fix == UNSAFE
        )
        clock.stage("fixes")
    return Outcome(
        judged.report, places.root, request.cwd, store.text, clock.stages, judged.crashes, repair=repair,
    )  # fmt: skip


def compared(request: Request, first: str, second: str) -> Difference:
    """Everything that differs between a revision or snapshot and a revision (empty: the working tree). Raises UserError."""
    from taskguard.contract.difference import difference

    places = Places(request)
    found = compare(places, first, staged=False, until=second)
    assert not isinstance(found, int)
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


def compare(
    places: Places, against: str | None, staged: bool, until: str = WORKING_TREE, idle: bool = True
) -> Compared | int:
    """The change from `against` to the working tree, to the index, or to the revision `until`. Raises UserError.

    Where no Python file differs and `idle` is False, nothing is read, and the number of files is the answer.
    """
    tree = places.discover()
    request = places.request
    if against is not None and os.path.isfile(os.path.join(request.cwd, against)):
        return _from_snapshot(places, tree, os.path.join(request.cwd, against))
    blobs = _blobs(places, against, staged, until)
    if not (blobs.changed or idle):
        return len(_python(blobs.new))
    store: Store = DiskStore(places, tree, request.workers)
    if staged or until:
        store = _laid_over(places, store, blobs.new, blobs.dirty)
    new_store = Overlay(store, {}, blobs.changed)  # a function that moved may be in any file
    old_store = _laid_over(places, new_store, blobs.old, blobs.changed)

    def compared(new_store: Store) -> Compared:
        old, new = linked_for_change(places, old_store), linked_for_change(places, new_store)
        differing = {path for path in blobs.changed if old_store.read(path) != new_store.read(path)}
        passed = _passed(places, tree.passed, differing - set(new_store.paths))
        return Compared(
            Change(Linked(old), Linked(new), differing), places, new_store, old, new, passed, compared
        )  # fmt: skip

    return compared(new_store)


class Blobs(Record):
    """Path -> blob id of the two states, the paths on disk that differ from the new one, and the Python files that differ between the two."""

    old: dict[str, str]
    new: dict[str, str]
    dirty: frozenset[str]
    changed: frozenset[str]


def _blobs(places: Places, against: str | None, staged: bool, until: str) -> Blobs:
    from taskguard import gitread

    root = places.root
    gitread.need_work_tree(root)
    old = gitread.read_tree(root, against if against is not None else gitread.merge_base_default(root))
    index = gitread.read_index(root)
    new = gitread.read_tree(root, until) if until else index
    dirty = {*gitread.unstaged(root), *gitread.untracked(root)}
    dirty |= {path for path in index.keys() | new.keys() if index.get(path) != new.get(path)}
    changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    if not (staged or until):
        changed |= dirty
    return Blobs(old, new, frozenset(dirty), frozenset(path for path in _python(changed) if not places.excluded(path)))


def _from_snapshot(places: Places, tree: Tree, file: str) -> Compared:
    from taskguard.contract.stored import read

    state = read(file)

    def compared(store: Store) -> Compared:
        new = linked_for_change(places, store)
        after = Linked(new)
        changed = state.changed(after)
        passed = _passed(places, tree.passed, changed - set(store.paths))
        return Compared(Change(state, after, changed), places, store, None, new, passed, compared)

    return compared(DiskStore(places, tree, places.request.workers))


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


def _python(paths: Iterable[str]) -> list[str]:
    return sorted(path for path in paths if path.endswith(SUFFIXES))


def _passed(places: Places, passed: frozenset[str] | None, gone: Iterable[str]) -> frozenset[str] | None:
    """The paths whose diagnostics are wanted: those passed, and files that are gone below a folder that was passed."""
    if passed is None:
        return None
    folders = [places.relative(os.path.join(places.request.cwd, path)) for path in places.request.paths]
    return passed | {
        path for path in gone if any(one == "." or path == one or path.startswith(one + "/") for one in folders)
    }
