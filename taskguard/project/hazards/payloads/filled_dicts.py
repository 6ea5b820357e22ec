"""What a function has put into a dict that it hands over as a whole: `data = {}; data["order"] = order; send.delay(**data)`."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Expr, Item, Ref
from taskguard.facts.statements import Let
from taskguard.project.python.flow import bound_in, spots_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Called, Spot


def spread(body: Body, called: Called) -> Iterator[tuple[Expr, Spot]]:
    """The values under keys that are written out, each with the statement that put it there. None of a dict that is bound more than once, nor of keys that are."""
    if called.later:
        return
    kwargs = called.call.keyword("kwargs")
    given = [one.value for one in called.call.keywords if one.name is None]
    for name in [one.name for one in (*given, kwargs) if isinstance(one, Ref) and "." not in one.name]:
        bound = bound_in(body, name)
        first = bound[0] if len(bound) == 1 else None
        if first is None or not (
            isinstance(first[0], Dict) or (isinstance(first[0], Call) and first[0].callee == "dict")
        ):
            continue
        held = [*_written(first[0], first[1]), *_added(body, name)]
        keys = [key for key, _, _ in held]
        yield from ((value, spot) for key, value, spot in held if keys.count(key) == 1)


def _written(made: Dict | Call, spot: Spot) -> Iterator[tuple[object, Expr, Spot]]:
    if isinstance(made, Dict):
        yield from ((key.value, value, spot) for key, value in made.items if isinstance(key, Const))
    else:
        yield from ((one.name, one.value, spot) for one in made.keywords if one.name)


def _added(body: Body, name: str) -> Iterator[tuple[object, Expr, Spot]]:
    """What statements of the function put into it one by one."""
    for spot in spots_of(body):
        one = spot.statement
        for target in one.targets if isinstance(one, Let) else ():
            if not isinstance(target, Item) or not isinstance(target.of, Ref) or target.of.name != name:
                continue
            if isinstance(target.index, Const) and isinstance(one, Let):
                yield target.index.value, one.value, spot
