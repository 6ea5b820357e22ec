"""Functions of the project that give back what they were given: `order = mark_paid(order)`."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Ref, Star
from taskguard.project.python.flow import body_about, bound_in, is_none, returned
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


def given_through(module: Module, qualname: str, call: Call) -> Expr | None:
    """The argument that a call of a function of a module surely gives back as it is, unless it gives back None."""
    place = _place(module, qualname)
    if place is None or any(isinstance(one, Star) for one in call.args):
        return None
    number, name = place
    return call.args[number] if number < len(call.args) else call.keyword(name)


@query
def _place(module: Module, qualname: str) -> tuple[int, str] | None:
    """The number and name of the parameter that each `return` of a function gives back, and that nothing in it binds anew."""
    function = module.function(qualname)
    if (
        function is None
        or function.holder != "module"
        or function.decorators
        or function.is_async
        or function.is_generator
        or len(module.entries(qualname)) != 1
    ):
        return None
    body = body_about(module, function, ("return",), [one.name for one in function.params])
    given = returned(body) if body else []
    names = {one.name if isinstance(one, Ref) else "" for one in given if one is not None and not is_none(one)}
    if body is None or len(names) != 1:
        return None
    name = names.pop()
    for number, param in enumerate(function.params):
        if param.name == name and param.kind in ("positional", "both"):
            return None if bound_in(body, name) else (number, name)
    return None
