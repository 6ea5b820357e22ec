"""Tasks that update their own state and are called like functions: they have no id then, and no backend that keeps results by a key takes a state without one.

`update_state` asks `self.request.id`; a call of the task makes a request of its own that has none (celery/app/task.py, `__call__`), whoever calls it, another task among them.
`get_key_for_task` then raises ValueError, a TypeError in older versions (celery/backends/base.py).
"""

from __future__ import annotations

from taskguard.facts.model import Call
from taskguard.facts.questions import holds
from taskguard.facts.statements import If, Match, Try
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.signatures import task_at
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.results import is_by_key
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import body_about, calls_of
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.registry.effective import base_attributes, base_open
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.celery.model import Service
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

UPDATES = "update_state"
# What stands in a project with a backend of another kind.
OTHERS = ("db+", "django-db", "rpc://", "django-cache", "mongodb", "cassandra")


class CalledDirectly(Record):
    """A call of a task as a function. `line` is where the task updates its state."""

    module: Module
    scope: str
    call: Call
    task: Task
    line: int
    sure: bool


def called_directly(project: Project) -> Iterator[CalledDirectly]:
    """All of them, by file."""
    held = _updating(project)
    names = sorted({task.qualname.rpartition(".")[2] for task in held})
    for module, function in functions_in(
        project, project.search(*(f"{one}(" for one in names)) if names else (), names
    ):
        yield from _in_function(module, function, names, held)


def _in_function(
    module: Module, function: Function, names: list[str], held: dict[Task, tuple[int, bool]]
) -> Iterator[CalledDirectly]:
    body = body_about(module, function, names)
    for called in calls_of(body) if body is not None else ():
        call = called.call
        if called.later or call.callee.rpartition(".")[2] not in names:
            continue
        task = task_at(Bound(call.func, module, function.qualname), call.callee)
        if task is not None and task in held:
            yield CalledDirectly(module, function.qualname, call, task, *held[task])


@query
def _updating(project: Project) -> dict[Task, tuple[int, bool]]:
    """The tasks that update their own state on each way through them, with the lines where they do, and whether the backend surely wants an id."""
    made: dict[Task, tuple[int, bool]] = {}
    for path in project.search(f".{UPDATES}("):
        if in_tests(path) or hidden(path):
            continue
        for run in runs_in(project.modules[path]):
            line = _line(run) if run.own and run.task.form == "function" and not run.task.below else 0
            needs = _needs_an_id(run.task) if line else False
            if needs is not False:
                made[run.task] = line, needs is True
    return made


def _line(run: Run) -> int:
    """Where the body of a task surely updates its state without naming an id; 0 where it may not."""
    if run.function.is_async or run.function.is_generator or not run.function.may_call(UPDATES):
        return 0
    body = run.body  # all of it: what else is tried beside counts
    for called in calls_of(body) if body is not None else ():
        call = called.call
        if call.callee != f"{run.own}.{UPDATES}" or called.later or not _is_done(called):
            continue
        if not call.args and not any(one.name in ("task_id", None) for one in call.keywords):
            return call.span.line
    return 0


def _is_done(called: Called) -> bool:
    """Whether nothing decides whether a call is made, and no handler is there for it alone."""
    for one in called.spot.around:
        held = one.statement
        if isinstance(held, If | Match) or one.part in ("handler", "orelse"):
            return False
        if isinstance(held, Try) and len(held.body) == 1:
            return False
    return True


def _needs_an_id(task: Task) -> bool | None:
    """Whether each backend of a task keeps results by a key; None where it cannot be read, and nothing of the project speaks of another kind. False, too, where a class of its own stands between."""
    services = services_of(task)
    if not base_attributes(task).isdisjoint((UPDATES, "__call__")) or base_open(task) or not services:
        return False
    if all(is_by_key(one) for one in services):
        return True
    unread = all(is_by_key(one) or _is_unread(one) for one in services)
    return None if unread and not _speaks_of_others(task.module.project) else False


def _is_unread(service: Service) -> bool:
    conf = configuration(service)
    return conf.get("result_backend") is not None and not conf.value("result_backend").known


@query
def _speaks_of_others(project: Project) -> bool:
    """Whether something may name a backend that takes a state without an id: a database, or `rpc://`."""
    if any(not in_tests(path) for path in project.search(*OTHERS)):
        return True
    return any(holds(project, path, *OTHERS) for path in project.markers)
