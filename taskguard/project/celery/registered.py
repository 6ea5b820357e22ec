"""Which services register which tasks."""

from __future__ import annotations

from taskguard.project.celery.system import celery_of
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task


@query
def tasks_of(service: Service) -> tuple[Task, ...]:
    """The tasks that a service registers if it imports their modules.

    `@app.task` registers with every app of the process too, unless it says `shared=False` (celery/app/base.py, `task`).
    """
    return tuple(
        task
        for task, owner, root, shared in _with_owners(celery_of(service.project))
        if owner is service or (shared and (root is None or root in service.roots))
    )


@query
def _with_owners(system: System) -> list[tuple[Task, Service | None, str | None, bool]]:
    """All tasks, with the app that declares each, its import root (None for one that no app is found from), and whether other apps have it too."""
    roots = {root for one in system.services if not one.test for root in one.roots}
    made = []
    for task in all_tasks(system.project):
        owner, root = system.owner(task), task.module.root
        shared = owner is None or (not owner.test and task.option("shared").value is not False)
        made.append((task, owner, root if root in roots else None, shared))
    return made


def services_of(task: Task) -> tuple[Service, ...]:
    """The services that register a task if they import its module."""
    return _by_task(task.module.project).get(id(task), ())


@query
def _by_task(project: Project) -> dict[int, tuple[Service, ...]]:
    made: dict[int, list[Service]] = {}
    for service in celery_of(project).live:
        for held in tasks_of(service):
            made.setdefault(id(held), []).append(service)
    return {task: tuple(services) for task, services in made.items()}
