"""What an object surely is of which a method is called: by the annotation of a parameter, by what makes it, by its import."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Ref
from taskguard.facts.statements import With
from taskguard.patterns import regex
from taskguard.project.hazards.payloads.parameters import ANNOTATED, NAME, OPTIONAL
from taskguard.project.python.flow import body_about, bound_in
from taskguard.project.python.names import resolve, resolved_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from taskguard.facts.model import Expr, Function
    from taskguard.project.python.project import Module

# Who keeps what it is given for the time after the response.
BACKGROUND = regex(r"(?:fastapi|fastapi\.background|starlette\.background)\.BackgroundTasks\Z")


def receiver_of(call: Call) -> Expr | None:
    """The expression whose method is called; None where a name alone is called."""
    if isinstance(call.func, Attr):
        return call.func.of
    head = call.callee.rpartition(".")[0]
    return Ref(head, call.func.span) if head else None


def is_one_of(module: Module, scope: str, expr: Expr | None, wanted: re.Pattern[str]) -> bool:
    """Whether an expression surely is an object whose class, or the function that makes it, or whose own name is one of these."""
    if isinstance(expr, Call):
        return bool(expr.callee) and _named(module, scope, expr.callee, wanted)
    if not isinstance(expr, Ref):
        return False
    head, _, rest = expr.name.partition(".")
    holder = module.function(scope)
    while holder is not None and not holder.binds(head) and ".<locals>." in holder.qualname:
        holder = module.function(holder.qualname.rpartition(".<locals>.")[0])
    if holder is not None and holder.binds(head):
        if rest:
            return _of_self(module, holder, head, rest, wanted)
        param = next((one for one in holder.params if one.name == head), None)
        if param is not None:
            return _annotated(module, scope, param.annotation, wanted)
        return _made_here(module, holder, head, wanted)
    found = resolve(module, expr.name, scope)
    if found.kind == "external":
        return wanted.match(found.path) is not None
    if found.kind != "symbol" or found.module is None:
        return False
    entries = found.module.entries(found.path)
    values = [one.value if isinstance(one, Binding) else None for one in entries]
    return bool(values) and all(
        isinstance(one, Call) and bool(one.callee) and _named(found.module, "", one.callee, wanted) for one in values
    )


def _named(module: Module, scope: str, name: str, wanted: re.Pattern[str]) -> bool:
    return wanted.match(resolved_name(module, name, scope)) is not None


def _annotated(module: Module, scope: str, annotation: str, wanted: re.Pattern[str]) -> bool:
    """Whether an annotation names such a class, `Annotated[…]` and `… | None` looked through."""
    text = annotation.strip().strip("\"'").strip()
    for pattern in (ANNOTATED, OPTIONAL):
        found = pattern.match(text)
        if found is not None:
            text = next((one for one in found.groups() if one), "").strip().strip("\"'")
    return bool(NAME.match(text)) and _named(module, scope, text, wanted)


def _made_here(module: Module, holder: Function, name: str, wanted: re.Pattern[str]) -> bool:
    """Whether all that a function binds a name to is made so: `with ThreadPoolExecutor() as pool` and `pool = ThreadPoolExecutor()`."""
    body = body_about(module, holder, (), (name,))
    made: list[Expr | None] = []
    for value, spot in bound_in(body, name) if body is not None else ():
        one = spot.statement
        if value is None and isinstance(one, With):
            value = next((item for item, held in one.items if isinstance(held, Ref) and held.name == name), None)
        made.append(value)
    return bool(made) and all(
        isinstance(one, Call) and bool(one.callee) and _named(module, holder.qualname, one.callee, wanted)
        for one in made
    )


def _of_self(module: Module, holder: Function, own: str, attribute: str, wanted: re.Pattern[str]) -> bool:
    """Whether all that the class of a method sets an attribute of its objects to is made so."""
    klass = holder.qualname.rpartition(".")[0]
    if holder.holder != "class" or "." in attribute or not holder.params or holder.params[0].name != own:
        return False
    if module.attribute(klass, attribute) is not None:
        return False
    set_so = [one for one in module.places.assigns_to(f"{own}.{attribute}") if one.scope.startswith(f"{klass}.")]
    return bool(set_so) and all(
        isinstance(one.value, Call) and bool(one.value.callee) and _named(module, one.scope, one.value.callee, wanted)
        for one in set_so
    )
