"""What the Celery configuration of a state says of its tasks, as plain values: routes, the default queue, schedules."""

from __future__ import annotations

from taskguard.diagnostics import TOP
from taskguard.facts.model import Attr, Call, Cond, Const, Dict, Item, Op, Opaque, Ref, Seq, Star
from taskguard.project.change.linked import shown
from taskguard.project.change.terms import Configured, EntryTerms, RouteTerms, ServiceTerms
from taskguard.project.evaluate import Bound, Mapping, value_of
from taskguard.project.testing import in_tests
from taskguard.project.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import BeatEntry, Route, Service
    from taskguard.project.change.linked import Linked
    from taskguard.project.values import Value

CELERYS_OWN = "'celery'"
# Rows of a database are data: a migration that made some says nothing of what is there now.
ROW = "PeriodicTask"


def configured(state: Linked) -> Configured:
    """The routes of all apps outside the tests, and all entries of schedules."""
    system = state.project.celery
    services = [one for one in system.live if not one.test]
    entries = [one for service in services for one in service.beat]
    entries += [one for one in system.loose_entries if one.how != ROW and not in_tests(one.path)]
    opened = next((one.beat_open for one in services if one.beat_open), "")
    return Configured(
        tuple(_service(state, one) for one in services), tuple(_entry(state, one) for one in entries), opened
    )


def _service(state: Linked, service: Service) -> ServiceTerms:
    setting = service.conf.get("task_default_queue")
    place = setting.places[-1] if setting is not None and setting.places else None
    value = service.conf.value("task_default_queue")
    default = CELERYS_OWN if value.absent else shown(value.value) if isinstance(value, Known) else ""
    return ServiceTerms(
        service.dotted,
        tuple(_route(state, one) for one in service.routes),
        service.routes_open or ("" if service.conf.get("task_routes") is not None else service.conf.open),
        default,
        place.path if place is not None else service.path,
        place.span if place is not None else TOP,
    )


def _route(state: Linked, route: Route) -> RouteTerms:
    given = tuple(sorted((str(key), text_of(state, value)) for key, value in route.options.entries.items()))
    return RouteTerms(route.kind, route.pattern, given, route.options.open, route.guard, route.path, route.span)


def _entry(state: Linked, entry: BeatEntry) -> EntryTerms:
    more = [(name, getattr(entry, name)) for name in ("args", "kwargs", "options")]
    task = entry.task.value if isinstance(entry.task, Known) else text_of(state, entry.task)
    if not isinstance(entry.task, Known) and entry.signature is not None:
        task = text_of(state, entry.signature)
    return EntryTerms(
        str(entry.key.value) if isinstance(entry.key, Known) else "",
        str(task),
        text_of(state, entry.schedule) if entry.schedule is not None else "",
        tuple((name, text) for name, value in more if (text := text_of(state, value)) not in ("", "()", "{}")),
        entry.path,
        entry.key_span,
    )


def text_of(state: Linked, value: Bound | Value | Mapping) -> str:
    """A value as text, or the expression with its names resolved where it cannot be told; empty for what is absent."""
    known = value_of(value)
    if isinstance(known, Known):
        return shown(known.value)
    if known.absent:
        return ""
    if isinstance(value, Mapping):
        inside = sorted(f"{key!r}: {text_of(state, held)}" for key, held in value.entries.items())
        return f"{{{', '.join([*inside, *(['**?'] if value.open else [])])}}}"
    return _written(state, value, value.expr) if isinstance(value, Bound) else f"⟪?{known.name}⟫"


def _written(state: Linked, at: Bound, expr: Expr) -> str:
    def inner(one: Expr) -> str:
        return text_of(state, at.other(one))

    if isinstance(expr, Const):
        return shown(expr.value)
    if isinstance(expr, Ref):
        return state.resolved(at.module, f"⟪{expr.name}⟫", at.scope)
    if isinstance(expr, Attr):
        return f"{inner(expr.of)}.{expr.name}"
    if isinstance(expr, Call):
        given = [*map(inner, expr.args), *sorted(f"{one.name or '**'}={inner(one.value)}" for one in expr.keywords)]
        return f"{_written(state, at, expr.func)}({', '.join(given)})"
    if isinstance(expr, Seq):
        return f"({', '.join(map(inner, expr.items))})"
    if isinstance(expr, Dict):
        pairs = (f"{inner(key) if key is not None else '**'}: {inner(value)}" for key, value in expr.items)
        return f"{{{', '.join(sorted(pairs))}}}"
    if isinstance(expr, Op):
        return f"({f' {expr.op} '.join(map(inner, expr.operands))})"
    if isinstance(expr, Cond):
        return f"{inner(expr.body)} if {inner(expr.test)} else {inner(expr.orelse)}"
    if isinstance(expr, Item):
        return f"{inner(expr.of)}[{inner(expr.index)}]"
    if isinstance(expr, Star):
        return f"*{inner(expr.value)}"
    return expr.text if isinstance(expr, Opaque) else ""
