"""Two states of a project on disk, in git or in a snapshot file, compared: what `verify` and `diff` ask for."""

from __future__ import annotations

import os

from taskguard.diagnostics import Report
from taskguard.discovery.markers import BASELINE, WORKFLOWS, is_manifest, is_note
from taskguard.engine.blob_cache import BlobCache
from taskguard.engine.change_rules import failing, for_change, lint_change
from taskguard.engine.contract_cache import CachedState, ContractCache
from taskguard.engine.linking import linked
from taskguard.engine.linter import Linter, LintResult, Scope
from taskguard.engine.overlay import Overlay
from taskguard.engine.projects import by_project
from taskguard.engine.resolver import Resolver
from taskguard.engine.running import Clock
from taskguard.engine.store import DiskStore
from taskguard.errors import UserError
from taskguard.project.change.linked import Linked
from taskguard.project.change.model import Change
from taskguard.project.python.held_texts import Answers
from taskguard.project.python.same_files import under
from taskguard.record import Record
from taskguard.request import UNSAFE, Outcome
from taskguard.rule import ANY_LENGTH, FileRule
from taskguard.sealing import fingerprint
from taskguard.selection import classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskguard.contract.difference import Difference
    from taskguard.engine.overlay import Store
    from taskguard.engine.resolver import Tree
    from taskguard.project.python.project import Project
    from taskguard.request import Request
    from taskguard.settings.model import Settings

SUFFIXES = (".py", ".pyi")
WORKING_TREE = ""
SNAPSHOT = ".json"


class Compared(Record):
    """A change with what it was read from. `old`, which links the old project, and `new` are None, and `store` too, where that state is a snapshot.

    `failed` are the imports that failed already, as the snapshot says. `keep` keeps for the next run what this one found out.
    `again` compares the same old state with the new state that another store holds, None where nothing can be fixed. `elsewhere` are the
    paths whose file on disk is not that of the new state.
    """

    change: Change
    resolver: Resolver
    store: Store | None
    old: Callable[[], Project] | None
    new: Project | None
    passed: frozenset[str] | None
    failed: frozenset[tuple[str, str, str]] = frozenset()
    keep: Callable[[], None] = lambda: None
    again: Callable[[Store], Compared] | None = None
    elsewhere: frozenset[str] = frozenset()


def verify(request: Request, against: str | None = None, staged: bool = False, until: str = "") -> Outcome:
    """What the change from `against` to the working tree, to the index or to the revision `until` breaks, for each project named.

    `against` is a revision or a snapshot file; None means where the present work began.
    Raises UserError for what the user must change.
    """
    from taskguard.engine.merge_outcomes import joined

    return joined([_verified(own, against, staged, until) for own in by_project(request)])


def _verified(request: Request, against: str | None, staged: bool, until: str) -> Outcome:
    from taskguard.contract.accepted import accepted, without

    clock = Clock()
    resolver = Resolver(request)
    clock.stage("settings")
    found = compare(resolver, against, staged, until, idle=False)
    clock.stage("states")
    if isinstance(found, int):
        return Outcome(Report((), files=found), resolver.root, request.cwd, lambda path: None, clock.stages)
    assert found.store is not None
    agreed = accepted(resolver.root)

    def verdict(one: Compared) -> LintResult:
        assert one.new is not None
        result = lint_change(
            one.change, one.new, one.failed if one.old is None else one.old, one.passed, request.comments
        )
        kept, hidden = without(result.report.diagnostics, agreed)
        made = result.report.replace(diagnostics=tuple(kept), suppressed=result.report.suppressed + hidden)
        return result.replace(report=made)

    store, result, repair, elsewhere = found.store, verdict(found), None, found.elsewhere
    found.keep()
    clock.stage("rules")
    offered = request.fix or any(one.fix is not None for one in result.report.diagnostics)
    if offered and (again := found.again) is not None:
        from taskguard.engine.fixing import kept_promises, mend

        if request.fix:
            result, store, repair = mend(store, result, lambda held: verdict(again(held)), unsafe=request.fix == UNSAFE)
        else:
            # `--fix` edits the working tree: of what lies there otherwise than what was judged it promises nothing.
            result = kept_promises(store, result, lambda held: verdict(again(held)), lambda path: path not in elsewhere)
        clock.stage("fixes")
    return Outcome(
        result.report, resolver.root, request.cwd, store.text, clock.stages, result.crashes, faults=result.faults,
        repair=repair,
    )  # fmt: skip


