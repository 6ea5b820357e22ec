"""The priorities that a project gives: in declarations, calls, routes, schedules and settings, each with its place."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Dict, Ref
from taskguard.facts.questions import holds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.model import Service
from taskguard.project.celery.pieces import dict_pieces, list_pieces
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import followed, routes_of
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.settled import settled_value
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import ABSENT, Instance, Known, Unknown, Value
from taskguard.project.registry.annotations import annotated
from taskguard.project.registry.effective import base_attributes, lineage_of
from taskguard.project.registry.sends import addressed_to, option_span, queue_name
from taskguard.project.tasks.bases import locate
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import CallSite
    from taskguard.project.celery.system import System
    from taskguard.project.python.evaluate import Mapping
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

    PriorityKind = Literal["task", "call", "route", "beat", "setting"]

SENDING = frozenset("apply_async apply_async_on_commit send_task retry set signature subtask".split())
SURELY = frozenset(("apply_async", "apply_async_on_commit"))
SENDERS = frozenset(("apply_async", "delay", "send_task"))
MAKERS = frozenset(("s", "si", "signature", "subtask"))
# Words of queues that may rank messages themselves: a quorum queue has two priorities without being told so.
RANKED = ("max_priority", "x-max-priority", "quorum")


class Priority(Record):
    """A priority that is known. `how` is `task`, `call`, `route`, `beat` or `setting`; `queue` is that which is given beside it, `services` those that take it.

    `written` is the expression, where it stands in a call, a route or a schedule.
    """

    value: Known
    path: str
    span: Span
    how: PriorityKind
    services: tuple[Service, ...]
    queue: str = ""
    subject: str | None = None
    files: tuple[str, ...] = ()
    written: Bound | None = None


def priorities(system: System) -> Iterator[Priority]:
    """All priorities that are known, tests left out, and those that code of the project may turn into something else."""
    for task in all_tasks(system.project):
        # A wrapper that cannot be followed may make something else of it.
        if not task.open and not in_tests(task.module.path) and not _sends_itself(task):
            yield from _of_task(system, task)
    for service in in_use(system):
        for route in routes_of(service):
            yield from _of_mapping(service, route.options, "route", route.pattern)
        for entry in beat_of(service):
            name = entry.task.value
            yield from _of_mapping(service, mapping_of(entry.options), "beat", name if isinstance(name, str) else None)
        setting = configuration(service).get("task_default_priority")
        for place in setting.places if setting is not None else ():
            value = value_of(place.value)
            if isinstance(value, Known):
                yield Priority(value, place.path, place.span, "setting", (service,), "", place.written, value.files)
    for module in system.project.looked_at:
        if not in_tests(module.path):
            for site in selections.giving(module.facts, "priority"):
                yield from _of_call(system, module, site)


def _of_task(system: System, task: Task) -> Iterator[Priority]:
    services = services_of(task)
    beside = settled_value(system, task.option("queue"), *services).value
    queue = beside if isinstance(beside, str) and annotated(task, "queue").absent else ""
    if not annotated(task, "priority").absent:
        return
    given = task.options.get("priority")
    if given is None:
        yield from _of_base(system, task, services, queue)
    elif given.origin != "base":
        held = settled_value(system, given.value, *services)
        if isinstance(held, Known):
            span = option_span(task, "priority")
            yield Priority(held, task.path, span, "task", services, queue, task.dotted, held.files)


def _of_base(system: System, task: Task, services: tuple[Service, ...], queue: str) -> Iterator[Priority]:
    """The attribute of a base class in the project, at its own place."""
    for dotted in lineage_of(task)[0]:
        found = locate(system.project, dotted, task.module)
        attribute = found[0].attribute(found[1].qualname, "priority") if found is not None else None
        if found is not None and attribute is not None:
            expr, (module, klass) = attribute.value, found
            held = (
                settled_value(system, value_of(Bound(expr, module, klass.qualname)), *services)
                if expr is not None
                else None
            )
            if expr is not None and isinstance(held, Known):
                yield Priority(held, module.path, expr.span, "task", services, queue, dotted, (*held.files, task.path))
            return


def _sends_itself(task: Task) -> bool:
    """Whether a base class sends the task in its own way."""
    return not SENDERS.isdisjoint(base_attributes(task))


def _of_mapping(service: Service, options: Mapping, how: PriorityKind, subject: str | None) -> Iterator[Priority]:
    held, beside = options.entries.get("priority"), options.entries.get("queue")
    if isinstance(held, Bound):
        value = settled_value(celery_of(service.project), value_of(held), service)
        queue = queue_name(beside, celery_of(service.project))[0] if isinstance(beside, Bound) else None
        if isinstance(value, Known):
            path, span = held.module.path, held.expr.span
            yield Priority(value, path, span, how, (service,), queue or "", subject, value.files, held)


def _of_call(system: System, module: Module, site: CallSite) -> Iterator[Priority]:
    call = site.call
    expr = call.keyword("priority")
    func = call.func
    method = func.name.rpartition(".")[2] if isinstance(func, Ref | Attr) else ""
    if expr is None or method not in SENDING:
        return
    services = _services(system, module, site, method)
    written = Bound(expr, module, site.scope)
    value = settled_value(system, value_of(written), *services)
    if not services or not isinstance(value, Known):
        return
    beside = call.keyword("queue")
    queue = queue_name(Bound(beside, module, site.scope), system)[0] if beside is not None else None
    yield Priority(value, module.path, expr.span, "call", services, queue or "", None, value.files, written)


def _services(system: System, module: Module, site: CallSite, method: str) -> tuple[Service, ...]:
    """The services of what a call sends. `apply_async` with a priority is Celery's whatever it is called on."""
    call = site.call
    if isinstance(call.func, Attr):
        of = call.func.of
        head, _, last = of.callee.rpartition(".") if isinstance(of, Call) else ("", "", "")
        task = task_at(Bound(call, module, site.scope), head) if head and last in MAKERS else None
        if task is not None:
            return () if _sends_itself(task) else services_of(task)
    else:
        head = call.callee.rpartition(".")[0]
        task = task_at(Bound(call, module, site.scope), head) if head else None
        if task is not None and _sends_itself(task):
            return ()
        found = addressed_to(system, module, call, head, method, site.scope)[0] if head else ()
        if found or not head:
            return found
    only = system.apps.only(module.root) if method in SURELY else None
    return (only,) if only is not None else ()


