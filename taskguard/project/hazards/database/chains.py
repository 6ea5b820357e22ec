"""Calls that are chained, `Order.objects.filter(…).first()`: what they begin with, and what each is called on."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Item, Op, Ref, Star
from taskguard.facts.selections import written_name
from taskguard.facts.statements import Inner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container


def without_await(expr: Expr) -> Expr:
    """What is awaited where an expression is an `await`, else the expression."""
    return expr.parts[0] if isinstance(expr, Inner) and expr.kind == "await" and len(expr.parts) == 1 else expr


def called_on(call: Call) -> Expr | None:
    """What a method is called on; None where a function is called."""
    if isinstance(call.func, Attr):
        return call.func.of
    head = call.callee.rpartition(".")[0]
    return Ref(head, call.func.span) if head else None


def chain_of(call: Call) -> list[Call]:
    """The calls of a chain, the first one first: `Order.objects.all().filter(open=True)`."""
    made = [call]
    while isinstance(of := called_on(made[0]), Call):
        made.insert(0, of)
    return made


def root_of(expr: Expr, through: Container[str]) -> str:
    """The name with which an expression begins, or what one of the functions `through` is given; empty where it is none."""
    if isinstance(expr, Call) and expr.callee in through and expr.args:
        expr = expr.args[0]
    elif isinstance(expr, Star):
        expr = expr.value
    elif isinstance(expr, Op) and expr.op in ("in", "not in"):
        expr = expr.operands[-1]
    while isinstance(expr, Call | Item | Attr):
        of = called_on(expr) if isinstance(expr, Call) else expr.of
        if of is None:
            return ""
        expr = of
    return written_name(expr).partition(".")[0]


def methods_of(expr: Expr) -> frozenset[str]:
    """The methods of a chain of calls."""
    made = set[str]()
    while isinstance(expr, Call | Item):
        if isinstance(expr, Item):
            expr = expr.of
            continue
        made.add(expr.method)
        of = called_on(expr)
        if of is None:
            break
        expr = of
    return frozenset(made)


def begins_with(expr: Expr, name: str) -> bool:
    """Whether a chain of calls begins with a name."""
    while isinstance(expr, Call | Item):
        of = expr.of if isinstance(expr, Item) else called_on(expr)
        if of is None:
            return False
        expr = of
    return written_name(expr) == name
