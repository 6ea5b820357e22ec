"""Numbers that settings have where the environment sets nothing: `int(os.environ.get("LIMIT", "600"))`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Op
from taskguard.facts.questions import holds
from taskguard.project.celery.brokers import ENVIRONMENT
from taskguard.project.celery.routes import followed
from taskguard.project.python.bound import Bound
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Project

DEEPEST = 8
NUMBERS: dict[str, Callable[[float, float], float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other if other else 0.0,
    "//": lambda one, other: one // other if other else 0.0,
}


class ByDefault(Record):
    """A number, and the variables of the environment that may make another one of it."""

    number: float
    variables: tuple[str, ...] = ()


def by_default(value: object) -> ByDefault | None:
    """The number that an expression gives where the environment has none of its variables; None where that is no number, or cannot be told."""
    return _number(value, 0) if isinstance(value, Bound) else None


def is_set_by_deployment(project: Project, variables: tuple[str, ...]) -> bool:
    """Whether a deployment file names one of these variables."""
    return bool(variables) and any(holds(project, path, *variables) for path in sorted(project.markers))


def _number(bound: Bound, depth: int) -> ByDefault | None:
    held = followed(bound)
    expr = held.expr
    if depth > DEEPEST:
        return None
    if isinstance(expr, Const):
        return _plain(expr.value)
    if isinstance(expr, Op):
        return _computed(held, expr, depth)
    if not isinstance(expr, Call) or isinstance(expr.func, Attr):
        return None
    if expr.callee in ("int", "float") and len(expr.args) == 1:
        return _number(held.other(expr.args[0]), depth + 1)
    return _asked(held, expr, depth) if ENVIRONMENT.search(expr.callee) else None


def _asked(bound: Bound, call: Call, depth: int) -> ByDefault | None:
    first = call.args[0] if call.args else None
    default = call.keyword("default") or (call.args[1] if len(call.args) > 1 else None)
    if not isinstance(first, Const) or not isinstance(first.value, str) or default is None:
        return None
    given = _number(bound.other(default), depth + 1)
    return None if given is None else given.replace(variables=(first.value, *given.variables))


def _computed(bound: Bound, expr: Op, depth: int) -> ByDefault | None:
    if expr.op == "or" and len(expr.operands) == 2:
        name = _variable(expr.operands[0])
        given = _number(bound.other(expr.operands[1]), depth + 1) if name else None
        return None if given is None else given.replace(variables=(name, *given.variables))
    work = NUMBERS.get(expr.op)
    parts = [_number(bound.other(one), depth + 1) for one in expr.operands] if work is not None else []
    if work is None or len(parts) < 2 or parts[0] is None:
        return None
    made = parts[0]
    for one in parts[1:]:
        if one is None:
            return None
        made = ByDefault(work(made.number, one.number), (*made.variables, *one.variables))
    return made


def _variable(expr: Expr) -> str:
    """The variable that a call asks the environment for, without a default."""
    if not isinstance(expr, Call) or not ENVIRONMENT.search(expr.callee) or len(expr.args) != 1 or expr.keywords:
        return ""
    name = expr.args[0].value if isinstance(expr.args[0], Const) else None
    return name if isinstance(name, str) else ""


def _plain(value: object) -> ByDefault | None:
    if isinstance(value, str):
        return ByDefault(float(value)) if value.strip().isdigit() else None
    return ByDefault(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
