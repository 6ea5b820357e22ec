"""Clients that the process keeps, handed on to a function of the project that asks them for something."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Ref
from taskguard.facts.statements import Inner
from taskguard.project.hazards.bodies.kept_pools import GIVING_BACK, Pool, kept_client
from taskguard.project.hazards.calls.fitting import argument_for
from taskguard.project.python.flow import below, body_of, bound_in, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module


def pool_handed(module: Module, scope: str, parts: Iterable[Expr], body: Body) -> Pool | None:
    """The client that one of these expressions hands on to a coroutine that takes a connection of it: `keep(get_client(), pk)`."""
    for part in parts:
        if not isinstance(part, Call) or not part.callee or not (part.args or part.keywords):
            continue
        found = resolve(module, part.callee, scope)
        function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
        if function is None or found.module is None or not function.is_async or function.holder != "module":
            continue
        for name in _asked(found.module, function.qualname):
            pool = kept_client(module, scope, argument_for(part, function.params, name), body)
            if pool is not None:
                return pool
    return None


@query
def _asked(module: Module, qualname: str) -> tuple[str, ...]:
    """The parameters of a coroutine of which it awaits a method, and that it neither closes, binds anew nor hands on."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    if function is None or body is None:
        return ()
    held = [
        part for spot in spots_of(body, inner=True) for expr in expressions(spot.statement) for part, _ in below(expr)
    ]
    awaited = [one.parts[0] for one in held if isinstance(one, Inner) and one.kind == "await" and len(one.parts) == 1]
    asked = [one.callee.split(".") for one in awaited if isinstance(one, Call) and one.callee.count(".") == 1]
    used = {head for head, method in asked if method not in GIVING_BACK}
    alone = {one.name for part in held for one in _given(part) if isinstance(one, Ref)}
    closed = {
        one.callee.rpartition(".")[0]
        for one in held
        if isinstance(one, Call) and one.callee.rpartition(".")[2] in GIVING_BACK
    }
    entered = {
        one.name for spot in spots_of(body, inner=True) for one in expressions(spot.statement) if isinstance(one, Ref)
    }
    return tuple(
        one.name
        for one in function.params
        if one.name in used and one.name not in alone | closed | entered and not bound_in(body, one.name)
    )


def _given(part: Expr) -> tuple[Expr, ...]:
    return (*part.args, *(one.value for one in part.keywords)) if isinstance(part, Call) else ()
