"""What helpers are called with that make rows of django-celery-beat: `add_daily(apps, "send", "shop.tasks.send")`, whose function writes `task=task`."""

from __future__ import annotations

from taskguard.facts.model import Const, Ref
from taskguard.project.celery.migration_files import undoing
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.flow import body_of, bound_in, calls_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call, Expr, Function
    from taskguard.project.python.project import Module

# A helper that more files name than this is none of those that make rows.
MOST = 200


def handed(held: object) -> list[tuple[Bound, Expr]]:
    """The strings that the project gives the parameter that an expression is, each with its call; none where it is no parameter, or is given a value on the way."""
    if not isinstance(held, Bound) or not isinstance(held.expr, Ref):
        return []
    module, name = held.module, held.expr.name
    function = module.function(held.scope)
    if function is None or function.holder != "module" or function.decorators or _is_set(module, function, name):
        return []
    place = next((at for at, one in enumerate(function.params) if one.name == name), None)
    if place is None or function.params[place].kind in ("var", "rest"):
        return []
    paths = module.project.search(function.name)
    return list(_given(module, function, place, paths)) if len(paths) <= MOST else []


def _is_set(module: Module, function: Function, name: str) -> bool:
    body = body_of(module, function)
    return body is None or bool(bound_in(body, name))


def _given(maker: Module, function: Function, place: int, paths: list[str]) -> Iterator[tuple[Bound, Expr]]:
    lasts = frozenset((function.name,))
    for path in paths:
        module = maker.project.modules[path]
        undone = undoing(module)
        for caller in module.facts.functions if not in_tests(path) else ():
            body = body_of(module, caller) if caller.called(lasts) and caller.qualname not in undone else None
            for called in calls_of(body) if body is not None else ():
                given = _argument(called.call, function, place)
                if isinstance(given, Const) and _leads_to(module, called.call, caller, maker, function):
                    yield Bound(called.call, module, caller.qualname), given


def _argument(call: Call, function: Function, place: int) -> Expr | None:
    """What a call gives a parameter, by its place or by its name."""
    param = function.params[place]
    named = call.keyword(param.name)
    if named is not None or param.kind == "keyword":
        return named
    plain = all(isinstance(one, Const | Ref) for one in call.args[: place + 1])
    return call.args[place] if plain and place < len(call.args) else None


def _leads_to(module: Module, call: Call, caller: Function, maker: Module, function: Function) -> bool:
    if call.callee.rpartition(".")[2] != function.name:
        return False
    found = resolve(module, call.callee, caller.qualname)
    return found.kind == "symbol" and found.module is maker and found.path == function.qualname
