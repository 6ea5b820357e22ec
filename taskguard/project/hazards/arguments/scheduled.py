"""Entries of schedules whose arguments do not fit the task that they name."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Expr, Ref, Seq
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.schedules import beat_of, loose_entries
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.schedules.entry_faults import sets_key
from taskguard.project.facades.never_named import is_never_asked
from taskguard.project.hazards.arguments.misuses import Misuse, judged
from taskguard.project.hazards.calls.call_arguments import OPEN, Odd, names_of, places_of
from taskguard.project.hazards.calls.fitting import Given
from taskguard.project.hazards.calls.takers import taker
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.names import resolved_name
from taskguard.project.python.testing import hidden, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import BeatEntry, Expression
    from taskguard.project.python.project import Project

# Longer texts are no arguments that somebody wrote.
LONGEST = 10_000


def scheduled_misuses(project: Project) -> Iterator[Misuse]:
    """All of them: those of the services first, each place once."""
    system = celery_of(project)
    seen: set[tuple[str, Span]] = set()
    for entry in (*(one for service in in_use(system) for one in beat_of(service)), *loose_entries(system)):
        if (entry.path, entry.task_span) in seen or in_tests(entry.path) or hidden(entry.path):
            continue
        seen.add((entry.path, entry.task_span))
        name = entry.task.value
        held = tuple(map(taker, system.named(name))) if isinstance(name, str) else ()
        given = _given(entry) if held else None
        if given is None:
            continue
        place = Call(Ref("", entry.task_span), (), (), entry.task_span)
        module = project.modules[entry.path]
        found = judged(module, entry.scope, place, str(name), held, given, None, entry.how != "PeriodicTask", "beat")
        if found is not None:
            doubt = found.doubt or _added(project, entry)
            if entry.how == "dict" and is_never_asked(module, entry.scope):
                doubt = doubt or "no code but tests calls the function that gives the schedule"
            yield found.replace(sure=entry.how != "dict", doubt=doubt)


def _added(project: Project, entry: BeatEntry) -> str:
    """Why an entry may have arguments that it is not made with: its file puts some into a dict, `SCHEDULE["daily"]["args"] = …`."""
    given = next((key for key in ("args", "kwargs") if sets_key(project, entry.path, key)), "")
    return f"{entry.path} may set its {given} later" if given else ""


def _given(entry: BeatEntry) -> Given | None:
    """What an entry gives; None where another rule says what is wrong with it, or nobody can tell."""
    if entry.entry.open or (entry.how == "dict" and entry.schedule is None):
        return None  # a dict that names a task and no time is what some code says of a task, and no entry
    if entry.how == "add_periodic_task" and (entry.signature is None or not isinstance(entry.signature.expr, Ref)):
        return None  # its signature is told about where it is made
    places, names = _places(entry.args, entry.how), _names(entry.kwargs, entry.how)
    if places is None or names is None:
        return None
    return Given(places.places, names.names, places.more, names.other)


def _places(held: Expression, how: str) -> Given | None:
    if not isinstance(held, Bound):
        return _empty(held)
    expr = _told(held, how)
    if expr is None or held.env:
        return OPEN
    made = places_of(held.module, held.scope, expr)
    if isinstance(made, Odd):
        value = value_of(held.other(expr)).value
        return Given(len(value)) if isinstance(value, str) and how != "PeriodicTask" else None
    return made


def _names(held: Expression, how: str) -> Given | None:
    if not isinstance(held, Bound):
        return _empty(held)
    expr = _told(held, how)
    if expr is None or held.env:
        return OPEN
    made = names_of(held.module, held.scope, expr)
    return None if isinstance(made, Odd) else made


def _empty(held: Expression) -> Given:
    value = value_of(held)
    return Given() if value.absent or (value.known and not value.value) else OPEN


def _expression(value: object, span: Span) -> Expr | None:
    """A list or an object of JSON, as far as it says how many arguments there are, and which names they have."""
    if isinstance(value, list):
        return Seq("list", tuple(Const(None, span) for _ in value), span)
    if isinstance(value, dict):
        return Dict(tuple((Const(name, span), Const(None, span)) for name in value), span)
    return None


def _told(held: Bound, how: str) -> Expr | None:
    """The expression that holds the arguments: a row of django-celery-beat has them as JSON."""
    expr = held.expr
    if how != "PeriodicTask":
        return expr
    if (
        isinstance(expr, Call)
        and len(expr.args) == 1
        and resolved_name(held.module, expr.callee, held.scope) == "json.dumps"
    ):
        return expr.args[0]
    written = value_of(held).value
    if not isinstance(written, str) or len(written) >= LONGEST:
        return None
    try:
        import json

        return _expression(json.loads(written), expr.span)
    except ValueError:
        return None
