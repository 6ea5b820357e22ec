"""Definitions within a function that stand behind its end: no run of the function makes them."""

from __future__ import annotations

from taskguard.facts.statements import Define, Jump, Raise, Return
from taskguard.project.python.flow import blocks, body_of, spots_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body, Statement
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module

LOCALS = ".<locals>."


def is_never_reached(module: Module, function: Function) -> bool:
    """Whether a function is defined behind a `return`, `raise`, `break` or `continue` of the same block, or within what is."""
    outer = module.function(function.qualname.partition(LOCALS)[0]) if LOCALS in function.qualname else None
    body = body_of(module, outer) if outer is not None else None
    if body is None:
        return False
    held = [spot for spot in spots_of(body, inner=True) if _is_of(spot, function)]
    return len(held) == 1 and any(_ends_before(block, one) for block, one in _path(body, held[0]))


def _is_of(spot: Spot, function: Function) -> bool:
    one = spot.statement
    return isinstance(one, Define) and one.name == function.name and one.span.line == function.span.line


def _path(body: Body, spot: Spot) -> list[tuple[tuple[Statement, ...], Statement]]:
    """The blocks around a statement, the outermost first, each with the statement in it that leads there."""
    steps = [*(one.statement for one in spot.around), spot.statement]
    inside = [body.statements]
    for around in spot.around:
        inside.append(next(block for one, block in blocks(around.statement) if one == around))
    return list(zip(inside, steps, strict=True))


def _ends_before(block: tuple[Statement, ...], one: Statement) -> bool:
    """Whether a block is left before a statement of it."""
    for each in block:
        if each is one:
            return False
        if isinstance(each, Return | Raise) or (isinstance(each, Jump) and each.kind != "pass"):
            return True
    return False
