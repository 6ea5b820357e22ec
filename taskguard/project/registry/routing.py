"""Whether the Celery configuration may say more about tasks than their declarations do."""

from __future__ import annotations

from taskguard.facts import changes, selections
from taskguard.facts.placed import class_binds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.model import Route
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import routes_of, routes_open
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known, Unknown
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Project
    from taskguard.project.python.values import Value
    from taskguard.project.tasks.task import Task

# For tasks of projects that make no app: a library, or a part of a larger tree.
ROUTES = frozenset("task_routes CELERY_TASK_ROUTES CELERY_ROUTES".split())
ANNOTATIONS = frozenset("task_annotations CELERY_TASK_ANNOTATIONS CELERY_ANNOTATIONS".split())


def is_routed(task: Task) -> bool | None:
    """Whether the configured routes give a task a queue; None where that cannot be told."""
    project = task.module.project
    if not project.complete:
        return None
    services = services_of(task)
    if not services:
        return None if configured(project, ROUTES) else False
    answers = {_by(service, task) for service in services}
    return answers.pop() if len(answers) == 1 else None


def _by(service: Service, task: Task) -> bool | None:
    from taskguard.project.celery.routes import queue_by_route, route_for

    name = task.name.value
    if not isinstance(name, str):
        return None if routes_of(service) or routes_open(service) else False
    queue = queue_by_route(service, name)
    if isinstance(queue, Known):
        return bool(queue.value)
    # A route without a queue may still lead to one, by its exchange or routing key.
    return False if queue.absent and not isinstance(route_for(service, name), Route) else None


def route_files(task: Task) -> tuple[str, ...]:
    """The files that configure the routes of the services that the task belongs to."""
    project = task.module.project
    settings = [configuration(one).get("task_routes") for one in services_of(task)] if project.complete else []
    return tuple(dict.fromkeys(file for one in settings if one is not None for file in one.files))


def is_annotated(task: Task) -> bool | None:
    """Whether annotations may change the options of a task; None where that cannot be told."""
    project = task.module.project
    return None if not project.complete or configured(project, ANNOTATIONS) else False


@query
def configured(project: Project, names: frozenset[str], tests: bool = True) -> bool:
    """Whether some looked-at file binds, assigns or passes one of `names`; a file of tests counts if `tests` says so."""
    for module in project.looked_at if tests else (one for one in project.looked_at if not in_tests(one.path)):
        facts = module.facts
        if selections.binds_one(facts, names):
            return True
        if class_binds(facts, names) or changes.locals_named(facts, names):
            return True
        if changes.sets_one(facts, names, ROUTES | ANNOTATIONS):
            return True
        if selections.giving(facts, *sorted(names)):
            return True
    return False


def setting_of(task: Task, name: str) -> Value:
    """The value of a setting that all apps of a task agree on; ABSENT where none sets it."""
    if not task.module.project.complete:
        return Unknown("only a part of the project is linked")
    return _agreed(task.module.project, services_of(task), name)


@query
def _agreed(project: Project, services: tuple[Service, ...], name: str) -> Value:
    values = [configuration(service).value(name) for service in services]
    if not values:
        return Unknown("no app")
    first = values[0]
    same = all(type(one) is type(first) and one.value == first.value for one in values)
    return first if same else Unknown("the apps differ")
