"""Numbers that chance chooses, `randint(0, 59)`: the bounds of what may come out."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Ref
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr

DEEPEST = 5


def drawn(bound: Bound, depth: int = 0) -> tuple[int, int] | None:
    """The lowest and the highest number that an expression may draw; None where it draws none, or the bounds cannot be told."""
    expr = bound.expr
    if depth > DEEPEST:
        return None
    if isinstance(expr, Ref):
        held = _held(bound, expr.name)
        return drawn(held, depth + 1) if held is not None else None
    if not isinstance(expr, Call) or not expr.callee:
        return None
    if expr.callee in ("str", "int") and len(expr.args) == 1 and not expr.keywords:
        return drawn(bound.other(expr.args[0]), depth + 1)
    found = resolve(bound.module, expr.callee, bound.scope)
    return _bounds(bound, expr, found.path) if found.kind == "external" else None


def _held(bound: Bound, name: str) -> Bound | None:
    """The one value that a name of a module has."""
    found = resolve(bound.module, name, bound.scope)
    if found.kind != "symbol" or found.module is None:
        return None
    entries = found.module.entries(found.path)
    only = entries[0] if len(entries) == 1 else None
    return Bound(only.value, found.module) if isinstance(only, Binding) and only.value is not None else None


def _bounds(bound: Bound, call: Call, dotted: str) -> tuple[int, int] | None:
    low = high = None
    if dotted == "random.randint":
        low, high = (_whole(bound, _given(call, place, name)) for place, name in enumerate(("a", "b")))
    elif dotted == "secrets.randbelow" and len(call.args) == 1:
        low, high = 0, _whole(bound, call.args[0], -1)
    elif dotted == "random.randrange" and not call.keywords and 1 <= len(call.args) <= 2:
        low = _whole(bound, call.args[0]) if len(call.args) == 2 else 0
        high = _whole(bound, call.args[-1], -1)
    return (low, high) if low is not None and high is not None and low <= high else None


def _given(call: Call, place: int, name: str) -> Expr | None:
    return call.args[place] if place < len(call.args) else call.keyword(name)


def _whole(bound: Bound, expr: Expr | None, more: int = 0) -> int | None:
    value = value_of(bound.other(expr)).value if expr is not None else None
    return value + more if isinstance(value, int) and not isinstance(value, bool) else None
