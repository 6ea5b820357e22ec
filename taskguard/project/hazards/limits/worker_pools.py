"""Which pools the workers of a project run with, as far as somebody writes it."""

from __future__ import annotations

from taskguard.discovery.markers import WINDOWS
from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.celery.queues import default_queue
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import queue_by_route
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import effective_option
from taskguard.project.registry.routing import is_annotated, setting_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task

NAMED = regex(r"(?:\s-P|--pool)[\s=,\"']+(gevent|eventlet|solo|threads|processes|prefork)\b")
WORDS = ("gevent", "eventlet", "solo", "threads")
GREEN = frozenset(("gevent", "eventlet"))
# The pools in which Celery has no soft time limit.
UNLIMITED = GREEN | {"solo", "threads"}
# Those in which it has no limits at all.
ENDLESS = frozenset(("solo", "threads"))


@query
def named_pools(project: Project) -> frozenset[str]:
    """The pools that commands of deployment files or of the code name. On Windows, which has no prefork, a developer starts another one: where the project
    deploys workers elsewhere, these count."""
    made: set[str] = set()
    own = WINDOWS if _workers(project) else ()
    for path in (*sorted(project.markers), *(path for path in project.search(*WORDS))):
        if not path.endswith(own):
            made.update(every(project, path, NAMED))
    return frozenset(made)


def pools_of(task: Task) -> frozenset[str]:
    """The pools that may run a task, where anything says so; empty where nothing does, so that it is Celery's default."""
    value = setting_of(task, "worker_pool")
    own = frozenset((value.value,)) if isinstance(value, Known) and isinstance(value.value, str) else frozenset()
    return own | named_pools(task.module.project)


def workers_of(task: Task) -> tuple[Launch, ...]:
    """The workers that the deployment files start for the queue of a task, each with its pool; none where there may be others."""
    project = task.module.project
    workers = _workers(project) if project.complete else ()
    if all(one.pool not in UNLIMITED for one in workers):
        return ()
    queue = _queue(task)
    reading = [one for one in workers if not queue or one.open or one.queues is None or queue in one.queues]
    return tuple(reading) if all(one.pool for one in reading) else ()


@query
def _workers(project: Project) -> tuple[Launch, ...]:
    held = project.evidence.deployment
    if held.unclear:
        return ()
    return tuple(
        one
        for one in held.launches
        if one.step in ("worker", "multi") and not in_tests(one.path) and not one.path.endswith(WINDOWS)
    )


def _queue(task: Task) -> str:
    """The queue of a task, where decorator and routes tell it; empty where they do not."""
    own = effective_option(task, "queue")
    if not own.absent:
        return (
            own.value if isinstance(own, Known) and isinstance(own.value, str) and is_annotated(task) is False else ""
        )
    services, name = services_of(task), task.name.value
    if len(services) != 1 or not isinstance(name, str):
        return ""
    routed = queue_by_route(services[0], name)
    held = default_queue(services[0]) if routed.absent else routed
    return held.value if isinstance(held, Known) and isinstance(held.value, str) else ""
