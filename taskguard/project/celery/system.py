"""`celery_of(project)`: the door to everything that the project's Celery configuration says."""

from __future__ import annotations

from taskguard.project.celery.apps import Apps, find_services
from taskguard.project.celery.imports import Graph
from taskguard.project.celery.model import Service
from taskguard.project.celery.statements import Statement, owner, statements
from taskguard.project.python.values import Known
from taskguard.project.tasks.celery_names import CURRENT_APP
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task


class System:
    """All Celery apps of a project. Nothing is worked out before it is asked for.

    `services` are by path and line, those of tests and examples included (`service.test`). `crowded` says why there are more of them.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.services, self.crowded = find_services(project)
        self.apps = Apps(self.services)
        self.graph = Graph(project)
        self.memo: dict[object, object] = {}

    @property
    def live(self) -> tuple[Service, ...]:
        """The services outside tests and examples; all where there are no others."""
        return tuple(self.serving) or self.services

    @property
    def serving(self) -> list[Service]:
        """The services outside tests and examples, even if there are none."""
        return [one for one in self.services if not one.test]

    def service(self, dotted: str) -> Service | None:
        """The service of that dotted name (`proj.celery.app`)."""
        return _by_name(self).get(dotted)

    def statements(self, service: Service | None) -> list[Statement]:
        """The statements about a service, by path and line; for None, those about an app that is not known."""
        return _by_service(self).get(service, [])

    def owner(self, task: Task) -> Service | None:
        """The service whose own decorator declares the task; None for a shared task."""
        if not task.app:
            return None
        return self.service(task.app)

    def foreign(self, task: Task) -> bool:
        """Whether the app of a task is made outside the project, so that another worker may import it."""
        return bool(task.app) and task.app not in CURRENT_APP and self.owner(task) is None

    def named(self, name: str) -> list[Task]:
        """The tasks whose name is surely `name`."""
        return _by_task_name(self.project).get(name, [])


@query
def celery_of(project: Project) -> System:
    """What the Celery configuration of a project says: apps, settings, schedules, routes, discovery, references."""
    return System(project)


@query
def _by_name(system: System) -> dict[str, Service]:
    made: dict[str, Service] = {}
    for one in system.services:
        for name in one.names:
            made.setdefault(name, one)
    return made


@query
def _by_service(system: System) -> dict[Service | None, list[Statement]]:
    made: dict[Service | None, list[Statement]] = {}
    for one in statements(system.project):
        made.setdefault(owner(one, system.apps), []).append(one)
    return made


@query
def _by_task_name(project: Project) -> dict[str, list[Task]]:
    made: dict[str, list[Task]] = {}
    for task in all_tasks(project):
        if isinstance(task.name, Known):
            made.setdefault(task.name.value, []).append(task)
    return made
