"""The queues that `task_queues` and the settings declare."""

from __future__ import annotations

from taskguard.diagnostics import TOP
from taskguard.facts.model import Call, Dict
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.model import QueueDecl, Service
from taskguard.project.celery.pieces import Piece, dict_pieces, list_pieces
from taskguard.project.celery.routes import followed
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.values import ABSENT, Instance, Known, Unknown, Value
from taskguard.query import query


@query
def _declared(service: Service) -> tuple[tuple[QueueDecl, ...], str]:
    """The declared queues, and why there may be more."""
    made = [QueueDecl(Known(name), TOP, "") for name in service.project.settings.celery.queues]
    setting = configuration(service).get("task_queues")
    if setting is None:
        return tuple(made), configuration(service).open
    opened = ""
    seen: set[tuple[str, object, str]] = set()
    for part in setting.parts:
        if not isinstance(part, Bound):
            opened = opened or "queues that cannot be followed"
            continue
        target = followed(part)
        keyed = isinstance(target.expr, Dict) or (isinstance(target.expr, Call) and target.expr.callee == "dict")
        pieces = dict_pieces(part) if keyed else list_pieces(part)
        opened = opened or pieces.open
        for one in pieces.items:
            queue = _keyed(one) if keyed else _listed(one)
            place = (one.path, one.span, str(queue.name.value))  # a loop makes several in one place
            if place not in seen:
                seen.add(place)
                made.append(queue)
    if any(place.partial for place in setting.places):
        opened = opened or "it is added to"
    return tuple(made), opened


def _keyed(one: Piece) -> QueueDecl:
    return QueueDecl(one.key, one.span, one.path, mapping_of(one.value))


def _listed(one: Piece) -> QueueDecl:
    value = value_of(one.value)
    name: Value = Unknown("a queue that cannot be followed")
    if isinstance(value, Known) and isinstance(value.value, Instance):
        name = value.value.argument("name", 0)
        if name is ABSENT:
            name = Known("")
    elif isinstance(value, Known) and isinstance(value.value, str):
        name = value
    return QueueDecl(name, one.span, one.path)


def default_queue(service: Service) -> Value:
    """The name of the default queue."""
    value = configuration(service).value("task_default_queue")
    return Known("celery") if value.absent else value


def default_queues(service: Service) -> set[object]:
    """The names that the default queue may have: where conditions or the version of Celery decide, each that some place gives, and Celery's own."""
    value = default_queue(service)
    setting = configuration(service).get("task_default_queue")
    if isinstance(value, Known) or setting is None:
        return {value.value}
    given = [value_of(place.value) for place in setting.places]
    return {"celery", *(one.value for one in given if isinstance(one, Known))}


def queues_of(service: Service) -> tuple[QueueDecl, ...]:
    """The queues of `task_queues` and of the settings; without the default queue, unless it is listed there."""
    return _declared(service)[0]


def queues_open(service: Service) -> str:
    """Why there may be more queues than can be seen."""
    return _declared(service)[1]
