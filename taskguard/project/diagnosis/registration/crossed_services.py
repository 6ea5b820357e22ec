"""Tasks that the worker of one service sends, and that only the worker of another registers."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts import selections
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import queue_by_route
from taskguard.project.celery.signatures import task_at
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.annotations import option_in_force
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

SENDING = frozenset("delay apply_async delay_on_commit apply_async_on_commit".split())
# How a worker is told of modules; an app that only sends is told of none.
TOLD = frozenset("imports include autodiscover django settings".split())


class Crossing(Record):
    """A call in `module` that sends `task` from the worker of `sender`, which does not import it; that of `owner` does."""

    module: Module
    span: Span
    task: Task
    sender: Service
    owner: Service


def crossings(system: System) -> Iterator[Crossing]:
    """Each task once in a file. Tasks of an app's own decorator go where that app sends, so only shared ones are looked at."""
    workers = [one for one in system.serving if _is_worker(one)]
    if len(workers) < 2:
        return
    project = system.project
    started = [one.path for one in workers]
    for task in all_tasks(project):
        if task.app or in_tests(task.module.path) or not isinstance(task.name, Known) or "." in task.qualname:
            continue
        # What a worker holds is dear to know: only where what would be said can be wanted.
        if not project.wants(task.path, *started) and not project.wants(*project.search(task.qualname)):
            continue
        services = services_of(task)
        held = {one: discovery_of(one).holds(task.module) for one in services}
        owners = [one for one in workers if held.get(one) is True]
        lacking = [one for one in workers if held.get(one) is False]
        if not owners or not lacking or None in held.values() or not option_in_force(task, "queue").absent:
            continue
        for path in project.search(task.qualname):
            module = project.modules[path]
            senders = [one for one in lacking if tasks_in(module) and discovery_of(one).holds(module)]
            if (
                in_tests(module.path)
                or not senders
                or any(discovery_of(one).holds(module) is not False for one in owners)
            ):
                continue
            span = _sent(module, task)
            if span is not None and all(queue_by_route(one, task.name.value).absent for one in senders):
                yield Crossing(module, span, task, senders[0], owners[0])


def _is_worker(service: Service) -> bool:
    """Whether a worker is meant to run for a service: it is told of modules with tasks."""
    modules, looked_at = service.project.modules, service.project.looked_at_paths
    return any(
        one.how in TOLD and one.path in looked_at and tasks_in(modules[one.path])
        for one in discovery_of(service).wanted
    )


def _sent(module: Module, task: Task) -> Span | None:
    """The first place where a module sends a task, where it names a queue at none."""
    first = None
    for site in selections.calling(module.facts, *SENDING):
        head, _, method = site.call.callee.rpartition(".")
        if head and method in SENDING and task_at(Bound(site.call, module, site.scope), head) is task:
            if any(one.name in (None, "queue", "routing_key", "exchange") for one in site.call.keywords):
                return None
            first = first or site.call.span
    return first
