"""Functions of the project that make what the serializer cannot take, and give it back: `send.delay(find_order(pk))`."""

from __future__ import annotations

from taskguard.facts.statements import Return
from taskguard.project.hazards.payloads.things import Things
from taskguard.project.python.flow import body_about, is_none, spots_of
from taskguard.query import cyclic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.payloads.objects import Thing
    from taskguard.project.python.project import Module


@cyclic(None)
def given_out(module: Module, qualname: str) -> Thing | None:
    """What each `return` of a function of a module gives, None aside; None where it may be something that can be written, or nobody knows."""
    function = module.function(qualname)
    if function is None or function.holder != "module" or function.decorators or len(module.entries(qualname)) != 1:
        return None
    if function.is_async or function.is_generator or function.guard:
        return None
    body = body_about(module, function, ("return",))
    things = Things(module, function, body, given_out) if body is not None else None
    made: list[Thing | None] = []
    for spot in spots_of(body) if body is not None else ():
        one = spot.statement
        if isinstance(one, Return) and one.value is not None and not is_none(one.value) and things is not None:
            made.append(things.thing(one.value, spot))
    first = made[0] if made else None
    same = first is not None and all(
        one is not None and one.unfit and not one.by_use and (one.kind, one.text) == (first.kind, first.text)
        for one in made
    )
    return first if same else None
