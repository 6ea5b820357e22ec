"""The queues that code sends to: of declarations, routes, schedules and calls, with the place of each."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Expr
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.model import Route, Service
from taskguard.project.celery.queues import default_queue, queues_of, queues_open
from taskguard.project.celery.registered import services_of, tasks_of
from taskguard.project.celery.routes import matches, queue_by_route, route_for, routes_of
from taskguard.project.celery.schedules import beat_of, loose_entries
from taskguard.project.celery.settled import settled_value
from taskguard.project.celery.signatures import task_at, told_later
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.unnamed import doubtful_source
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Instance, Known, Value
from taskguard.project.registry.annotations import annotated, option_in_force
from taskguard.project.registry.spoken import spoken
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

SENDING = frozenset("apply_async send_task apply_async_on_commit retry signature set subtask".split())

CANVAS = regex(r"\b(?:\w+_)?(?:chain|chord|group)\(")
QUEUE = regex(r"\bqueue\b[\"']?\s*[=:,]")
# What may lead to a queue that is not named.
BY_KEY = frozenset(("exchange", "routing_key"))
MAKING = frozenset("s si signature subtask".split())
SIGNATURES = MAKING | {"set"}
# How a text sends a task or makes a signature of it.
SENDS = regex(rf"\.\s*(?:{'|'.join(sorted(SENDING | MAKING | {'delay'}))})\s*\(")


class Sent(Record):
    """A queue that something sends to. `services` are those whose workers would have to consume it; `lines` are further lines for `# noqa`;
    `task` is the one whose declaration says so, `called` are those that a call sends there; `again` are further declarations that say the same."""

    queue: str
    path: str
    span: Span
    services: tuple[Service, ...]
    files: tuple[str, ...] = ()
    subject: str | None = None
    lines: tuple[int, ...] = ()
    task: Task | None = None
    called: tuple[Task, ...] = ()
    again: tuple[Sent, ...] = ()


class Lost(Record):
    """The default queue of a service, which `task_queues` does not list although so many tasks go there. `path` and `span` are those of the setting.

    `doubt` says why another service that reads the same setting may be the one that counts.
    """

    queue: str
    path: str
    span: Span
    service: Service
    tasks: tuple[Task, ...]
    doubt: str = ""


def queue_names(service: Service) -> frozenset[str] | None:
    """The names of all queues that the worker of a service may consume; None where they cannot be told, or none are declared and each is made that
    something is sent to."""
    names = [one.name.value for one in queues_of(service) if isinstance(one.name.value, str)]
    default = default_queue(service).value
    if not names and _makes_none(service) and isinstance(default, str):
        names = [default]
    if not names or queues_open(service) or len(names) < len(queues_of(service)) or not isinstance(default, str):
        return None
    return frozenset(names)


def undeclared_queues(system: System) -> Iterator[Sent]:
    """What is sent to queues that no service in question declares."""
    known = {service: queue_names(service) for service in system.live}
    if not any(known.values()):
        return
    for sent in sends(system):
        answers = [known.get(service) for service in sent.services]
        if not answers or any(names is None or sent.queue in names for names in answers):
            continue
        if sent.task is not None and told_each_time(system, sent.task):
            continue
        if tasks_of_sent(sent) == []:
            continue  # nothing takes this route
        if sent.queue not in spoken(system) or any(_makes_none(one) for one in sent.services):
            yield sent


def missing_queues(system: System) -> Iterator[Sent]:
    """What is sent to undeclared queues, the declarations of tasks that name the same one told with the first of them: one entry more mends them all."""
    made: dict[object, Sent] = {}
    for sent in undeclared_queues(system):
        key = (sent.queue, sent.services) if sent.task is not None else len(made)
        held = made.get(key)
        made[key] = sent if held is None else held.replace(again=(*held.again, sent))
    yield from made.values()


def tasks_of_sent(sent: Sent) -> list[Task] | None:
    """The tasks whose queue a declaration or a route says; None for a place of another kind, which sends itself."""
    if sent.task is not None:
        return [sent.task]
    routes = _routes_of_sent(sent)
    made = [
        task
        for service, route in routes
        for task in tasks_of(service)
        if isinstance(task.name, Known) and matches(route, task.name.value) is not False
    ]
    return made if routes else None


def is_scheduled(sent: Sent) -> bool:
    """Whether a schedule sends a name that takes the route of this place, be it that of a task or not."""
    return any(
        matches(route, entry.task.value) is not False
        for service, route in _routes_of_sent(sent)
        for entry in beat_of(service)
        if isinstance(entry.task, Known)
    )


def _routes_of_sent(sent: Sent) -> list[tuple[Service, Route]]:
    return [
        (service, one)
        for service in sent.services
        for one in routes_of(service)
        if (one.path, one.pattern, one.options_span) == (sent.path, sent.subject, sent.span)
    ]


def _makes_none(service: Service) -> bool:
    """Whether Celery refuses to send to a queue that is not declared, whoever reads it."""
    return configuration(service).value("task_create_missing_queues").value is False


def lost_defaults(system: System) -> Iterator[Lost]:
    """The services whose `task_queues` lack the default queue, and the tasks that go to it."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        names, default = queue_names(service), default_queue(service).value
        setting = configuration(service).get("task_queues")
        if names is None or setting is None or not isinstance(default, str) or default in {*names, *spoken(system)}:
            continue
        # What is sent by a task of another app goes where that app's configuration says, whoever registers it too.
        # Until 4.0 the `routing_key` of a declaration alone says where a task goes, by the default exchange (celery/app/amqp.py of 3.1).
        tasks = tuple(
            task
            for task in tasks_of(service)
            if system.owner(task) in (None, service)
            and by_default(service, task)
            and not told_each_time(system, task)
            and not (pinned_below(service.project, (4, 0)) and not option_in_force(task, "routing_key").absent)
        )
        place = next((one for one in setting.places if not one.partial), None)
        if tasks and place is not None and (place.path, place.span) not in seen:
            seen.add((place.path, place.span))
            yield Lost(default, place.path, place.span, service, tasks, _otherwise(system, service, place.path))


