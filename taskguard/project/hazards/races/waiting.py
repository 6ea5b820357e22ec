"""Whether a call that sends has the task wait a while, as one does who knows of a race."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Expr, Function, Ref
from taskguard.project.python.flow import body_of, bound_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


def waits(module: Module, function: Function, call: Call) -> bool:
    """Whether a call surely or possibly says so: not where all that it says may be 0, and nobody minds."""
    given = [call.keyword(name) for name in ("countdown", "eta")]
    return any(one is not None and not _is_nothing(one) and not _from_0(module, function, one) for one in given)


def _from_0(module: Module, function: Function, expr: Expr) -> bool:
    """Whether a number may be 0 and nobody minds: `max(0, due)`, also by a local name that is bound to nothing else."""
    if isinstance(expr, Call) and expr.callee in ("max", "int") and not function.binds(expr.callee):
        given = expr.args[:1] if expr.callee == "int" else expr.args
        return any((expr.callee == "max" and _is_0(one)) or _from_0(module, function, one) for one in given)
    if not isinstance(expr, Ref) or "." in expr.name or any(one.name == expr.name for one in function.params):
        return False
    body = body_of(module, function) if function.binds(expr.name) else None
    values = [value for value, _ in bound_in(body, expr.name)] if body is not None else []
    return bool(values) and all(
        one is not None and (_is_nothing(one) or _from_0(module, function, one)) for one in values
    )


def _is_nothing(expr: Expr) -> bool:
    return isinstance(expr, Const) and not expr.value


def _is_0(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value == 0 and not isinstance(expr.value, str)
