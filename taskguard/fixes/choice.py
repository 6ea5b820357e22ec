"""Which fixes can be applied at once: those that touch no place twice."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.diagnostics import Diagnostic, Edit


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
    by_path: dict[str, list[Edit]] = {}
    chosen = []
    for one in wanted:
        edits = one.fix.edits if one.fix is not None else ()
        new = [edit for edit in edits if edit not in taken]
        if any(clash(edit, other) for edit in new for other in by_path.get(edit.path, ())):
            continue
        for edit in new:
            taken[edit] = None
            by_path.setdefault(edit.path, []).append(edit)
        chosen.append(one)
    return Batch(tuple(chosen), tuple(taken))


def clash(one: Edit, other: Edit) -> bool:
    """Whether two edits of a file get in each other's way: they overlap, or one inserts where the other begins, ends or inserts.

    Whole lines, and items of a list with their commas, may go to the same place.
    """
    (start, end), (from_, to) = _bounds(one.span), _bounds(other.span)
    if start == end == from_ == to:
        texts = (one.text, other.text)
        lists = all(text.startswith(",") for text in texts) or all(text.rstrip().endswith(",") for text in texts)
        return not (lists or all(text.endswith(("\n", "\r")) for text in texts))
    if start == end or from_ == to:
        return start <= to and from_ <= end
    return start < to and from_ < end


def _bounds(span: Span) -> tuple[tuple[int, int], tuple[int, int]]:
    return (span.line, span.column), (span.end_line, span.end_column)
