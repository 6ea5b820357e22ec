"""What a local name holds, where a function binds it once and does nothing with it but hand it to calls that send."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Ref
from taskguard.facts.statements import Define
from taskguard.project.python.flow import below, body_about, bound_in, expressions, spots_of, values_bound
from taskguard.project.python.names import resolve
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

# Calls that change nothing of what they are given.
HARMLESS = frozenset(
    "delay apply_async delay_on_commit apply_async_on_commit apply send_task retry set s si signature subtask starmap chunks debug info warning error exception print len str repr".split()
)


def kept_value(module: Module, scope: str, name: str) -> Expr | None:
    """The one value of a local name that nothing changes; None where there is none, or another may count."""
    if not scope or "." in name or resolve(module, name, scope).kind != "local":
        return None
    return _kept(module, scope.partition(".<locals>")[0], name)


def bound_values(module: Module, scope: str, name: str) -> tuple[Expr, ...]:
    """All values that a function gives a local name; none where something else gives it one."""
    if not scope or "." in name or resolve(module, name, scope).kind != "local":
        return ()
    return _all_bound(module, scope.partition(".<locals>")[0], name)


@query
def _all_bound(module: Module, outer: str, name: str) -> tuple[Expr, ...]:
    function = module.function(outer)
    body = body_about(module, function, (), (name,)) if function is not None else None
    if body is None or _is_parameter(body, name):
        return ()
    values = [value for value, _ in bound_in(body, name)]
    made = tuple(one for one in values if one is not None)
    return made if len(made) == len(values) else ()


@query
def _kept(module: Module, outer: str, name: str) -> Expr | None:
    function = module.function(outer)
    body = body_about(module, function, (), (name,)) if function is not None else None
    if body is None or _is_parameter(body, name):
        return None
    values = [value for value, _ in bound_in(body, name)]
    if len(values) != 1 or values[0] is None:
        return None
    return values[0] if _left_alone(body, name) else None


def _is_parameter(body: Body, name: str) -> bool:
    """Whether a name is that of a parameter, of a function within too, or bound there."""
    if any(one.name == name for one in body.params):
        return True
    for spot in spots_of(body, inner=True):
        one = spot.statement
        if isinstance(one, Define) and (any(each.name == name for each in one.params) or values_bound(one.body, name)):
            return True
    return False


def _left_alone(body: Body, name: str) -> bool:
    for spot in spots_of(body, inner=True):
        for expr in expressions(spot.statement):
            for one, within in below(expr):
                if not isinstance(one, Ref) or one.name.partition(".")[0] != name or _is_binding(spot.statement, one):
                    continue
                if one.name != name or not _is_handed(within):
                    return False
    return True


def _is_binding(statement: object, one: Expr) -> bool:
    return one in getattr(statement, "targets", ()) and getattr(statement, "op", "") == "="


def _is_handed(within: tuple[Expr, ...]) -> bool:
    """Whether the innermost call around a name is one that changes nothing of it."""
    for one in reversed(within):
        if isinstance(one, Call):
            last = one.method
            return last in HARMLESS
    return False