class Limit(Record):
    """Where a priority of a queue ends (`x-max-priority`), with its place."""

    value: Value
    path: str
    span: Span


def limits(service: Service) -> tuple[list[Limit], str]:
    """Each limit that the queues of a service are given, and why there may be more."""
    made: list[Limit] = []
    opened = configuration(service).open
    setting = configuration(service).get("task_queue_max_priority")
    for place in setting.places if setting is not None else ():
        made.append(Limit(value_of(place.value), place.path, place.span))
    queues = configuration(service).get("task_queues")
    for part in queues.parts if queues is not None else ():
        keyed = isinstance(part, Bound) and isinstance(followed(part).expr, Dict)
        pieces = dict_pieces(part) if keyed else list_pieces(part)
        opened = opened or pieces.open
        for one in pieces.items:
            held = _limit(one.value, keyed)
            if isinstance(held, Unknown):
                opened = opened or held.why
            elif not held.absent:
                made.append(Limit(held, one.path, one.span))
    if queues is not None and any(place.partial for place in queues.places):
        opened = opened or "it is added to"
    if service.project.settings.celery.queues:
        opened = opened or "queues that settings declare"
    return made, opened


def _limit(queue: Bound, keyed: bool) -> Value:
    """The limit of one queue: `Queue("x", max_priority=9)`, `queue_arguments={"x-max-priority": 9}`."""
    if keyed:
        entries = mapping_of(queue)
        if entries.open:
            return Unknown(entries.open)
        own, given = entries.entries.get("max_priority"), entries.entries.get("queue_arguments")
        if own is not None:
            return value_of(own)
        arguments = value_of(given) if given is not None else Known({})
    else:
        value = value_of(queue)
        if not isinstance(value, Known) or not isinstance(value.value, Instance):
            return Unknown("a queue that cannot be followed")
        if any(name == "**" for name, _ in value.value.kwargs):
            return Unknown("a queue that cannot be followed")
        own = value.value.argument("max_priority")
        if not own.absent:
            return own
        arguments = value.value.argument("queue_arguments")
        if arguments.absent:
            return arguments
    if not isinstance(arguments, Known) or not isinstance(arguments.value, dict):
        return arguments if isinstance(arguments, Unknown) else Unknown("arguments that cannot be followed")
    held = arguments.value.get("x-max-priority")
    return ABSENT if held is None else Known(held, arguments.files)


def _spoken_of(project: Project) -> bool:
    """Whether some file speaks of queues that rank messages, in whatever way."""
    return any(holds(project, path, word) for path in project.search(*RANKED) for word in RANKED)


def largest(service: Service) -> Value:
    """The largest priority that a queue of RabbitMQ has for a service: 0 where none has any."""
    made, opened = limits(service)
    if opened:
        return Unknown(opened)
    numbers = [one.value.value for one in made if isinstance(one.value.value, int)]
    if len(numbers) < len(made):
        return Unknown("a limit that cannot be told")
    if not numbers and _spoken_of(service.project):
        return Unknown("queues that may have priorities of their own")
    return Known(max(numbers, default=0))
