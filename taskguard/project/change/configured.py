"""What the Celery configuration of a resolved says of its tasks, as plain values: routes, the default queue, schedules."""

from __future__ import annotations

from taskguard.diagnostics import TOP
from taskguard.facts.model import Attr, Call, Cond, Const, Dict, Item, Op, Opaque, Ref, Seq, Star
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.routes import routes_of, routes_open
from taskguard.project.celery.schedules import beat_of, beat_open, loose_entries
from taskguard.project.celery.system import celery_of
from taskguard.project.change.shown import shown
from taskguard.project.change.terms import Configured, EntryTerms, RouteTerms, ServiceTerms
from taskguard.project.python.evaluate import Bound, Mapping, value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import BeatEntry, Route, Service
    from taskguard.project.python.project import Module, Project

    Resolved = Callable[[Module, str, str], str]
    from taskguard.project.python.values import Value

CELERYS_OWN = "'celery'"
# Rows of a database are data: a migration that made some says nothing of what is there now.
ROW = "PeriodicTask"


def configured(project: Project, resolved: Resolved) -> Configured:
    """The routes of all apps outside the tests, and all entries of schedules."""
    system = celery_of(project)
    services = system.serving
    entries = [one for service in services for one in beat_of(service)]
    entries += [one for one in loose_entries(system) if one.how != ROW and not in_tests(one.path)]
    opened = next((beat_open(one) for one in services if beat_open(one)), "")
    return Configured(
        tuple(_service(resolved, one) for one in services), tuple(_entry(resolved, one) for one in entries), opened
    )


def _service(resolved: Resolved, service: Service) -> ServiceTerms:
    setting = configuration(service).get("task_default_queue")
    place = setting.places[-1] if setting is not None and setting.places else None
    value = configuration(service).value("task_default_queue")
    default = CELERYS_OWN if value.absent else shown(value.value) if isinstance(value, Known) else ""
    return ServiceTerms(
        service.dotted,
        tuple(_route(resolved, one) for one in routes_of(service)),
        routes_open(service)
        or ("" if configuration(service).get("task_routes") is not None else configuration(service).open),
        default,
        place.path if place is not None else service.path,
        place.span if place is not None else TOP,
    )


def _route(resolved: Resolved, route: Route) -> RouteTerms:
    given = tuple(sorted((str(key), text_of(resolved, value)) for key, value in route.options.entries.items()))
    return RouteTerms(route.kind, route.pattern, given, route.options.open, route.guard, route.path, route.span)


def _entry(resolved: Resolved, entry: BeatEntry) -> EntryTerms:
    more = [(name, getattr(entry, name)) for name in ("args", "kwargs", "options")]
    task = entry.task.value if isinstance(entry.task, Known) else text_of(resolved, entry.task)
    if not isinstance(entry.task, Known) and entry.signature is not None:
        task = text_of(resolved, entry.signature)
    return EntryTerms(
        str(entry.key.value) if isinstance(entry.key, Known) else "",
        str(task),
        text_of(resolved, entry.schedule) if entry.schedule is not None else "",
        tuple((name, text) for name, value in more if (text := text_of(resolved, value)) not in ("", "()", "{}")),
        entry.path,
        entry.key_span,
    )


def text_of(resolved: Resolved, value: Bound | Value | Mapping) -> str:
    """A value as text, or the expression with its names resolved where it cannot be told; empty for what is absent."""
    known = value_of(value)
    if isinstance(known, Known):
        return shown(known.value)
    if known.absent:
        return ""
    if isinstance(value, Mapping):
        inside = sorted(f"{key!r}: {text_of(resolved, held)}" for key, held in value.entries.items())
        return f"{{{', '.join([*inside, *(['**?'] if value.open else [])])}}}"
    return _written(resolved, value, value.expr) if isinstance(value, Bound) else f"⟪?{known.name}⟫"


def _written(resolved: Resolved, at: Bound, expr: Expr) -> str:
    def inner(one: Expr) -> str:
        return text_of(resolved, at.other(one))

    if isinstance(expr, Const):
        return shown(expr.value)
    if isinstance(expr, Ref):
        return resolved(at.module, f"⟪{expr.name}⟫", at.scope)
    if isinstance(expr, Attr):
        return f"{inner(expr.of)}.{expr.name}"
    if isinstance(expr, Call):
        given = [*map(inner, expr.args), *sorted(f"{one.name or '**'}={inner(one.value)}" for one in expr.keywords)]
        return f"{_written(resolved, at, expr.func)}({', '.join(given)})"
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
