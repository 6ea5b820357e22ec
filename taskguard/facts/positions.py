"""Where things stand in a file, apart from what they say: two texts of a file may say the same at other places."""

from __future__ import annotations

import itertools

from taskguard.diagnostics import Span
from taskguard.facts.model import Class, Function
from taskguard.facts.watched import BODY, CLASS_BODY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

# The field that holds a line in place of a span; those that are parts by themselves.
HEAD_ENDS: dict[type, int] = {kind: kind.fields.index("head_end") for kind in (Function, Class)}
APART: dict[type, frozenset[int]] = {
    Function: frozenset((*BODY, HEAD_ENDS[Function])),
    Class: frozenset((*CLASS_BODY, HEAD_ENDS[Class])),
}
NONE: frozenset[int] = frozenset()
Point = tuple[int, int]


def alike(one: Any, other: Any) -> bool:
    """Whether two pieces of facts say the same, wherever it stands."""
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is Span:
        return True
    if not isinstance(one, tuple):
        return bool(one == other)
    if len(one) != len(other):
        return False
    apart = APART.get(kind, NONE)
    return all(place in apart or alike(*pair) for place, pair in enumerate(zip(one, other)))


def points(value: Any) -> list[Point]:
    """The line and column of each place that a piece of facts names, in an order that depends on what is said alone."""
    made: list[Point] = []
    if isinstance(value, tuple):
        _collect(value, made)
    return made


def _collect(value: Any, made: list[Point]) -> None:
    kind = type(value)
    if kind is Span:
        line, column, end_line, end_column = value
        made += ((line, column), (end_line, end_column))
        return
    apart = APART.get(kind, NONE)
    for place, one in enumerate(value):
        if isinstance(one, tuple) and place not in apart:
            _collect(one, made)


def placeless(value: Any) -> Any:
    """A piece of facts without the places in it."""
    if type(value) is Span:
        return None
    return tuple(map(placeless, value)) if isinstance(value, tuple) else value


def heads(value: Any) -> Iterator[Point]:
    """The beginnings of the last lines of signatures. A comment behind one counts as a part of it, so these do not move as places do."""
    if type(value) in HEAD_ENDS:
        yield value[HEAD_ENDS[type(value)]], 1
    elif type(value) is tuple:
        for one in value:
            yield from heads(one)


def _paired(told: Callable[[Any], Iterable[Point]], old: Any, new: Any) -> Iterator[tuple[Point, Point]]:
    """The places in a piece of facts, before and now."""
    before = list(told(old))
    return zip(before, before if old == new else told(new), strict=True)


class Moved:
    """Where what pieces of one file's facts name has gone to in another text of it, of which they say the same.

    `blocks` are the places, before and now, of lines that are the same letter by letter: what stands somewhere in them has moved along.
    """

    def __init__(self, alike_pieces: Iterable[tuple[Any, Any]], blocks: Iterable[tuple[Span, Span]] = ()) -> None:
        self._blocks = list(blocks)
        self.points: dict[Point, Point | None] = {}
        self._lines: dict[int, int | None] = {}
        both = [*alike_pieces, *(((old,), (new,)) for old, new in self._blocks)]
        pairs = [pair for old, new in both for pair in _paired(points, old, new)]
        ends = [pair for old, new in both for pair in _paired(heads, old, new)]
        self.in_order = _in_order(pairs)
        self.shifted = any(one[0] != other[0] for one, other in pairs)
        for one, other in (*pairs, *ends):
            if self.points.setdefault(one, other) != other:
                self.points[one] = None
            if self._lines.setdefault(one[0], other[0]) != other[0]:
                self._lines[one[0]] = None

    def names(self, before: int) -> bool:
        """Whether something stands in a line."""
        return before in self._lines

    def line(self, before: int) -> int | None:
        """The line that a line has become, None where that cannot be said."""
        return self._lines[before] if before in self._lines else self._in_block(before)

    def point(self, line: int, column: int) -> Point | None:
        """The place that a place has become, None where that cannot be said."""
        if (line, column) in self.points:
            return self.points[line, column]
        now = self._in_block(line)
        return (now, column) if now is not None else None

    def _in_block(self, line: int) -> int | None:
        there = {line - old.line + new.line for old, new in self._blocks if old.line <= line <= old.end_line}
        return there.pop() if len(there) == 1 else None


def _in_order(pairs: list[tuple[Point, Point]]) -> bool:
    """Whether the places stand in the same order as before, and those on one line on one line."""
    ordered = sorted(pairs)
    for (one, one_now), (other, other_now) in itertools.pairwise(ordered):
        if (one < other) != (one_now < other_now) or (one == other) != (one_now == other_now):
            return False
        if (one[0] == other[0]) != (one_now[0] == other_now[0]):
            return False
    return True
