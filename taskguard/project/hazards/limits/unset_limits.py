"""Handlers of a soft time limit in tasks that have none: Celery raises it where one is set, and only there (celery/concurrency/asynpool.py, `on_timeout_set`)."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Const
from taskguard.facts.questions import every, finds
from taskguard.facts.statements import Try
from taskguard.patterns import regex
from taskguard.project.hazards.calls.handling import Place, catches
from taskguard.project.hazards.limits.given_limits import number_of
from taskguard.project.hazards.limits.text_questions import NAMED, soft_limits_named
from taskguard.project.hazards.limits.worker_pools import UNLIMITED, pools_of
from taskguard.project.hazards.retries.unreached import WAITING, raises_again
from taskguard.project.python.flow import calls_of, spots_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.annotations import option_in_force
from taskguard.project.registry.effective import base_files, setting_files
from taskguard.project.registry.routing import setting_of
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Body, Handler
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.project import Project
    from taskguard.project.python.values import Value
    from taskguard.project.tasks.task import Task

SOFT, HARD = "soft_time_limit", "time_limit"
RAISED = "SoftTimeLimitExceeded"
# What a process that is killed does not see either.
OF_LIMITS = frozenset((RAISED, "TimeLimitExceeded"))
HANDLED = regex(rf"except\b[^\n:]*\b{RAISED}\b")
RAISES = regex(rf"raise\s+[\w.]*{RAISED}|side_effect\s*=\s*[\w.]*{RAISED}")
WORDS = ("soft_time_limit", "SOFT_TIME_LIMIT", "soft-time-limit", "soft_limit", "SOFT_LIMIT", "soft_timeout", "SOFT_TIMEOUT")  # fmt: skip


class Unset(Record):
    """The handlers of a soft limit in a task that has none, by the place of their `except`, in order; `limit` is its hard one in seconds, 0 where that cannot be told.

    `own` says that the hard limit is the task's or its base class's; `files` are those that set it.
    """

    spans: tuple[Span, ...]
    limit: float
    own: bool
    files: tuple[str, ...]


def unset_limit(run: Run) -> Unset | None:
    """What one task handles in vain; None where it may have a soft limit, or may be one of those that rely on workers for all limits."""
    project, task = run.module.project, run.task
    if not project.complete or run.function.is_async or not finds(project, run.module.path, HANDLED):
        return None
    hard, own = option_in_force(task, HARD), True
    if not _is_set(hard):
        hard, own = setting_of(task, "task_time_limit"), False
    if not _is_set(hard) or not _is_unset(task) or _may_be_set_elsewhere(project):
        return None
    pools = pools_of(task)
    body = run.body if not pools or not pools <= UNLIMITED else None
    handlers = _handlers(run, body) if body is not None else []
    if not handlers or (_has_others(project) and _is_called(project, task)):
        return None
    return Unset(tuple(handlers), number_of(hard), own, (*base_files(task), *setting_files(task, SOFT)))


def _is_set(value: Value) -> bool:
    return not value.absent and not (isinstance(value, Known) and not value.value)


def _is_unset(task: Task) -> bool:
    """Whether neither the declaration, the base class, the annotations nor the settings give a task a soft limit."""
    values = option_in_force(task, SOFT), setting_of(task, "task_soft_time_limit")
    return all(value.absent or (isinstance(value, Known) and value.value is None) for value in values)


@query
def _may_be_set_elsewhere(project: Project) -> bool:
    """Whether anything but declarations of tasks names a soft limit (a call, a command, a variable), or code raises what Celery raises at one."""
    for path in (*sorted(project.markers), *project.notes):
        if finds(project, path, NAMED):
            return True
    for path in project.search(*WORDS, RAISED):
        if in_tests(path):
            continue
        module = project.modules[path]
        declared = sum(1 for task in tasks_in(module) if _declares(task))
        if soft_limits_named(project, path) != declared or every(project, path, RAISES):
            return True
    return False


def _declares(task: Task) -> bool:
    held = task.options.get(SOFT)
    return held is not None and held.origin == "decorator"


@query
def _has_others(project: Project) -> bool:
    """Whether some task of the project declares a soft limit: what it calls, and who waits for it, sees that."""
    paths = project.search(SOFT)
    return any(_declares(task) for path in paths if not in_tests(path) for task in tasks_in(project.modules[path]))


def _is_called(project: Project, task: Task) -> bool:
    """Whether some code calls a task as a function, in whatever task that runs."""
    name = task.qualname.rpartition(".")[2]
    called = re.compile(rf"(?<!def )\b{re.escape(name)}(?:\.(?:run|apply|__wrapped__))?\(")
    return any(finds(project, path, called) for path in project.search(name) if not in_tests(path))


def _handlers(run: Run, body: Body) -> list[Span]:
    """Where the handlers stand that catch nothing but what is raised at limits, and do something of their own then."""
    module, scope = run.module, run.function.qualname
    place = Place(module, scope, lambda _: False)
    made: list[Span] = []
    for spot in spots_of(body):
        held = spot.statement
        mine = [one for one in held.handlers if _is_for_limits(one, place)] if isinstance(held, Try) else []
        if mine and isinstance(held, Try) and not (_has_others(module.project) and _waits(body, held)):
            made += [
                Span(one.span.line, one.span.column, one.span.line, one.span.column + len("except")) for one in mine
            ]
    return made


def _is_for_limits(handler: Handler, place: Place) -> bool:
    types = handler.types or ()
    caught = [catches((one,), OF_LIMITS, place) for one in types]
    return any(name == RAISED for _, name in caught) and all(sure for sure, _ in caught) and not raises_again(handler)


def _waits(body: Body, held: Try) -> bool:
    """Whether a `try` may wait for another task, whose soft limit is raised again where its result is asked for."""
    calls = (one.call for one in calls_of(body) if any(each.statement is held for each in one.spot.around))
    return any(call.method in WAITING and not (call.args and isinstance(call.args[0], Const)) for call in calls)
