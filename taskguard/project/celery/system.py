"""`project.celery`: the door to everything that the project's Celery configuration says."""

from __future__ import annotations

from taskguard.project.apps import CURRENT_APP
from taskguard.project.celery.apps import Apps, find_services
from taskguard.project.celery.imports import Graph
from taskguard.project.celery.model import BeatEntry, Reference, Service
from taskguard.project.celery.statements import Statement, owner, statements
from taskguard.project.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.crossing import Crossing
    from taskguard.project.celery.django import SettingsModules
    from taskguard.project.celery.faults import Faults
    from taskguard.project.celery.idle import Idle
    from taskguard.project.celery.migrated import Rows
    from taskguard.project.celery.model import Route
    from taskguard.project.celery.readers import Unread, Unserved
    from taskguard.project.celery.sends import Lost, Sent
    from taskguard.project.celery.spoken import Spoken
    from taskguard.project.dropped import Dropped
    from taskguard.project.loading import Early
    from taskguard.project.module import Module
    from taskguard.project.project import Project
    from taskguard.project.tasks import Task
    from taskguard.project.values import Value


class System:
    """All Celery apps of a project. Nothing is worked out before it is asked for.

    `services` are by path and line, those of tests and examples included (`service.test`).
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.services: tuple[Service, ...] = find_services(project)
        self.apps = Apps(self.services)
        self.graph = Graph(project)
        self._statements: dict[Service | None, list[Statement]] | None = None
        self._services: dict[int, tuple[Service, ...]] | None = None
        self._references: tuple[Reference, ...] | None = None
        self.own_queues: frozenset[str] | None = None
        self.spoken: Spoken | None = None  # filled by spoken.in_notes
        self._rows: Rows | None = None
        self._loose: tuple[BeatEntry, ...] | None = None
        self._django: dict[Service, SettingsModules] = {}
        self._names: dict[str, list[Task]] | None = None

    @property
    def live(self) -> tuple[Service, ...]:
        """The services outside tests and examples; all where there are no others."""
        return tuple(one for one in self.services if not one.test) or self.services

    def service(self, dotted: str) -> Service | None:
        """The service of that dotted name (`proj.celery.app`)."""
        return next((one for one in self.services if dotted in one.names), None)

    def statements(self, service: Service | None) -> list[Statement]:
        """The statements about a service, by path and line; for None, those about an app that is not known."""
        if self._statements is None:
            made: dict[Service | None, list[Statement]] = {}
            for one in statements(self.project):
                made.setdefault(owner(one, self.apps), []).append(one)
            self._statements = made
        return self._statements.get(service, [])

    def django(self, service: Service) -> SettingsModules:
        """The Django settings modules of a service."""
        if service not in self._django:
            from taskguard.project.celery.django import settings_modules

            self._django[service] = settings_modules(service)
        return self._django[service]

    def owner(self, task: Task) -> Service | None:
        """The service whose own decorator declares the task; None for a shared task."""
        if not task.app:
            return None
        return self.service(task.app)

    def foreign(self, task: Task) -> bool:
        """Whether the app of a task is made outside the project, so that another worker may import it."""
        return bool(task.app) and task.app not in CURRENT_APP and self.owner(task) is None

    def discovered(self, module: Module) -> bool | None:
        """Whether the worker of some service imports a module: False only where surely none does; None too where there is no service."""
        answers = [one.discovery.holds(module) for one in self.live if not one.test]
        if True in answers:
            return True
        return None if None in answers or not answers else False

    def services_of(self, task: Task) -> tuple[Service, ...]:
        """The services that register the task if they import its module."""
        if self._services is None:
            made: dict[int, tuple[Service, ...]] = {}
            for service in self.live:
                for held in service.tasks:
                    made[id(held)] = (*made.get(id(held), ()), service)
            self._services = made
        return self._services.get(id(task), ())

    @property
    def undeclared_queues(self) -> Iterator[Sent]:
        """What is sent to queues that the configured queues do not list."""
        from taskguard.project.celery.sends import undeclared

        return undeclared(self)

    def unmissed(self, module: Module, tasks: list[Task], services: tuple[Service, ...]) -> bool:
        """Whether the project shows that nobody misses the tasks of a module that no worker imports."""
        from taskguard.project.celery.unmissed import unmissed

        return unmissed(module, tasks, services)

    @property
    def crossings(self) -> Iterator[Crossing]:
        """The tasks that the worker of one service sends and only that of another registers."""
        from taskguard.project.celery.crossing import crossings

        return crossings(self)

    @property
    def mutual_imports(self) -> Iterator[Early]:
        """The imports that fail in each worker since two modules import names from each other."""
        from taskguard.project.celery.mutual import mutual

        return mutual(self)

    @property
    def unread_queues(self) -> Iterator[Unread]:
        """What is sent to queues that no worker of the deployment files reads."""
        from taskguard.project.celery.readers import unread

        return unread(self)

    @property
    def unserved_defaults(self) -> Iterator[Unserved]:
        """Default queues that no worker of the deployment files reads although tasks go there."""
        from taskguard.project.celery.readers import unserved

        return unserved(self)

    @property
    def lost_defaults(self) -> Iterator[Lost]:
        """Default queues that `task_queues` does not list although tasks go there."""
        from taskguard.project.celery.sends import lost_defaults

        return lost_defaults(self)

    @property
    def idle_routes(self) -> Iterator[Idle]:
        """Patterns of routes that match no task."""
        from taskguard.project.celery.idle import idle_routes

        return idle_routes(self.project)

    @property
    def shadowed_routes(self) -> Iterator[tuple[Task, Route, str, str]]:
        """Tasks whose own queue beats a route that says another: task, route, own queue, the route's queue."""
        from taskguard.project.celery.idle import shadowed

        return shadowed(self)

    @property
    def dropped_bases(self) -> Iterator[Dropped]:
        """Tasks whose `base=` loses what the task class of their app opens, by path and line."""
        from taskguard.project.dropped import dropped

        return dropped(self.project)

    @property
    def faults(self) -> Faults:
        """What is wrong with the configuration itself."""
        from taskguard.project.celery.faults import Faults

        return Faults(self)

    def settled(self, value: Value, *services: Service) -> Value:
        """`value`, or where it is an attribute of Django's settings what the settings modules of the services say."""
        from taskguard.project.celery.settled import settled

        return settled(self, services, value)

    def named(self, name: str) -> list[Task]:
        """The tasks whose name is surely `name`."""
        if self._names is None:
            self._names = {}
            for task in self.project.tasks:
                if isinstance(task.name, Known):
                    self._names.setdefault(task.name.value, []).append(task)
        return self._names.get(name, [])

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every place that names a task by a string, by path and line."""
        if self._references is None:
            from taskguard.project.celery.references import find_references

            self._references = find_references(self)
        return self._references

    @property
    def loose_entries(self) -> tuple[BeatEntry, ...]:
        """Schedule entries that no service is known to read: schedule-like dicts, and PeriodicTask rows made in code."""
        if self._loose is None:
            from taskguard.project.celery.schedules import loose_entries

            self._loose = loose_entries(self)
        return self._loose

    @property
    def rows(self) -> Rows:
        """What migrations leave in the table of django-celery-beat."""
        if self._rows is None:
            from taskguard.project.celery.migrated import Rows

            self._rows = Rows(self.project)
        return self._rows