def compared(request: Request, first: str, second: str) -> Difference:
    """Everything that differs between two states: revisions or snapshots, the second one empty for the working tree. Raises UserError."""
    from taskguard.contract.difference import difference

    resolver = Resolver(request)
    found = compare(resolver, first, staged=False, until=second)
    assert not isinstance(found, int)
    counts = (violations(found.old() if found.old is not None else None, resolver), violations(found.new, resolver))
    return difference(found.change, most_lines(resolver.settings), counts)


def most_lines(settings: Settings) -> int:
    """How long a file may be in general: below the limit of the rule about the length of files, whether it is on or not."""
    options = dict(settings.options)
    limits = (one(**dict(options.get(one.code, ()))).quiet_up_to() for one in classes() if issubclass(one, FileRule))
    return next(limit for limit in limits if 0 <= limit < ANY_LENGTH)


def snapshot(request: Request) -> str:
    """The contract of the project as the text of a snapshot. Raises UserError."""
    from taskguard.contract.snapshots import snapshot as text_of

    resolver = Resolver(request)
    tree = resolver.discover()
    if resolver.cache is not None:
        # Every module is read for its names: workers do that faster than one file at a time.
        DiskStore(resolver, tree.replace(forced=frozenset(tree.sizes)), request.workers).save()
    store = DiskStore(resolver, tree, request.workers)
    project = linked_for_change(resolver, store)
    return text_of(Linked(project), failing(project))


def violations(project: Project | None, resolver: Resolver) -> int | None:
    """The number of findings at level error that `check` has in a state; None where the state is a snapshot."""
    if project is None:
        return None
    return Linter(under(project, resolver.shared, resolver.settings_at), Scope()).run().report.count("error")


def compare(
    resolver: Resolver, against: str | None, staged: bool, until: str = WORKING_TREE, idle: bool = True
) -> Compared | int:
    """The change from `against` to the working tree, to the index, or to `until`. Raises UserError.

    Where no Python file differs and `idle` is False, nothing is read, and the number of files is the answer.
    """
    tree = resolver.discover()
    first, last = _file(resolver, against), _file(resolver, until)
    if first or last:
        return _with_snapshot(resolver, tree, first, last, staged, (against, until))
    blobs = _blobs(resolver, against, staged, until)
    if not (blobs.changed or idle):
        return len(_python(blobs.new))
    disk, kept = DiskStore(resolver, tree, resolver.request.workers), BlobCache(resolver)
    store: Store = _laid_over(resolver, disk, kept, blobs.new, blobs.dirty) if staged or until else disk
    new_store = Overlay(store, {}, blobs.changed)  # a function that moved may be in any file
    made: list[Project] = []
    answers = Answers()  # of the files that both states have

    def old() -> Project:
        if not made:
            was = _laid_over(resolver, new_store, kept, blobs.old, blobs.changed)
            made.append(linked_for_change(resolver, was, answers.of_state(blobs.changed)))
        return made[0]

    cache = ContractCache(resolver, blobs.base, _told(new_store))
    before = CachedState(lambda: Linked(old()), cache.read())

    def keep() -> None:
        disk.save()
        kept.save()
        cache.write(before)

    def compared(store: Store) -> Compared:
        new = linked_for_change(resolver, store, answers if store is new_store else None)
        differing = {path for path in blobs.changed if not _is_blob(store.read(path), blobs.old.get(path))}
        change = Change(before, Linked(new), differing)
        passed = _passed(resolver, tree.passed, differing - set(store.paths))
        elsewhere = blobs.dirty if staged or until else frozenset[str]()
        return Compared(change, resolver, store, old, new, passed, keep=keep, again=compared, elsewhere=elsewhere)

    return compared(new_store)


def _is_blob(data: bytes | None, blob: str | None) -> bool:
    """Whether a file has the bytes that git knows under an id; both may be missing."""
    from taskguard.gitread import blob_id

    return blob == (None if data is None else blob_id(data, blob or ""))


def _told(store: Store) -> str:
    """What stands for the files that say how a project is started."""
    names = ((path, path.rpartition("/")[2]) for path in sorted(store.markers))
    telling = [
        path
        for path, name in names
        if name != BASELINE and (is_manifest(path) or not is_note(name) or path.startswith(WORKFLOWS))
    ]
    return fingerprint(repr([(path, store.read(path)) for path in telling]).encode("utf-8", "surrogatepass"))


def _file(resolver: Resolver, word: str | None) -> str:
    """The snapshot file that a word names, empty where it names none."""
    path = os.path.join(resolver.request.cwd, word) if word else ""
    if path and os.path.isfile(path):
        return path
    if path.endswith(SNAPSHOT):
        raise UserError(f"there is no file {word}; `taskguard snapshot -o {word}` writes one")
    return ""


