"""Every place that names a task by a string."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Call, Expr, Item, Ref
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.model import BeatEntry, Reference, Service
from taskguard.project.celery.routes import routes_of
from taskguard.project.celery.row_lookups import row_lookups
from taskguard.project.celery.schedules import BEAT_KEYS, beat_of, loose_entries
from taskguard.project.celery.signatures import named_signature
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.values import ABSENT
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import CallSite, Lookup
    from taskguard.project.celery.model import ReferenceKind, ScheduleKind
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module
    from taskguard.project.python.values import Value

NAMING = ("signature", "Signature", "subtask")
APP_LIKE = frozenset("app application capp celery current_app celery_app".split())
# Keys of which a schedule has one; a dict with a task and none of them may be a message of another dispatcher.
TIMES = frozenset(
    "schedule crontab interval solar clocked cron every run_every period enabled one_off expires options minute hour".split()
)
# A signature that is scheduled is one reference.
SAME: dict[ReferenceKind, ReferenceKind] = {"signature": "add_periodic_task"}
KINDS: dict[ScheduleKind, ReferenceKind] = {
    "beat_schedule": "beat",
    "dict": "schedule-dict",
    "PeriodicTask": "periodic-task",
    "add_periodic_task": "add_periodic_task",
}


@query
def references_of(system: System) -> tuple[Reference, ...]:
    """All references, by path and line."""
    made: list[Reference] = []
    for service in system.services:
        made.extend(_of_schedule(one) for one in beat_of(service) if _by_string(one))
        made.extend(_of_routes(service))
    made.extend(_of_schedule(one) for one in loose_entries(system) if _by_string(one))
    for module in system.project.looked_at:
        for site in selections.calling(module.facts, "send_task", *NAMING):
            one = _sent(system, module, site)
            if one is not None:
                made.append(one)
        for lookup in module.facts.lookups:
            made.append(_looked_up(system, module, lookup))
        made.extend(_named(here, "row-lookup", given, None, "", True) for here, given in row_lookups(module))
    unique: dict[object, Reference] = {}
    for held in made:
        name = str(held.name.value)  # a loop makes several in one place
        unique.setdefault((held.path, held.span, SAME.get(held.kind, held.kind), held.service, name), held)
    return tuple(sorted(unique.values(), key=lambda one: (one.path, one.span, one.kind)))


def _by_string(one: BeatEntry) -> bool:
    """Whether an entry names its task by a string, and not by the task itself."""
    if one.how != "add_periodic_task":
        return not one.task.absent
    if one.signature is None or not isinstance(one.signature.expr, Call):
        return False
    return named_signature(one.signature, one.signature.expr)


def _of_schedule(one: BeatEntry) -> Reference:
    kind = KINDS[one.how]
    key = one.key.value if isinstance(one.key.value, str) else None
    sure = one.how != "dict" or not TIMES.isdisjoint(one.entry.entries)
    written = one.signature.expr if one.signature is not None else None
    span = written.args[0].span if isinstance(written, Call) and written.args else one.task_span
    strange = not sure and not BEAT_KEYS.issuperset(one.entry.entries)
    return Reference(kind, one.task, span, one.path, one.scope, one.service, one.guard, sure, key, _queue(one), strange)


def _queue(one: BeatEntry) -> Value:
    """The queue that an entry's options give."""
    held = mapping_of(one.options).entries.get("queue")
    return ABSENT if held is None else value_of(held)


def _of_routes(service: Service) -> list[Reference]:
    from taskguard.project.python.values import Known

    made = [
        Reference("route", Known(one.pattern), one.span, one.path, "", service, one.guard)
        for one in routes_of(service)
        if one.kind == "exact"
    ]
    setting = configuration(service).get("task_annotations")
    if setting is None:
        return made
    from taskguard.project.celery.pieces import entries_in

    for part in setting.parts:
        for piece in entries_in(part):
            if piece.key.value != "*":
                made.append(Reference("annotation", piece.key, piece.span, piece.path, "", service, piece.guard))
    return made


def _sent(system: System, module: Module, site: CallSite) -> Reference | None:
    """`app.send_task("name")`, `signature("name")`."""
    call = site.call
    head, _, method = call.callee.rpartition(".")
    here = Bound(call, module, site.scope)
    if method == "send_task" and head:
        name = call.args[0] if call.args else call.keyword("name")
        if name is None:
            return None
        return _named(
            here,
            "send_task",
            name,
            system.apps.at(module, head, site.scope),
            site.guard,
            _is_app(system, module, head, site.scope),
        )
    if method not in NAMING or not named_signature(here, call):
        return None
    name = call.args[0] if call.args else call.keyword("task") or call.keyword("varies")
    if name is None:
        return None
    return _named(here, "signature", name, system.apps.at(module, head, site.scope), site.guard, True)


def _named(here: Bound, kind: ReferenceKind, name: Expr, service: Service | None, guard: str, sure: bool) -> Reference:
    call = here.expr
    given = None
    if isinstance(call, Call):
        given = next((one for one in map(call.keyword, ("queue", "routing_key", "exchange")) if one is not None), None)
    queue = ABSENT if given is None else value_of(here.other(given))
    return Reference(
        kind, value_of(here.other(name)), name.span, here.module.path, here.scope, service, guard, sure, queue=queue
    )


def _is_app(system: System, module: Module, written: str, scope: str) -> bool:
    """Whether a name is an app, surely or by all appearances."""
    return system.apps.is_app(module, written, scope) or written.rpartition(".")[2] in APP_LIKE


def _looked_up(system: System, module: Module, lookup: Lookup) -> Reference:
    item: Item = lookup.item
    of = item.of.name if isinstance(item.of, Ref) else ""
    app = of.rpartition(".")[0]
    service = system.apps.at(module, app, lookup.scope) if app else None
    sure = bool(app) and _is_app(system, module, app, lookup.scope)
    return Reference(
        "tasks-item",
        value_of(Bound(item.index, module, lookup.scope)),
        item.index.span,
        module.path,
        lookup.scope,
        service,
        lookup.guard,
        sure,
    )
