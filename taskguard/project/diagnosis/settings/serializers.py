"""Which formats messages and results are written in, and which ones workers take."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.registered import services_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart, place_of
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import ABSENT, Known
from taskguard.project.registry.sends import told_in_calls
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Place, Service
    from taskguard.project.celery.system import System
    from taskguard.project.tasks.task import Task

# What `accept_content` may call a serializer (kombu/serialization.py).
TYPES = {
    "application/json": "json", "application/x-python-serialize": "pickle", "application/x-yaml": "yaml", "application/x-msgpack": "msgpack",
    "application/msgpack": "msgpack", "application/data": "raw",
}  # fmt: skip
PLAIN = frozenset(("json", "msgpack", "pickle", "yaml"))
OF_SERVICE = ("task_serializer", "result_serializer")
PICKLE = "pickle"
MOST = 4


class Writer(Record):
    """What says in which format something is written: a setting at its place, or a task."""

    name: str
    path: str
    span: Span
    task: Task | None = None


def accepts_pickle(system: System) -> Iterator[Fault]:
    """Workers that take pickle although nothing of the project writes it."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        setting = configuration(service).get("accept_content")
        if setting is None or PICKLE not in (accepted(service) or ()) or any(writers(system, service, PICKLE)):
            continue
        place = place_of(setting)
        if place is not None and not apart(place) and (place.path, place.span) not in seen:
            seen.add((place.path, place.span))
            if configuration(service).value("task_serializer") is ABSENT and not _is_new(service):
                yield Fault(place.path, place.span, "", doubt="Celery 3 writes pickle unless it is told otherwise")
                continue
            yield Fault(
                place.path, place.span, "workers take pickled messages: who can write to the broker can run any code in them",
                "take pickle out: nothing of the project writes it", depends=setting.known.files, certain=False,
            )  # fmt: skip


def produces_pickle(system: System) -> Iterator[Fault]:
    """Messages and results that are pickled, once for each app, where workers take them or it cannot be told whether they do."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        taken, results = accepted(service), accepted(service, "result_accept_content")
        found = [
            one
            for one in writers(system, service, PICKLE, both=True)
            if (held := results if _is_of_results(one) else taken) is None or PICKLE in held
        ]
        if not found:
            continue
        first, *others = found
        if (first.path, first.span) in seen:
            continue
        seen.add((first.path, first.span))
        related = [Related(one.path, one.span.line, f"so does {one.name}") for one in others[:MOST]]
        own = _is_of_results(first) and configuration(service).get("result_accept_content") is not None
        setting = configuration(service).get("result_accept_content" if own else "accept_content")
        if setting is not None:
            place = place_of(setting) or setting.places[-1]
            related.append(
                Related(place.path, place.span.line, "who reads them takes it" if own else "workers take it")
            )
        yield Fault(
            first.path, first.span, f"{first.name} writes pickle: who can write to the broker or the backend can run any code in who reads it",
            "write JSON, and take pickle out of accept_content", first.task.dotted if first.task is not None else None, tuple(related), certain=False,
        )  # fmt: skip


def refused(system: System) -> Iterator[Fault]:
    """What the project writes in a format that its own workers refuse."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        taken = accepted(service)
        if taken is None or service.test:
            continue
        setting = configuration(service).get("accept_content")
        place = place_of(setting) if setting is not None else None
        related = (Related(place.path, place.span.line, "this is what workers take"),) if place is not None else ()
        for one in _settings(service):
            value = value_of(one.value).value
            name = TYPES.get(str(value), str(value))
            if name in PLAIN and name not in taken and not apart(one) and (one.path, one.span) not in seen:
                seen.add((one.path, one.span))
                yield Fault(
                    one.path,
                    one.span,
                    _message(one.setting, name, taken),
                    f'add "{name}" to accept_content, or write JSON',
                    None,
                    related,
                )
        unset = _unset(service, taken)
        if place is not None and unset is not None and (place.path, place.span) not in seen and not apart(place):
            seen.add((place.path, place.span))
            yield Fault(
                place.path, place.span, f"workers take {_listed(taken)} alone, and {unset[0]}: they refuse each message", unset[1],
                depends=place.files,
            )  # fmt: skip
    yield from _tasks(system)
    yield from _sent(system)


