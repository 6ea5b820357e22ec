"""Rows of django-celery-beat that code makes and that no scheduler can read, or that Django refuses (django_celery_beat/schedulers.py: `ModelEntry`; models.py)."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Binding, Call, Const, Dict, Expr, Ref, Seq
from taskguard.facts.questions import holds
from taskguard.project.celery.cronfields import FIELDS, Wrong, expand, possible
from taskguard.project.celery.rows import MAKERS, rows
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.flow import body_of, bound_in
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import BeatEntry
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# The columns that hold when a row is due, each a row of another table.
WHEN = ("interval", "crontab", "solar", "clocked")
# What gives a pair, a row and whether it is new.
PAIRS = frozenset(("get_or_create", "update_or_create"))
OWN = "django_celery_beat"
CRON = "CrontabSchedule"


def unread_rows(system: System) -> Iterator[Fault]:
    """What rows hold that is not what their columns want, by path and line."""
    for module in system.project.looked_at:
        if not in_tests(module.path) and holds(system.project, module.path, OWN):
            for row in rows(module):
                yield from _due(row)
                yield from _texts(row)


def _due(row: BeatEntry) -> Iterator[Fault]:
    """A pair of `get_or_create` where its first part is wanted: Django refuses to make the row."""
    for name in WHEN:
        held = row.entry.entries.get(name)
        made = _worked_out(held) if isinstance(held, Bound) else None
        if isinstance(held, Bound) and isinstance(made, Call) and _method(made) in PAIRS:
            message = (
                f"{name} is a pair, for {_method(made)} gives the row and whether it is new: Django raises ValueError"
            )
            yield Fault(held.module.path, held.expr.span, message, "unpack it: `row, _ = …`")


def _worked_out(held: Bound) -> Expr | None:
    """What an expression is, or what the one statement of its function, or of its module, gives the name that it is."""
    expr = held.expr
    if not isinstance(expr, Ref) or "." in expr.name:
        return expr
    function = held.module.function(held.scope)
    body = body_of(held.module, function) if function is not None else None
    if body is not None:
        given = bound_in(body, expr.name)
        return given[0][0] if len(given) == 1 else None
    entries = held.module.entries(expr.name) if not held.scope else []
    return entries[0].value if len(entries) == 1 and isinstance(entries[0], Binding) else None


def _method(call: Call) -> str:
    head, _, last = call.callee.rpartition(".")
    return last if head.endswith(".objects") else ""


def _texts(row: BeatEntry) -> Iterator[Fault]:
    """Arguments that are no text of JSON: the column keeps what `str` makes of them, and the scheduler that cannot read it switches the row off."""
    for name, held, wanted in (("args", row.args, "a list"), ("kwargs", row.kwargs, "a dict")):
        expr = held.expr if isinstance(held, Bound) else None
        if isinstance(held, Bound) and expr is not None and _is_no_json(expr):
            said = "a dict" if isinstance(expr, Dict) else f"a {expr.kind}" if isinstance(expr, Seq) else "a value"
            message = f"{name} is {said} and no text of JSON: the scheduler cannot read what Django stores of it, and switches the row off"
            yield Fault(held.module.path, expr.span, message, f"write `json.dumps(…)` of {wanted}")


def _is_no_json(expr: Expr) -> bool:
    """Whether `str` of a display is surely no JSON: a dict with anything in it, a tuple, a list in which a string, None or a truth value stands."""
    if isinstance(expr, Dict):
        return any(key is not None for key, _ in expr.items)
    if not isinstance(expr, Seq) or not expr.items:
        return False
    if expr.kind != "list":
        return True
    return any(
        isinstance(one, Const) and (one.value is None or isinstance(one.value, str | bool)) for one in expr.items
    )


def row_crontabs(system: System) -> Iterator[Fault]:
    """Rows of crontabs that Celery cannot read, or that never come: nothing checks them when they are made."""
    for path in system.project.search(CRON):
        module = system.project.modules[path]
        if in_tests(path) or not holds(system.project, path, OWN):
            continue
        for site in selections.calling(module.facts, *MAKERS):
            head = site.call.callee.rpartition(".")[0].removesuffix(".objects")
            if head.rpartition(".")[2] == CRON:
                yield from _fields(module, site.call, site.scope)


def _fields(module: Module, call: Call, scope: str) -> Iterator[Fault]:
    numbers: dict[str, frozenset[int] | None] = {}
    given = {one.name: one.value for one in call.keywords if one.name in FIELDS}
    for name, expr in given.items():
        value = value_of(Bound(expr, module, scope))
        if not isinstance(value, Known) or not isinstance(value.value, int | str):
            continue
        try:
            numbers[str(name)] = expand(str(name), str(value.value))
        except Wrong as error:
            message = f"a row with {name}={value.value!r} cannot be read, and its task never runs: {error}"
            low, high = FIELDS[str(name)]
            yield Fault(module.path, expr.span, message, f"numbers from {low} to {high}", depends=value.files)
    days, months = numbers.get("day_of_month"), numbers.get("month_of_year")
    if days and months and not possible(days, months):
        message = "no such date: what runs by this row never runs, and beat stops at it before Celery 5.7"
        yield Fault(module.path, given["day_of_month"].span, message)
