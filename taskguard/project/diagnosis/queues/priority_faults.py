"""Priorities that the broker does not have, or that mean the opposite on it (amqp/basic_message.py; kombu/transport/virtual/base.py, redis.py)."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Call
from taskguard.project.celery.brokers import RABBITMQ, REDIS, SQS, Broker, broker_of
from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.queues.priorities import Limit, Priority, largest, limits, priorities
from taskguard.project.diagnosis.queues.priority_words import reversed_on_redis
from taskguard.project.python.evaluate import Bound, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.values import Value

# What a transport of kombu keeps of a priority, and what a message of AMQP can hold: one byte.
REDIS_LAST, AMQP_LAST = 9, 255
MOST = 10_000
LONGEST = 60
MOST_SHOWN = 5
REDIS_ORDER = "on Redis 0 comes first and 9 last"
UNRANKED = frozenset((SQS, "gcpubsub", "azureservicebus", "azurestoragequeues", "confluentkafka", "filesystem"))


def priorities_out_of_range(system: System) -> Iterator[Fault]:
    """All of them, each place once."""
    brokers = {service: broker_of(service) for service in system.live}
    every = list(priorities(system))
    tops = {service: largest(service) for service in system.live if every and brokers[service].kind == RABBITMQ}
    seen: set[tuple[str, Span]] = set()
    turned: dict[str, Fault] = {}
    idle: dict[Service, list[Priority]] = {}
    for one in every:
        if (one.path, one.span) in seen:
            continue
        seen.add((one.path, one.span))
        broker = _of_all([brokers[service] for service in one.services if service in brokers])
        why = _turned(system, one, broker)
        if why:
            _add(turned, one, broker, why)
        else:
            yield from _judged(one, broker, tops)
        for service in one.services:
            if service in brokers and isinstance(one.value.value, int) and one.value.value is not False:
                idle.setdefault(service, []).append(one)
    yield from turned.values()
    for service in system.live:
        yield from _of_service(service, brokers[service], idle.get(service, []), tops, seen)


def _of_all(brokers: list[Broker]) -> Broker:
    """The broker that all services in question use."""
    if not brokers:
        return Broker("", why="no app is known to send it")
    if len({one.kind for one in brokers}) > 1:
        return Broker("", why="the apps have different brokers")
    files = tuple(dict.fromkeys(file for one in brokers for file in one.files))
    return Broker(brokers[0].kind, all(one.sure for one in brokers), files, brokers[0].why)


# -- one priority --------------------------------------------------------------------------------------------------------


def _judged(one: Priority, broker: Broker, tops: dict[Service, Value]) -> Iterator[Fault]:
    value = one.value.value
    if isinstance(value, str):
        yield from _texts(one, value, broker)
    elif isinstance(value, float):
        if broker.kind == RABBITMQ:
            yield _fault(
                one,
                broker,
                f"priority {value:g} is no whole number: RabbitMQ's client refuses each message",
                "write a whole number",
            )
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from _numbers(one, value, broker, tops)


def _texts(one: Priority, value: str, broker: Broker) -> Iterator[Fault]:
    if one.how == "beat":
        return  # said of the entry (TG307)
    number = value.strip().lstrip("+-").isdecimal()
    if broker.kind == RABBITMQ or (not number and broker.kind not in UNRANKED):
        effect = "RabbitMQ's client refuses each message"
        effect += "" if broker.kind == RABBITMQ else ", Redis takes it for 0, the first"
        advice = f"write {value.strip()}" if number else "write a number, or give the name as `queue`"
        sure = broker.sure or broker.kind != RABBITMQ
        yield _fault(one, broker, f"priority is {_shown(value)}, no number: {effect}", advice, sure)


def _shown(text: str) -> str:
    """A text in a message of one line."""
    return f'the string "{text}"' if text.isprintable() and len(text) <= LONGEST else "a string"


def _numbers(one: Priority, value: int, broker: Broker, tops: dict[Service, Value]) -> Iterator[Fault]:
    if broker.kind == REDIS:
        if not 0 <= value <= REDIS_LAST:
            counts = "9, the last" if value > 0 else "0, the first"
            yield _fault(
                one,
                broker,
                f"Redis has the priorities 0 to 9: {value} counts as {counts}",
                f"give 0 to 9: {REDIS_ORDER}",
            )
    elif broker.kind == RABBITMQ:
        if not 0 <= value <= AMQP_LAST:
            message = f"RabbitMQ has the priorities 0 to 255: with {value} its client refuses each message"
            yield _fault(one, broker, message, "give 0 to the queue's x-max-priority: there the largest comes first")
            return
        most = [tops[service].value for service in one.services if service in tops]
        top = max((each for each in most if isinstance(each, int)), default=0)
        if top and all(isinstance(each, int) for each in most) and value > top:
            message = f"no queue has more than x-max-priority {top}: {value} counts as {top}"
            yield _fault(one, broker, message, f"give 0 to {top}, or raise x-max-priority", False)
    elif not broker.kind and not 0 <= value <= AMQP_LAST:
        yield _fault(
            one, broker, f"no broker has a priority {value}: RabbitMQ takes 0 to 255, Redis 0 to 9", "give 0 to 9", True
        )
    elif not broker.kind and value > REDIS_LAST:
        yield Fault(
            one.path, one.span, "", doubt=f"whether the broker has a priority {value} cannot be told: {broker.why}"
        )


def _turned(system: System, one: Priority, broker: Broker) -> str:
    """Why a priority that Redis has means the opposite there."""
    value = one.value.value
    if broker.kind != REDIS or not isinstance(value, int) or not 0 <= value <= REDIS_LAST:
        return ""
    return reversed_on_redis(system.project, one)


def _add(turned: dict[str, Fault], one: Priority, broker: Broker, why: str) -> None:
    """What a constant says is one mistake, wherever it is used."""
    value, name = one.value.value, one.value.name or f"{one.path}:{one.span}"
    held = turned.get(name)
    if held is None:
        message = f"{REDIS_ORDER}: with priority {value} {why}"
        turned[name] = _fault(one, broker, message, f"give {REDIS_LAST - value}", False)
    elif len(held.related) < MOST_SHOWN:
        turned[name] = held.replace(related=(*held.related, Related(one.path, one.span.line, f"priority {value}")))


def _fault(one: Priority, broker: Broker, message: str, advice: str, sure: bool | None = None) -> Fault:
    certain = broker.sure if sure is None else sure
    return Fault(one.path, one.span, message, advice, one.subject, (), (*one.files, *broker.files), certain)


# -- what holds for all of an app ----------------------------------------------------------------------------------------


def _of_service(
    service: Service, broker: Broker, given: list[Priority], tops: dict[Service, Value], seen: set[tuple[str, Span]]
) -> Iterator[Fault]:
    if broker.kind == RABBITMQ:
        yield from _refused_limits(service, broker, seen)
    if broker.kind == REDIS:
        yield from _steps(service, broker, seen)
    used = [one for one in given if one.value.value]
    if not used:
        return
    if broker.kind == REDIS and broker.sure:
        for one in limits(service)[0][:1]:
            if isinstance(one.value.value, int) and (one.path, one.span) not in seen:
                seen.add((one.path, one.span))
                message = f"Redis has no x-max-priority, and its order is the other way round: {REDIS_ORDER}"
                yield _limit_fault(
                    one, broker, message, "take it out, and see that what is urgent has a small number", used
                )
    elif broker.kind in UNRANKED:
        yield _idle(
            used,
            broker,
            f"{broker.kind} has no priorities: this one and all others have no effect",
            "send what is urgent to a queue of its own",
        )
    elif broker.kind == RABBITMQ and tops[service].value == 0:
        message = "without x-max-priority a queue of RabbitMQ has no priorities: this one and all others have no effect"
        yield _idle(
            used,
            broker,
            message,
            "set task_queue_max_priority, or max_priority of the queue (a queue that exists must be deleted first)",
        )


def _idle(used: list[Priority], broker: Broker, message: str, advice: str) -> Fault:
    first, *others = sorted(used, key=lambda one: (one.path, one.span))
    related = tuple(Related(one.path, one.span.line, f"priority {one.value.value!r}") for one in others[:MOST_SHOWN])
    if not others:
        message = message.replace("this one and all others have no effect", "it has no effect")
    return Fault(first.path, first.span, message, advice, first.subject, related, (*first.files, *broker.files), False)


def _limit_fault(one: Limit, broker: Broker, message: str, advice: str, used: list[Priority]) -> Fault:
    related = tuple(Related(each.path, each.span.line, f"priority {each.value.value!r}") for each in used[:MOST_SHOWN])
    return Fault(one.path, one.span, message, advice, None, related, broker.files, False)


def _refused_limits(service: Service, broker: Broker, seen: set[tuple[str, Span]]) -> Iterator[Fault]:
    for one in limits(service)[0]:
        value = one.value.value
        bad = isinstance(value, str | float) or (isinstance(value, int) and not 0 <= value <= AMQP_LAST)
        if bad and (one.path, one.span) not in seen:
            seen.add((one.path, one.span))
            said = _shown(value) if isinstance(value, str) else f"{value:g}"
            message = f"x-max-priority {said}: RabbitMQ takes whole numbers up to 255, and refuses to declare the queue"
            yield Fault(one.path, one.span, message, "give 1 to 10", depends=broker.files, certain=broker.sure)


def _steps(service: Service, broker: Broker, seen: set[tuple[str, Span]]) -> Iterator[Fault]:
    """`priority_steps` that no priority reaches, or that have no place for a message without one."""
    setting = configuration(service).get("broker_transport_options")
    held = setting.mapping.entries.get("priority_steps") if setting is not None else None
    if not isinstance(held, Bound) or (held.module.path, held.expr.span) in seen:
        return
    seen.add((held.module.path, held.expr.span))
    steps = _counted(held)
    if not steps:
        return
    place = held.module.path, held.expr.span
    if min(steps) > 0:
        message = f"priority_steps begin with {min(steps)}: a message without a priority counts as 0 and goes to the last step, {max(steps)}"
        yield Fault(*place, message, "let the steps begin with 0", depends=broker.files, certain=broker.sure)
    elif max(steps) > REDIS_LAST:
        message = f"a priority above 9 counts as 9: the steps up to {max(steps)} are never used"
        yield Fault(*place, message, "give steps from 0 to 9", depends=broker.files, certain=False)


def _counted(held: Bound) -> list[int]:
    """The numbers of a list, also of `list(range(10))`; none where they cannot be told."""
    expr = held.expr
    if isinstance(expr, Call) and expr.callee in ("list", "tuple") and len(expr.args) == 1:
        return _counted(held.other(expr.args[0]))
    if isinstance(expr, Call) and expr.callee == "range":
        ends = [value_of(held.other(one)).value for one in expr.args]
        numbers = [one for one in ends if isinstance(one, int) and abs(one) < MOST]
        return list(range(*numbers)) if len(numbers) == len(expr.args) in (1, 2) else []
    value = value_of(held).value
    steps = list(value) if isinstance(value, list | tuple) else []
    return steps if all(isinstance(one, int) for one in steps) else []