def _unset(service: Service, taken: frozenset[str]) -> tuple[str, str] | None:
    """What is written where no task_serializer is set, and what to do; None where workers take that."""
    if not configuration(service).value("task_serializer").absent:
        return None
    if "json" not in taken and _is_new(service):
        return "task_serializer is json unless it is set", 'set task_serializer, or add "json"'
    if PICKLE not in taken and pinned_below(service.project, (4, 0)) is True:
        return "Celery 3 writes pickle unless task_serializer is set", "set task_serializer to one of them"
    return None


def _tasks(system: System) -> Iterator[Fault]:
    for task in all_tasks(system.project):
        held = task.options.get("serializer")
        name = held.value.value if held is not None and held.origin in ("decorator", "class") else None
        services = services_of(task) if name in PLAIN and not in_tests(task.path) else ()
        if _refuse(services, name):
            yield _fault(task.path, task.span, "each message of it", str(name), services, task.dotted)


def _sent(system: System) -> Iterator[Fault]:
    """What a call sends in another format than that of its task: `task.apply_async(serializer="pickle")`."""
    for module in system.project.looked_at:
        for held, services, called in told_in_calls(system, module, "serializer") if not in_tests(module.path) else ():
            name = value_of(held).value
            live = tuple(service for service in services if not service.test)
            if name in PLAIN and _refuse(live, name):
                yield _fault(
                    module.path, held.expr.span, "this message", str(name), live, called[0].dotted if called else ""
                )


def _refuse(services: tuple[Service, ...], name: object) -> bool:
    """Whether there are services, and the workers of each surely refuse a format."""
    return bool(services) and all((taken := accepted(one)) is not None and name not in taken for one in services)


def _fault(path: str, span: Span, what: str, name: str, services: tuple[Service, ...], symbol: str) -> Fault:
    return Fault(
        path, span, f"{what} is {name}, and workers take {_listed(accepted(services[0]) or frozenset())} alone: they refuse it", f'add "{name}" to accept_content, or leave serializer out',
        symbol, depends=tuple(dict.fromkeys(file for one in services for file in configuration(one).sources)),
    )  # fmt: skip


def _message(setting: str, name: str, taken: frozenset[str]) -> str:
    if setting == "task_serializer":
        return f"messages are {name}, and workers take {_listed(taken)} alone: they refuse each one"
    return f"results are {name}, and who reads them takes {_listed(taken)} alone: each read is ContentDisallowed"


def _listed(taken: frozenset[str]) -> str:
    return " and ".join(sorted(taken)) or "nothing"


def accepted(service: Service, setting: str = "accept_content") -> frozenset[str] | None:
    """The formats that the workers of a service take, or who reads its results (`result_accept_content`, where that is set); None where that cannot be told.
    JSON is the default from Celery 4 on."""
    value = configuration(service).value(setting)
    if value.absent and setting != "accept_content":
        return accepted(service)
    if value.absent:
        return frozenset(("json",)) if _is_new(service) else None
    if not isinstance(value, Known) or not isinstance(value.value, list | tuple | set) or not value.value:
        return None
    names = [TYPES.get(one, one) if isinstance(one, str) else "" for one in value.value]
    return frozenset(names) if PLAIN.issuperset(names) else None


def _is_new(service: Service) -> bool:
    return pinned_below(service.project, (4, 0)) is False


def writers(system: System, service: Service, name: str, *, both: bool = False) -> Iterator[Writer]:
    """What of a service writes in the format `name`: its settings, then its tasks."""
    for place in _settings(service, both=both):
        if TYPES.get(str(value_of(place.value).value), value_of(place.value).value) == name and not apart(place):
            yield Writer(place.written, place.path, place.span)
    for task in all_tasks(system.project):
        held = task.options.get("serializer")
        if held is not None and held.value.value == name and service in services_of(task) and not in_tests(task.path):
            yield Writer(task.dotted.rpartition(".")[2], task.path, task.span, task)


def _is_of_results(one: Writer) -> bool:
    return one.task is None and one.name.lower().endswith("result_serializer")


def _settings(service: Service, *, both: bool = False) -> list[Place]:
    """The places of the serializers that are in force; that of results without `both` only where `accept_content` counts for these, too."""
    made = []
    for name in OF_SERVICE:
        setting = configuration(service).get(name)
        if setting is not None and setting.known.known:
            own = name == "result_serializer" and configuration(service).get("result_accept_content") is not None
            if own and not both:
                continue
            place = place_of(setting)
            made += [] if place is None else [place]
    return made
