"""What a local name may be bound to at one place of a function."""

from __future__ import annotations

from taskguard.facts.statements import Loop, Raise, Return, Try, With
from taskguard.project.python.flow import Spot, blocks, bound_in, spots_of
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Around


class Reached(Record):
    """What binds a name: `value` is None for what is no plain `name = value`. `spot` is the statement that does it."""

    value: Expr | None
    spot: Spot


class Reaching(Record):
    """The bindings that a name may have at a place. `entry` says that it may be what it was when the function began: a parameter, or a name of outside."""

    binds: tuple[Reached, ...]
    entry: bool


def reaching(body: Body, name: str, at: Spot, whole: bool = False) -> Reaching:
    """The bindings of a local name that a statement may see. `whole`: all of the function, for what is done later."""
    order = _order(body)
    place = order.get(id(at.statement), len(order))
    before: list[Reached] = []
    after: list[Reached] = []
    surely: Spot | None = None
    for value, spot in bound_in(body, name):
        made = Reached(value, spot)
        if order[id(spot.statement)] >= place:
            after.append(made)
        elif isinstance(spot.statement, Try) and not _inside(spot, at):
            continue  # the name of a handler is unbound behind it
        elif leaves(spot, at):
            continue
        else:
            if dominates(spot, at):
                before, surely = [], spot
            before.append(made)
    if whole:
        return Reaching((*before, *after), surely is None)
    again = [one for one in after if _comes_round(one.spot, at, surely)]
    return Reaching((*before, *again), surely is None)


@query
def _order(body: Body) -> dict[int, int]:
    """The place of each statement of a function."""
    return {id(one.statement): number for number, one in enumerate(spots_of(body))}


def _frames(spot: Spot) -> list[tuple[int, str, int]]:
    return [_frame(one) for one in spot.around if not isinstance(one.statement, With)]


def _frame(one: Around) -> tuple[int, str, int]:
    return id(one.statement), one.part, one.number


def _inside(spot: Spot, at: Spot) -> bool:
    """Whether a place stands in the body of a loop, or a handler, which binds the name."""
    return any(one.statement is spot.statement and one.part in ("body", "handler") for one in at.around)


def dominates(spot: Spot, at: Spot) -> bool:
    """Whether each way to a place passes a binding."""
    if isinstance(spot.statement, Loop | Try) and not _inside(spot, at):
        return False
    frames, held = _frames(spot), _frames(at)
    return held[: len(frames)] == frames


def leaves(spot: Spot, at: Spot) -> bool:
    """Whether the function is left in the block of a binding before the place is reached."""
    held = {_frame(one) for one in at.around}
    for one in spot.around:
        if _frame(one) in held:
            continue
        block = next((block for each, block in blocks(one.statement) if each == one), ())
        if block and isinstance(block[-1], Return | Raise):
            return True
    return False


def _comes_round(spot: Spot, at: Spot, surely: Spot | None) -> bool:
    """Whether a binding behind a place is seen there in the next round of a loop."""
    loops = [
        one.statement
        for one in at.around
        if isinstance(one.statement, Loop) and any(each.statement is one.statement for each in spot.around)
    ]
    if not loops:
        return False
    if surely is None:
        return True
    outer = loops[0]
    return not (surely.statement is outer or any(one.statement is outer for one in surely.around))