def _otherwise(system: System, service: Service, path: str) -> str:
    """Why the queues that a file sets may suit: another service reads them, too, and has another default queue, or one that is not known."""
    mine = default_queue(service).value
    for other in system.live:
        held = configuration(other).get("task_queues") if other is not service and not other.test else None
        if held is None or path == service.path or all(one.path != path for one in held.places):
            continue
        default = default_queue(other)
        if default.value != mine or not default.known:
            return f"{other.dotted} reads these queues, too, and has another default queue"
    return ""


def told_each_time(system: System, task: Task) -> bool:
    """Whether somebody sends the task, and everybody who does names a queue."""
    named = list(sendings(system, task))
    return bool(named) and all(named)


def sendings(system: System, task: Task, canvas: bool = True) -> Iterator[bool]:
    """Whether a queue is named, for each place that sends the task or schedules it; with `canvas` also
    where a signature is made that others may send."""
    known = task.name.value if isinstance(task.name, Known) else None
    words = (task.qualname, str(known)) if known is not None else (task.qualname,)
    for path in sorted({path for word in words for path in system.project.search(word)}):
        if in_tests(path) or not finds(system.project, path, SENDS):
            continue
        module = system.project.modules[path]
        for site in module.facts.calls:
            call = site.call
            head, _, method = call.callee.rpartition(".")
            if not head or method not in SENDING | MAKING | {"delay"}:
                continue
            # `signature` and `subtask` are methods of tasks and of apps.
            meant = task_at(Bound(call, module, site.scope), head) if method != "send_task" else None
            mine = meant is task
            # Nobody knows what the name is (two modules may be called so): a queue that is named there may be meant for this task.
            if meant is None and head.rpartition(".")[2] == task.qualname and call.keyword("queue") is not None:
                yield True
            if not mine and method in ("send_task", "signature", "subtask"):
                named = value_of(Bound(call.args[0], module, site.scope)).value if call.args else None
                mine = known is not None and named == known
            if mine and (canvas or method not in SIGNATURES or (method in MAKING and _in_canvas(module))):
                told = call.keyword("queue") is not None or any(one.name is None for one in call.keywords)
                yield told or (method in MAKING and told_later(module, call, site.scope))
    for entry in (entry for service in system.live for entry in beat_of(service)) if known is not None else ():
        if entry.task.value == known:
            yield "queue" in mapping_of(entry.options).entries
    for entry in loose_entries(system) if known is not None else ():
        if entry.task.value == known:  # a row of a table of tasks has a column for its queue
            yield "queue" in mapping_of(entry.options).entries or "queue" in entry.entry.entries


def _in_canvas(module: Module) -> bool:
    """Whether a module sends what it makes signatures of in chains, groups and chords, and never names a queue."""
    text = module.project.text(module.path) or ""
    return CANVAS.search(text) is not None and QUEUE.search(text) is None


def by_default(service: Service, task: Task) -> bool:
    """Whether nothing gives a task a queue; a route without one may lead to one, by its exchange or its routing key."""
    given = option_in_force(task, "queue")
    if not given.absent and not (isinstance(given, Known) and given.value is None):
        return False
    if not isinstance(task.name, Known) or not queue_by_route(service, task.name.value).absent:
        return False
    route = route_for(service, task.name.value)
    return not isinstance(route, Route) or route.options.entries.keys().isdisjoint(BY_KEY)


@query
def own_queues(system: System) -> frozenset[str]:
    """The queues that the project itself may read: of its configuration, its tasks, its routes and its workers' command lines."""
    made = set(system.project.settings.celery.queues)
    for launch in system.project.evidence.deployment.launches:
        made.update(launch.queues or ())
    values = [settled_value(system, task.option("queue"), *services_of(task)) for task in all_tasks(system.project)]
    values += [annotated(task, "queue") for task in all_tasks(system.project)]
    for service in system.services:
        values += [default_queue(service), *(one.name for one in queues_of(service))]
        held = [route.options.entries.get("queue") for route in routes_of(service)]
        made.update(queue_name(one, system)[0] or "" for one in held if isinstance(one, Bound))
    made.update(value.value for value in values if isinstance(value.value, str))
    return frozenset(made)


