"""Two states of a project on disk, in git or in a snapshot file, compared: what `verify` and `diff` ask for."""

from __future__ import annotations

import os

from taskguard.diagnostics import Diagnostic, Report
from taskguard.engine.judge import Judge, Scope
from taskguard.engine.overlay import Overlay
from taskguard.engine.places import Places
from taskguard.engine.running import Clock, linked
from taskguard.engine.store import DiskStore
from taskguard.project.change.linked import Linked
from taskguard.project.change.model import Change
from taskguard.record import Record
from taskguard.request import Outcome
from taskguard.settings.catalogue import CATALOGUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.engine.overlay import Store
    from taskguard.project.change.state import State
    from taskguard.project.project import Project
    from taskguard.request import Request

OWN = "TG7"
# Of the rules about imports `verify` says what the change itself breaks.
IMPORTS = ("TG402", "TG405")
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
    if request.select is None:
        others = (code for code in CATALOGUE if not code.startswith(OWN) and code not in IMPORTS)
        request = request.replace(ignore=(*request.ignore, *others))
    places = Places(request)
    clock.stage("settings")
    compared = compare(places, against, staged)
    clock.stage("states")
    judged = Judge(compared.new, Scope(compared.passed, True, compared.change)).run()
    kept = [one for one in judged.report.diagnostics if one.code not in IMPORTS or _new_import(compared, one)]
    kept, hidden = without(kept, accepted(places.root))
    clock.stage("rules")
    report = judged.report
    made = Report(tuple(kept), report.undecided, len(compared.change.changed), report.suppressed + hidden)
    return Outcome(made, places.root, request.cwd, compared.store.text, clock.stages, judged.crashes)


def _new_import(compared: Compared, one: Diagnostic) -> bool:
    """Whether the import that a diagnostic is about was added by the change, or lifted to module level."""
    if one.path not in compared.change.changed or compared.old is None:
        return False
    before = compared.old.modules.get(one.path)
    after = compared.new.modules[one.path]
    had = {(before.absolute(held.module), held.name) for held in before.facts.imports if not held.scope} if before is not None else set()
    at = [held for held in after.facts.imports if held.span.line <= one.line <= held.span.end_line]
    return any((after.absolute(held.module), held.name) not in had for held in at if not held.scope)


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
    old, new = linked(places, old_store), linked(places, new_store)
    differing = {path for path in changed if old_store.read(path) != new_store.read(path)}
    change = Change(Linked(old), Linked(new), differing)
    return Compared(change, places, new_store, old, new, _passed(places, tree.passed, differing - set(new_store.paths)))


def _from_snapshot(places: Places, store: Store, passed: frozenset[str] | None, file: str) -> Compared:
    from taskguard.contract.stored import read

    state: State = read(file)
    new = linked(places, store)
    after = Linked(new)
    changed = state.changed(after)  # type: ignore[attr-defined]
    return Compared(Change(state, after, changed), places, store, None, new, _passed(places, passed, changed - set(store.paths)))


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
