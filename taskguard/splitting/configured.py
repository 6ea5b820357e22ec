"""What the Celery configuration says of the tasks of a god file: the queue that a route gives, and when beat sends them."""

from __future__ import annotations

from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import queue_by_route
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import effective_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task


def queue_of(task: Task, *, routed: bool) -> str:
    """The queue of a task by its declaration, or by the routes if these are asked; empty where none is known."""
    given = effective_option(task, "queue")
    if isinstance(given, Known) and isinstance(given.value, str):
        return given.value
    if not routed or not given.absent or not isinstance(task.name, Known):
        return ""
    found = {
        queue.value if isinstance(queue, Known) and isinstance(queue.value, str) else ""
        for queue in (queue_by_route(service, str(task.name.value)) for service in services_of(task))
    }
    return found.pop() if len(found) == 1 else ""


def schedules_of(project: Project, tasks: Iterable[Task]) -> dict[str, str]:
    """When beat sends which of the tasks, by the name in their file, as text that is the same where the time is; without those that no entry or several name."""
    by_name = {str(task.name.value): task.qualname.partition(".")[0] for task in tasks if isinstance(task.name, Known)}
    made: dict[str, set[str]] = {}
    for entry in [one for service in celery_of(project).live for one in beat_of(service)] if by_name else ():
        name = by_name.get(entry.task.value) if isinstance(entry.task.value, str) else None
        when = value_of(entry.schedule) if entry.schedule is not None else None
        if name is not None:
            made.setdefault(name, set()).add(repr(when.value) if isinstance(when, Known) else "")
    return {name: next(iter(ones)) for name, ones in made.items() if len(ones) == 1 and "" not in ones}