def sends(system: System) -> Iterator[Sent]:
    for task in all_tasks(system.project):
        queue = settled_value(system, task.option("queue"), *services_of(task))
        if isinstance(queue, Known) and isinstance(queue.value, str) and annotated(task, "queue").absent:
            span = option_span(task, "queue")
            yield Sent(
                queue.value,
                task.path,
                span,
                services_of(task),
                queue.files,
                task.dotted,
                task.noqa_lines,
                task,
            )
    for service in in_use(system):
        doubtful = doubtful_source(service)
        for route in routes_of(service):
            if route.path == doubtful:
                continue
            yield from _of_mapping(
                route.options.entries.get("queue"), route.path, route.options_span, service, route.pattern
            )
        for entry in beat_of(service):
            if entry.path == doubtful:
                continue
            options = mapping_of(entry.options)
            held = options.entries.get("queue")
            span = held.expr.span if isinstance(held, Bound) else entry.key_span
            yield from _of_mapping(
                held, entry.path, span, service, entry.task.value if isinstance(entry.task.value, str) else None
            )
    for module in system.project.looked_at:
        yield from _calls(system, module)


def _of_mapping(held: object, path: str, span: Span, service: Service, subject: str | None) -> Iterator[Sent]:
    if isinstance(held, Bound):
        name, value = queue_name(held, celery_of(service.project))
        if name is not None and held.module.path == path:
            yield Sent(name, path, span, (service,), value.files, subject)


def queue_name(held: Bound, system: System) -> tuple[str | None, Value]:
    """The name of a queue: a string, or that of `Queue("name")`."""
    value = settled_value(system, value_of(held))
    inner = value.value if isinstance(value, Known) else None
    if isinstance(inner, Instance):
        inner = inner.argument("name", 0).value
    return (inner if isinstance(inner, str) else None), value


def _calls(system: System, module: Module) -> Iterator[Sent]:
    """`task.apply_async(queue="x")`, `app.send_task("name", queue="x")`, `task.s().set(queue="x")`."""
    for held, services, called in told_in_calls(system, module, "queue"):
        name, value = queue_name(held, system)
        if name is not None and services:
            yield Sent(name, module.path, held.expr.span, services, value.files, called=called)


def told_in_calls(
    system: System, module: Module, option: str
) -> Iterator[tuple[Bound, tuple[Service, ...], tuple[Task, ...]]]:
    """What the calls of a module that send tasks give for an option, with the services that take the message, and the tasks that it may be. `set` counts for
    queues alone: of other calls of that name no facts are kept."""
    facts = module.facts
    queue = option == "queue"
    for site in selections.giving(facts, option) if queue else selections.calling(facts, *sorted(SENDING - {"set"})):
        expr = site.call.keyword(option)
        call = _signature(site.call) if selections.last_called(site.call) in SENDING else None
        head, _, method = call.callee.rpartition(".") if call is not None else ("", "", "")
        if head and expr is not None and call is not None:
            yield Bound(expr, module, site.scope), *addressed_to(system, module, call, head, method, site.scope)


def _signature(call: Call) -> Call | None:
    """The call itself, or that of the task whose signature it is a method of: `task.s(1)` of `task.s(1).set(countdown=5).set(queue="x")`."""
    if call.callee:
        return call
    while (
        isinstance(call.func, Attr)
        and isinstance(call.func.of, Call)
        and call.func.name in (*SIGNATURES, "apply_async")
    ):
        call = call.func.of
    return call if call.callee.rpartition(".")[2] in MAKING else None


def addressed_to(
    system: System, module: Module, call: Call, head: str, method: str, scope: str
) -> tuple[tuple[Service, ...], tuple[Task, ...]]:
    """The services one of which has to take what a call sends, and the tasks that it may be."""
    if method in ("send_task", "signature", "subtask"):
        service = system.apps.at(module, head, scope)
        if service is not None and not service.test:
            name = value_of(Bound(call.args[0], module, scope)).value if call.args else None
            if not isinstance(name, str):
                return (service,), ()
            named = system.named(name)  # none: another service's task
            held = dict.fromkeys((service, *(one for task in named for one in services_of(task)))) if named else ()
            return tuple(held), tuple(named)
    task = task_at(Bound(call, module, scope), head)
    return (services_of(task), (task,)) if task is not None else ((), ())


def option_span(task: Task, name: str) -> Span:
    """The place of an option's value; that of the declaration where the value stands elsewhere."""
    held = task.options[name]
    for expr in task.function.decorators if task.function is not None and task.form == "function" else ():
        if isinstance(expr, Call) and expr.span == task.span:
            found: Expr | None = expr.keyword(name)
            if found is not None:
                return found.span
    return held.span
