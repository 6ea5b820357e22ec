"""Whether the Celery configuration may say more about tasks than their declarations do."""

from __future__ import annotations

from taskguard.facts.model import Attr, Const, Item, Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.project.project import Project
    from taskguard.project.tasks import Task

ROUTES = frozenset("task_routes CELERY_TASK_ROUTES CELERY_ROUTES".split())
ANNOTATIONS = frozenset("task_annotations CELERY_TASK_ANNOTATIONS CELERY_ANNOTATIONS".split())


def routed(task: Task) -> bool | None:
    """Whether the configured routes give a task a queue; None where that cannot be told."""
    project = task.module.project
    if not project.complete:
        return None
    return by_routes(task) if configured(project, ROUTES) else False


def by_routes(task: Task) -> bool | None:
    """What the routes of all services that register the task say; None where they differ or cannot be told."""
    from taskguard.project.celery.routes import queue_by_route
    from taskguard.project.values import Known

    services = task.module.project.celery.services_of(task)
    if not services or not isinstance(task.name, Known):
        return None
    answers = set()
    for service in services:
        queue = queue_by_route(service, task.name.value)
        answers.add(bool(queue.value) if isinstance(queue, Known) else False if queue.absent else None)
    return answers.pop() if len(answers) == 1 else None


def annotated(task: Task) -> bool | None:
    """Whether annotations may change the options of a task; None where that cannot be told."""
    project = task.module.project
    return None if not project.complete or configured(project, ANNOTATIONS) else False


def configured(project: Project, names: frozenset[str]) -> bool:
    """Whether some looked-at file binds, assigns or passes one of `names`."""
    for module in project.looked_at:
        facts = module.facts
        if any(one.name in names for one in facts.bindings):
            return True
        if any(one.name in names for klass in facts.classes for one in klass.attributes):
            return True
        if any(_last(one.target) in names for one in facts.assigns):
            return True
        if any(keyword.name in names for site in facts.calls for keyword in site.call.keywords):
            return True
    return False


def _last(target: Expr) -> str:
    """The name that an assignment sets: `task_routes` of `app.conf.task_routes` and `app.conf["task_routes"]`."""
    while isinstance(target, Item):
        if isinstance(target.index, Const) and str(target.index.value) in ROUTES | ANNOTATIONS:
            return str(target.index.value)
        target = target.of
    return target.name.rpartition(".")[2] if isinstance(target, Ref) else target.name if isinstance(target, Attr) else ""
