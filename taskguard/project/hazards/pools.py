"""Which pools the workers of a project run with, as far as somebody writes it."""

from __future__ import annotations

from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.python.values import Known
from taskguard.project.registry.routing import setting_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task

NAMED = regex(r"(?:\s-P|--pool)[\s=,\"']+(gevent|eventlet|solo|threads|processes|prefork)\b")
WORDS = ("gevent", "eventlet", "solo", "threads")
GREEN = frozenset(("gevent", "eventlet"))
# The pools in which Celery has no soft time limit.
UNLIMITED = GREEN | {"solo", "threads"}


@query
def named_pools(project: Project) -> frozenset[str]:
    """The pools that commands of deployment files or of the code name."""
    made: set[str] = set()
    for path in (*sorted(project.markers), *(path for path in project.search(*WORDS))):
        made.update(every(project, path, NAMED))
    return frozenset(made)


def pools_of(task: Task) -> frozenset[str]:
    """The pools that may run a task, where anything says so; empty where nothing does, so that it is Celery's default."""
    value = setting_of(task, "worker_pool")
    own = frozenset((value.value,)) if isinstance(value, Known) and isinstance(value.value, str) else frozenset()
    return own | named_pools(task.module.project)
