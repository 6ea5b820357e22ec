"""The rounds of a comprehension whose loop goes over values that the code writes out: `[Queue(name) for name in NAMES]`."""

from __future__ import annotations

from taskguard.facts.comprehensions import loop_of
from taskguard.facts.model import Call, Opaque, Ref
from taskguard.project.python.bound import Bound, Mapping, evaluates, mapping_of, maps, opened, value_of, whole
from taskguard.project.python.values import Known, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    Held = Bound | Value | Mapping

MOST = 200


def rounds(bound: Bound, keyed: bool = False) -> list[Bound] | None:
    """What each round makes, in its place: of a dict comprehension (`keyed`) dicts of one entry. None where the loop cannot be told."""
    loop = loop_of(bound.expr) if isinstance(bound.expr, Opaque) else None
    if loop is not None and loop.keyed is not keyed:
        return None
    over = _given(bound.other(loop.over)) if loop is not None else None
    if loop is None or over is None or len(over) > MOST:
        return None
    made = []
    for given in over:
        parts = _parts(given, loop.many)
        if len(parts) != len(loop.names):
            return None
        env = {**(bound.env or {}), **dict(zip(loop.names, parts, strict=True))}
        made.append(Bound(loop.element, bound.module, bound.scope, env, bound.depth + 1))
    return made


class Pair:
    """A key and what a dict has under it."""

    __slots__ = ("parts",)

    def __init__(self, key: Value, held: Held) -> None:
        self.parts = [key, held]


def _given(over: Bound) -> list[Value | Pair] | None:
    """What the loop is given, round by round."""
    expr = over.expr
    if isinstance(expr, Call) and expr.callee.endswith(".items") and not expr.args:
        held = mapping_of(over.other(Ref(expr.callee.removesuffix(".items"), expr.span)))
        return None if held.open else [Pair(Known(key), value) for key, value in held.entries.items()]
    value = value_of(over)
    if not isinstance(value, Known) or not isinstance(value.value, list | tuple | dict):
        return None
    return [Known(one, value.files) for one in value.value]


def _parts(given: Value | Pair, many: bool) -> list[Held]:
    """What the names of the loop get in one round; nothing where that cannot be told."""
    if isinstance(given, Pair):
        return given.parts if many else []
    if not many:
        return [given]
    if not isinstance(given, Known) or not isinstance(given.value, list | tuple):
        return []
    return [Known(one, given.files) for one in given.value]


@evaluates(Opaque)
def _comprehension(bound: Bound, expr: Opaque) -> Value:
    made = rounds(bound)
    if made is None and rounds(bound, keyed=True) is not None:
        return whole(mapping_of(bound))
    if made is None:
        return Unknown(f"a {expr.kind}")
    values = [value_of(one) for one in made]
    files = tuple(dict.fromkeys(file for one in values for file in one.files))
    unknown = next((one for one in values if not isinstance(one, Known)), None)
    if unknown is not None:
        return Unknown(unknown.why if isinstance(unknown, Unknown) else "an absent value", files)
    return Known([one.value for one in values], files)


@maps(Opaque)
def _dict_comprehension(bound: Bound, expr: Opaque) -> Mapping:
    every = rounds(bound, keyed=True)
    if every is None:
        return opened(f"a {expr.kind}")
    made = Mapping()
    for one in every:
        made.merge(mapping_of(one))
    return made
