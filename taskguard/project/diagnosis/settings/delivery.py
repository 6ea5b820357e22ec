"""Tasks that are acknowledged late: what a worker reserves behind them, and when a broker delivers them again while they run."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.questions import holds
from taskguard.project.celery.brokers import RABBITMQ, REDIS, SQS, broker_of
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.registered import tasks_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart, place_of
from taskguard.project.diagnosis.settings.rabbit_timeouts import rabbit_timeout
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.texts import span_in_seconds
from taskguard.project.python.values import ABSENT, Instance, Known
from taskguard.project.registry.effective import effective_option
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Place, Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.values import Value
    from taskguard.project.tasks.task import Task

# Seconds from which on a task is one that others wait for, by a limit of its own, and by one that the settings give to all.
LONG, LONG_FOR_ALL = 600, 3600
PREFETCH = 4  # celery/app/defaults.py, worker_prefetch_multiplier
# Seconds after which an unacknowledged message is delivered again (kombu/transport/redis.py, SQS.py).
VISIBLE = {REDIS: 3600, SQS: 1800}
MOST = 4


class Late(Record):
    """A task that is acknowledged late, with the seconds that it may run."""

    task: Task
    seconds: float


def hoarded(system: System) -> Iterator[Fault]:
    """Once for each app: long tasks that are acknowledged late, while each process of a worker reserves several messages."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        conf = configuration(service)
        value = conf.value("worker_prefetch_multiplier")
        count = PREFETCH if value is ABSENT else value.value
        if (
            service.test
            or not isinstance(count, int)
            or count < 2
            or conf.value("worker_disable_prefetch").value is True
            or _by_command(service)
        ):
            continue
        found = [one for one in late_tasks(service) if one.seconds >= (LONG if _has_own(one.task) else LONG_FOR_ALL)]
        if not found:
            continue
        longest = max(found, key=lambda one: one.seconds)
        place = _place(service, "worker_prefetch_multiplier") or _place(service, "task_acks_late")
        related = [
            Related(one.task.path, one.task.span.line, f"{one.task.qualname} may run {one.seconds:g} s")
            for one in sorted(found, key=lambda one: -one.seconds)[:MOST]
        ]
        path, span = (place.path, place.span) if place is not None else (longest.task.path, longest.task.span)
        if (path, span) in seen or (place is not None and apart(place)):
            continue
        seen.add((path, span))
        yield Fault(
            path, span, f"late acknowledgement, and each process reserves {count} messages: they wait while {_longest(found)} runs up to {longest.seconds:g} s, and run twice if the worker is lost",
            "set worker_prefetch_multiplier = 1", None, tuple(related), certain=False,
        )  # fmt: skip


def _longest(found: list[Late]) -> str:
    """The task that may run longest by a limit of its own; no name where several may, since nothing tells which of them does."""
    most = max(one.seconds for one in found)
    names = [one.task.qualname for one in found if one.seconds == most and _has_own(one.task)]
    return names[0] if len(names) == 1 else "a task"


def delivered_again(system: System) -> Iterator[Fault]:
    """Once for each app: tasks that are acknowledged late and may run longer than the broker waits for that."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        broker = broker_of(service)
        timeout = patience(service, broker.kind) if not service.test else None
        found = [one for one in late_tasks(service) if one.seconds > timeout] if timeout is not None else []
        if not found or timeout is None:
            continue
        longest = max(found, key=lambda one: one.seconds)
        place = _place(service, "broker_transport_options") if broker.kind in VISIBLE else None
        related = [
            Related(one.task.path, one.task.span.line, f"{one.task.qualname} may run {one.seconds:g} s")
            for one in found[:MOST]
        ]
        path, span = (place.path, place.span) if place is not None else (longest.task.path, longest.task.span)
        if (path, span) in seen or (place is not None and apart(place)):
            continue
        seen.add((path, span))
        yield Fault(
            path, span, f"{what_it_does(broker.kind, timeout)}: {longest.task.qualname} is acknowledged late and may run {longest.seconds:g} s",
            f"set {cure(broker.kind, longest.seconds)}", longest.task.dotted, tuple(related), broker.files, broker.sure,
        )  # fmt: skip


def late_tasks(service: Service) -> list[Late]:
    """The tasks of a service that are surely acknowledged late and have a time limit that is known, those of tests left out."""
    conf = configuration(service)
    made = []
    for task in tasks_of(service):
        late = effective_option(task, "acks_late")
        if late is ABSENT or (isinstance(late, Known) and late.value is None):
            late = conf.value("task_acks_late")
        seconds = limit_of(task, service) if late.value is True and not in_tests(task.path) else None
        if seconds is not None:
            made.append(Late(task, seconds))
    return made


def _has_own(task: Task) -> bool:
    return not {"time_limit", "soft_time_limit"}.isdisjoint(task.options)


def limit_of(task: Task, service: Service) -> float | None:
    """The seconds after which a task is stopped; None where it has no limit, or none that is known."""
    conf = configuration(service)
    found = []
    for name in ("time_limit", "soft_time_limit"):
        own: Value = effective_option(task, name)
        if own is ABSENT or own.value == 0 or (isinstance(own, Known) and own.value is None):
            own = conf.value(f"task_{name}")
        if own is ABSENT:
            continue
        if not isinstance(own.value, int | float) or isinstance(own.value, bool):
            return None
        found.append(own.value)
    return float(found[0]) if found and found[0] > 0 else None


def patience(service: Service, kind: str) -> float | None:
    """The seconds that a broker waits for an acknowledgement; None where it waits for ever, or it cannot be told."""
    if kind == RABBITMQ:
        return rabbit_timeout(service.project)
    return visibility(service, kind) if kind in VISIBLE else None


def what_it_does(kind: str, seconds: float) -> str:
    """What a broker does after these seconds, in words."""
    if kind == RABBITMQ:
        return f"RabbitMQ closes the channel of a worker that has not acknowledged a message within {seconds:g} s, and the worker ends"
    return f"{kind} delivers a message again after {seconds:g} s without acknowledgement"


def outcome(kind: str) -> str:
    """What comes of a message that waits for longer, in words."""
    return (
        "that is the end of each worker that waits for it"
        if kind == RABBITMQ
        else "the task is delivered several times"
    )


def cure(kind: str, seconds: float) -> str:
    """What to set to more than so many seconds."""
    if kind == RABBITMQ:
        return f"consumer_timeout in rabbitmq.conf above {seconds * 1000:.0f} (milliseconds)"
    return f"visibility_timeout in broker_transport_options above {seconds:g}"


def visibility(service: Service, kind: str) -> float | None:
    """The visibility timeout of a service; None where it cannot be told."""
    conf = configuration(service)
    setting = conf.get("broker_transport_options")
    if setting is None:
        return None if conf.open else VISIBLE[kind]
    mapping = setting.mapping
    held = mapping.entries.get("visibility_timeout")
    if held is None:
        return None if mapping.open else VISIBLE[kind]
    value = value_of(held).value
    if isinstance(value, Instance) and value.name == "datetime.timedelta":
        return span_in_seconds(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _place(service: Service, name: str) -> Place | None:
    setting = configuration(service).get(name)
    return place_of(setting) if setting is not None and setting.places else None


def _by_command(service: Service) -> bool:
    """Whether a command may say how many messages a worker reserves."""
    project = service.project
    return any(holds(project, path, "prefetch-multiplier") for path in project.markers)
