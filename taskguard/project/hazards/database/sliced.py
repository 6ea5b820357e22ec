"""Querysets of Django that a task cuts and then asks for what they refuse: `rows = Row.objects.filter(…)[:100]; rows.delete()`.

django/db/models/query.py: `delete` and `update` raise a TypeError where the query has a limit, and so do `filter`, `exclude`, `order_by` and `distinct`.
"""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Item, Opaque, Ref
from taskguard.patterns import regex
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.database.rows import model_at
from taskguard.project.python.flow import bound_in, calls_of
from taskguard.project.python.text_questions import finds_within
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Called

# What a cut queryset refuses, by what it says of itself then.
REFUSED = frozenset("update delete filter exclude order_by distinct".split())
# What gives a queryset of the same rows, whatever it is given. `iterator` and what a manager of the project's own adds may give anything.
KEEPING = frozenset(
    "all filter exclude order_by distinct select_related prefetch_related annotate only defer using select_for_update reverse values values_list".split()
)
TAKEN = frozenset(("TypeError", "Exception", "BaseException"))
MANAGED = regex(r"\.objects\b")
REFUSING = regex(r"\.(?:update|delete|filter|exclude|order_by|distinct)\(")
CUT = regex(r"\[[^\[\]\n]*:[^\[\]\n]*\]")


class Refusal(Record):
    """A call that a queryset refuses which is cut at `cut`, and the method that it is. `caught` says that a handler around takes the TypeError."""

    call: Call
    method: str
    cut: Item
    caught: bool


def refusals(run: Run) -> Iterator[Refusal]:
    """The calls of that kind in the body of a task."""
    project, path = run.module.project, run.module.path
    if not all(finds_within(project, path, run.function, one) for one in (CUT, MANAGED, REFUSING)):
        return
    body = run.body
    for called in calls_of(body) if body is not None else ():
        found = _cut_of(run, body, called) if body is not None and not called.later else None
        if found is not None:
            method = _method(called.call)
            yield Refusal(called.call, method, found, is_caught(called.spot, TAKEN, bare=True))


def _method(call: Call) -> str:
    func = call.func
    return func.name if isinstance(func, Attr) else call.callee.rpartition(".")[2]


def _cut_of(run: Run, body: Body, called: Called) -> Item | None:
    """The slice of a queryset on which a method is called that this refuses."""
    func = called.call.func
    if _method(called.call) not in REFUSED:
        return None
    if isinstance(func, Attr):
        return _slice(run, func.of)
    name = called.call.callee.rpartition(".")[0]
    held = [_slice(run, value) for value, _ in bound_in(body, name)] if name and "." not in name else []
    own = name not in {one.name for one in run.function.params}
    return held[0] if held and own and all(held) else None


def _slice(run: Run, expr: Expr | None) -> Item | None:
    """A slice without a step of a queryset of a model of Django."""
    if not isinstance(expr, Item) or not isinstance(expr.index, Opaque) or expr.index.kind != "slice":
        return None
    return expr if expr.index.text.count(":") == 1 and _is_queryset(run, expr.of) else None


def _is_queryset(run: Run, expr: Expr) -> bool:
    """Whether an expression is `Row.objects`, or what methods of Django's own make of it."""
    while isinstance(expr, Call):
        if _method(expr) not in KEEPING:
            return False
        expr = expr.func.of if isinstance(expr.func, Attr) else Ref(expr.callee.rpartition(".")[0], expr.span)
    head, _, last = expr.name.rpartition(".") if isinstance(expr, Ref) else ("", "", "")
    model = model_at(run.module, run.function.qualname, head) if head and last == "objects" else None
    return model is not None and model.django
