"""A change: two states of a project, and the questions that rules ask about what lies between them."""

from __future__ import annotations

from collections import Counter

from taskguard.diagnostics import TOP, Fix, Related, Span
from taskguard.project.change.moves import LOGGERS, SAME_CODE, Moves
from taskguard.project.change.terms import MARKED, Piece, TaskTerms, names_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.change.state import NewState, State
    from taskguard.project.change.terms import User

DEEPEST = 4


class Pair(Record):
    """An old piece and the new one that it became; `moved` where that stands in another module."""

    old: Piece
    new: Piece
    moved: bool


class TaskPair(Record):
    """An old task and the new one that took its place."""

    old: TaskTerms
    new: TaskTerms


class Change:
    """What happened between two states. `changed` are the paths that differ; None compares the texts."""

    def __init__(self, before: State, after: NewState, changed: Iterable[str] | None = None) -> None:
        self.before = before
        self.after = after
        self.changed = frozenset(differing(before, after) if changed is None else changed)
        self.old_paths = sorted(self.changed.intersection(before.paths))
        self.new_paths = sorted(self.changed.intersection(after.paths))
        self._moves: Moves | None = None
        self._seeds: frozenset[str] | None = None
        self._covered: frozenset[str] | None = None
        self._same: dict[tuple[str, str], bool] = {}
        self._task_pairs: list[TaskPair] | None = None
        self._pairs: list[Pair] | None = None
        self._old_tasks: list[TaskTerms] | None = None
        self._gone: set[str] | None = None
        self._came: dict[str, list[str]] | None = None
        self._new_tasks: dict[int, TaskTerms] | None = None
        self.memo: dict[object, object] = {}

    @property
    def moves(self) -> Moves:
        """Where the pieces of the changed files went. Files that define what they defined, and are none of ours, take no part."""
        if self._moves is None:
            still = {
                path
                for path in self.old_paths
                if path in self.new_paths and path not in self.seeds and self._same_names(path)
            }
            old = [one for path in self.old_paths if path not in still for one in self.before.pieces(path)]
            new = [one for path in self.new_paths if path not in still for one in self.after.pieces(path)]
            self._moves = Moves(old, new)
        return self._moves

    def _same_names(self, path: str) -> bool:
        """Whether a file defines the same names before and after."""
        first, second = (
            {name for name, kind in state.names(path).items() if kind != "import"}
            for state in (self.before, self.after)
        )
        return first == second

    @property
    def seeds(self) -> frozenset[str]:
        """The changed paths that declare tasks or belong to a facade."""
        if self._seeds is None:
            made = {path for path in self.old_paths if self.before.tasks(path)} | {
                path for path in self.new_paths if self.after.tasks(path)
            }
            self._seeds = frozenset(made) | (self.changed & self.after.facade_paths())
        return self._seeds

    @property
    def covered(self) -> frozenset[str]:
        """The changed paths that the contract covers: they declare tasks, belong to a facade, or took code from such a file."""
        if self._covered is None:
            made = set(self.seeds)
            for old in self.moves.gone.values() if made else ():
                new = self.moves.to.get(old.dotted)
                if new is not None and old.path in made and new.path not in self.old_paths:
                    made.add(new.path)
            self._covered = frozenset(made)
        return self._covered

    def protective(self, path: str) -> tuple[str, ...]:
        """The calls that the settings at a path protect."""
        return self.after.protective(path)

    def pairs(self) -> list[Pair]:
        """The covered pieces with their counterparts, in the order of the new places."""
        if self._pairs is None:
            self._pairs = self._find_pairs()
        return self._pairs

    def _find_pairs(self) -> list[Pair]:
        made: list[Pair] = []
        if not self.covered:
            return made
        for dotted, new in self.moves.to.items():
            old = self.moves.old[dotted]
            if old.path in self.covered or new.path in self.covered:
                made.append(Pair(old, new, old.module != new.module))
        made += [Pair(old, new, True) for old, new in self.moves.copies.values() if old.path in self.covered]
        return sorted(made, key=lambda one: (one.new.path, one.new.span, one.old.dotted))

    # -- names ------------------------------------------------------------------------------------------------------

    def same_name(self, old: str, new: str) -> bool:
        """Whether a name that leads to `old` before and one that leads to `new` after mean the same."""
        if old == new:
            return True
        key = (old, new)
        if key not in self._same:
            self._same[key] = True  # two definitions that use each other
            self._same[key] = self._equal(old, new)
        return self._same[key]

    def _equal(self, old: str, new: str) -> bool:
        if old.startswith("?") or new.startswith("?"):
            return old.lstrip("?").rpartition(".")[2] == new.lstrip("?").rpartition(".")[2]
        if self._dangles(new):
            return (
                old.rpartition(".")[2] == new.rpartition(".")[2]
            )  # its import fails: that is told of the module that is gone
        first, second = self.before.piece(old), self.after.piece(new)
        if first is None and second is not None and self.before.partial:
            return old.rpartition(".")[2] == new.rpartition(".")[2]
        if first is None or second is None:
            outside = first is None and second is None
            return (
                outside
                and old.partition(".")[0] == new.partition(".")[0]
                and old.rpartition(".")[2] == new.rpartition(".")[2]
            )
        if old[len(first.dotted) :] != new[len(second.dotted) :]:
            return False
        if self.moves.copies.get(second.dotted, (None,))[0] is first:
            return True
        counterpart = self.moves.to.get(first.dotted)
        if counterpart is not None and counterpart.dotted == second.dotted:
            return True
        if first.name != second.name or first.kind != second.kind:
            return False
        if first.kind == "variable":
            texts = [" ".join(line.text for line in one.lines) for one in (first, second)]
            return self.same_text(*texts) or all(any(f"{word}⟫(" in text for word in LOGGERS) for text in texts)
        if first.kind == "class" and self.after.piece(old) is not None:
            return False  # of two exceptions, each is caught by its own name, however alike they are
        return self.moves.alike(first, second) >= SAME_CODE

    def came_from(self, new: str) -> Iterable[str]:
        """The old names that what a new one leads to had before it moved."""
        piece = self.after.piece(new)
        if piece is None:
            return ()
        if self._came is None:
            self._came = {}
            for dotted, moved in self.moves.to.items():
                self._came.setdefault(moved.dotted, []).append(dotted)
            for dotted, (old, _) in self.moves.copies.items():
                self._came.setdefault(dotted, []).append(old.dotted)
        return [one + new[len(piece.dotted) :] for one in self._came.get(piece.dotted, ())]

    def untold(self, marked: str) -> bool:
        """Whether what a marked name leads to cannot be told now."""
        return marked.startswith("⟪?") or self._dangles(marked.strip("⟪⟫"))

    def _dangles(self, name: str) -> bool:
        """Whether a name leads into a module that is gone."""
        if self._gone is None:
            self._gone = {self.before.module_name(path) for path in self.old_paths} - {
                self.after.module_name(path) for path in self.after.paths
            }
        parts = name.split(".")
        return any(".".join(parts[:length]) in self._gone for length in range(1, len(parts))) if self._gone else False

    def same_text(self, old: str, new: str) -> bool:
        """Whether two resolved texts mean the same."""
        if old == new:
            return True
        if MARKED.sub("⟪⟫", old) != MARKED.sub("⟪⟫", new):
            return False
        return all(map(self.same_name, names_in(old), names_in(new)))

    # -- tasks ------------------------------------------------------------------------------------------------------

    def old_tasks(self) -> list[TaskTerms]:
        """The tasks of the changed files as they were."""
        if self._old_tasks is None:
            self._old_tasks = [task for path in self.old_paths for task in self.before.tasks(path)]
        return self._old_tasks

    def new_task(self, old: TaskTerms) -> TaskTerms | None:
        """The task that an old one became, by its name or else by its code."""
        if self._new_tasks is None:
            self._new_tasks = {id(pair.old): pair.new for pair in reversed(self.task_pairs())}
        return self._new_tasks.get(id(old))

    def task_pairs(self) -> list[TaskPair]:
        """Old tasks and what they became, those of unchanged files included whose options rest on a changed one."""
        if self._task_pairs is None:
            self._task_pairs = list(self._find_task_pairs())
        return self._task_pairs

    def _find_task_pairs(self) -> Iterable[TaskPair]:
        new = [task for path in self.new_paths for task in self.after.tasks(path)]
        by_name = {task.name: task for task in reversed(new) if task.name is not None}
        by_place = {task.dotted: task for task in reversed(new)}
        taken: set[str] = set()
        late = []
        for old in self.old_tasks():
            found = by_name.get(old.name) if old.name is not None else None
            if found is None:
                late.append(old)
                continue
            taken.add(f"{found.dotted}:{found.name}")
            yield TaskPair(old, found)
        for old in late:
            piece = self.moves.to.get(old.dotted)
            found = by_place.get(piece.dotted) if piece is not None else by_place.get(old.dotted)
            if found is not None and f"{found.dotted}:{found.name}" not in taken:
                yield TaskPair(old, found)
        for task in self.after.unsettled(self.changed):
            same = [one for one in self.before.tasks(task.path) if one.dotted == task.dotted and one.form == task.form]
            yield from (TaskPair(one, task) for one in same[:1])

    # -- places -----------------------------------------------------------------------------------------------------

    def place_of_gone(self, path: str) -> tuple[str, Span]:
        """Where to say that something of an old path is gone: its first line, else that of the file that took most of it."""
        if path in self.after.paths:
            return path, TOP
        took = Counter(
            self.moves.to[one.dotted].path
            for one in self.moves.old.values()
            if one.path == path and one.dotted in self.moves.to
        )
        return (max(sorted(took), key=lambda one: took[one]) if took else path), TOP

    def was_at(self, piece: Piece) -> Related:
        """The old place of a piece."""
        return Related(piece.path, piece.span.line, f"`{piece.qualname}` was here")

    def references(self, name: str) -> tuple[User, ...]:
        """The strings that are this task name."""
        return self.after.references(name)

    def pinned(self, task: TaskTerms, name: str) -> Fix | None:
        """The edit that gives a task an explicit name, None where its declaration cannot be edited so."""
        edits = self.after.naming(task, name) if task.source == "automatic" else None
        return Fix(edits) if edits is not None else None


def differing(before: State, after: State) -> set[str]:
    """The paths whose texts differ, or that only one of the states has."""
    old, new = set(before.paths), set(after.paths)
    return (old ^ new) | {path for path in old & new if before.digest(path) != after.digest(path)}
