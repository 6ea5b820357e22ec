"""Which fixes can be applied at once: those that touch no place twice."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right, insort
from operator import and_

from taskguard.diagnostics import Span
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.diagnostics import Diagnostic, Edit

    Point = tuple[int, int]

LAST = (sys.maxsize, 0)


class Batch(Record):
    """Diagnostics whose fixes go together, and all edits of these, each once."""

    fixed: tuple[Diagnostic, ...]
    edits: tuple[Edit, ...]

    def by_path(self) -> dict[str, list[Edit]]:
        made: dict[str, list[Edit]] = {}
        for one in self.edits:
            made.setdefault(one.path, []).append(one)
        return made


def together(wanted: Iterable[Diagnostic]) -> Batch:
    """As many of the diagnostics as can be fixed at once; those that come first go first.

    An edit that several fixes have in common (an import that two tasks need) is made once.
    """
    taken: dict[Edit, None] = {}
    places: dict[str, Places] = {}
    chosen = []
    for one in wanted:
        edits = one.fix.edits if one.fix is not None else ()
        new = [edit for edit in edits if edit not in taken]
        if any(edit.path in places and not places[edit.path].free(edit) for edit in new):
            continue
        for edit in new:
            taken[edit] = None
            places.setdefault(edit.path, Places()).take(edit)
        chosen.append(one)
    return Batch(tuple(chosen), tuple(taken))


class Places:
    """What is edited in a file: spans that do not overlap, and points at which something is inserted, both in order.

    Two edits get in each other's way where they overlap, or where one inserts where the other begins, ends or inserts. Whole lines, and items
    of a list with their commas, may go to the same place.
    """

    def __init__(self) -> None:
        self._spans: list[tuple[Point, Point]] = []
        self._points: list[Point] = []
        self._inserted: dict[Point, set[tuple[bool, ...]]] = {}

    def free(self, edit: Edit) -> bool:
        """Whether nothing that is taken gets in the way of an edit."""
        start, end = _bounds(edit.span)
        if start == end:
            before = bisect_right(self._spans, (start, LAST))
            kinds = _kinds(edit.text)
            within = before > 0 and self._spans[before - 1][1] >= start
            return not within and all(any(map(and_, kinds, other)) for other in self._inserted.get(start, ()))
        before = bisect_left(self._spans, (end, end))
        point = bisect_left(self._points, start)
        return not (before > 0 and self._spans[before - 1][1] > start) and not (
            point < len(self._points) and self._points[point] <= end
        )

    def take(self, edit: Edit) -> None:
        start, end = _bounds(edit.span)
        if start != end:
            insort(self._spans, (start, end))
            return
        if start not in self._inserted:
            insort(self._points, start)
        self._inserted.setdefault(start, set()).add(_kinds(edit.text))


def _kinds(text: str) -> tuple[bool, ...]:
    """Of which kinds a text is that may go where another one of the same kind goes: an item behind its comma, one before it, whole lines."""
    return text.startswith(","), text.rstrip().endswith(","), text.endswith(("\n", "\r"))


def _bounds(span: Span) -> tuple[Point, Point]:
    return (span.line, span.column), (span.end_line, span.end_column)
