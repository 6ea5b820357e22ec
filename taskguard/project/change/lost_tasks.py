"""The task names that are gone."""

from __future__ import annotations

from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.change.model import Change
    from taskguard.project.change.terms import Piece, TaskTerms, User


class LostTask(Record):
    """A task name that no task has any more. `new` is the task that its code is now, `piece` the code, `parts` the functions that it was split into."""

    old: TaskTerms
    new: TaskTerms | None
    piece: Piece | None
    parts: tuple[Piece, ...]
    references: tuple[User, ...]


@query
def lost_tasks(change: Change) -> list[LostTask]:
    """The task names that are gone, each once. Those that a task with an Unknown name may still have are left out."""
    return list(_lost_tasks(change))


def _lost_tasks(change: Change) -> Iterator[LostTask]:
    old = [task for task in change.old_tasks() if task.name is not None]
    if not old:
        return
    names, _ = change.after.task_names()
    told: set[str] = set()
    for task in old:
        if task.name is None or task.name in names or task.name in told:
            continue
        told.add(task.name)
        new = change.new_task(task)
        if new is not None and new.name is None:
            continue
        piece = change.moves.to.get(task.dotted)
        if new is None and piece is not None and any(change.untold(one.name) for one in piece.decorations):
            continue  # a decorator that nobody can tell may well declare it
        source = change.moves.old.get(task.dotted)
        parts = change.moves.parts(source) if piece is None and source is not None else ()
        yield LostTask(task, new, piece, parts, change.references(task.name))