class Blobs(Record):
    """Path -> blob id of the two states, the paths on disk that differ from the new one, and the Python files that differ between the two.

    `base` is the id of the old commit.
    """

    base: str
    old: dict[str, str]
    new: dict[str, str]
    dirty: frozenset[str]
    changed: frozenset[str]


def _blobs(resolver: Resolver, against: str | None, staged: bool, until: str) -> Blobs:
    from taskguard import gitread

    root = resolver.root
    gitread.need_work_tree(root)
    base = gitread.commit(root, against) if against is not None else gitread.merge_base_default(root)
    old = gitread.read_tree(root, base)
    new, dirty = _present(root, until)
    changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    if not (staged or until):
        changed |= dirty
    return Blobs(base, old, new, dirty, frozenset(path for path in _python(changed) if not resolver.excluded(path)))


def _present(root: str, until: str) -> tuple[dict[str, str], frozenset[str]]:
    """Path -> blob id of the revision `until`, or else of the index, and the paths that differ from it on disk."""
    from taskguard import gitread

    gitread.need_work_tree(root)
    index = gitread.read_index(root)
    new = gitread.read_tree(root, until) if until else index
    dirty = {*gitread.unstaged(root), *gitread.untracked(root)}
    return new, frozenset(dirty | {path for path in index.keys() | new.keys() if index.get(path) != new.get(path)})


def _with_snapshot(
    resolver: Resolver, tree: Tree, first: str, last: str, staged: bool, words: tuple[str | None, str]
) -> Compared:
    """The change where one side is a snapshot, or both are."""
    from taskguard.contract.snapshots import read

    if first and last:
        return Compared(Change(read(first), read(last)), resolver, None, None, None, None)
    store: Store = DiskStore(resolver, tree, resolver.request.workers)
    revision = words[1] if first else words[0] or ""
    if staged or revision:
        blobs, dirty = _present(resolver.root, revision)
        kept = BlobCache(resolver)
        store = _laid_over(resolver, store, kept, blobs, dirty)
        kept.save()
    if last:
        project = linked_for_change(resolver, store)
        return Compared(Change(Linked(project), read(last)), resolver, store, lambda: project, None, None)
    before = read(first)

    def compared(store: Store) -> Compared:
        project = linked_for_change(resolver, store)
        change = Change(before, Linked(project))
        passed = _passed(resolver, tree.passed, change.changed - set(store.paths))
        return Compared(change, resolver, store, None, project, passed, before.broken, again=compared)

    return compared(store)


def linked_for_change(resolver: Resolver, store: Store, answers: Answers | None = None) -> Project:
    """The project of what a store holds, with the rules about changes. `answers` are those that it shares with another state."""
    return linked(store, for_change(resolver.shared), _for_change_at(resolver), root=resolver.root, answers=answers)


def judged_for_change(project: Project, resolver: Resolver) -> Project:
    """The same project, with the rules about changes."""
    return under(project, for_change(resolver.shared), _for_change_at(resolver))


def _for_change_at(resolver: Resolver) -> Callable[[str], Settings]:
    held: dict[Settings, Settings] = {}

    def settings_at(path: str) -> Settings:
        settings = resolver.settings_at(path)
        if settings not in held:
            held[settings] = for_change(settings)
        return held[settings]

    return settings_at


def _laid_over(
    resolver: Resolver, store: Store, kept: BlobCache, blobs: dict[str, str], paths: Iterable[str]
) -> Overlay:
    """The store with these paths as the tree of `blobs` has them."""
    from taskguard.gitread import read_blobs

    wanted = [path for path in _python(paths) if not resolver.excluded(path)]
    data = dict(read_blobs(resolver.root, sorted({blobs[path] for path in wanted if path in blobs})))
    files = {path: data[blobs[path]] if path in blobs else None for path in wanted}
    return Overlay(store, files, facts=lambda path, data: kept.of(blobs[path], path, data))


def _python(paths: Iterable[str]) -> list[str]:
    return sorted(path for path in paths if path.endswith(SUFFIXES))


def _passed(resolver: Resolver, passed: frozenset[str] | None, gone: Iterable[str]) -> frozenset[str] | None:
    """The paths whose diagnostics are wanted: those passed, and files that are gone below a folder that was passed."""
    if passed is None:
        return None
    folders = [resolver.relative(os.path.join(resolver.request.cwd, path)) for path in resolver.request.paths]
    return passed | {
        path for path in gone if any(one == "." or path == one or path.startswith(one + "/") for one in folders)
    }
