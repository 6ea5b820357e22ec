"""The items of a list that is written out: names of an import, strings of `__all__`. One more in its place, or one less."""

from __future__ import annotations

from taskguard.project.editing.arguments import separator
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from taskguard.diagnostics import Edit
    from taskguard.project.editing.script import Script


class Item(Record):
    """`name` is what it is sorted by; `start` and `end` are offsets."""

    name: str
    start: int
    end: int


class Items(Record):
    """`opening` and `closing` are the tokens of the brackets around the items, -1 where there are none."""

    items: tuple[Item, ...]
    opening: int = -1
    closing: int = -1

    def comma(self, script: Script) -> int | None:
        """The token of the comma behind the last item."""
        place = self.closing - 1
        return place if self.closing >= 0 and self.items and script.is_op(place, ",") else None


def by_type(name: str) -> tuple[int, str, str]:
    """Constants, classes, all others: the order of isort and ruff."""
    bare = name.lstrip("_")
    kind = 0 if len(bare) > 1 and bare.isupper() else 1 if bare[:1].isupper() else 2
    return kind, name.lower(), name


ORDERS: tuple[Callable[[str], Any], ...] = (by_type, str.lower, str)


def order_of(names: list[str]) -> Callable[[str], Any] | None:
    """The order in which names are sorted, None where they are not."""
    return next((key for key in ORDERS if names == sorted(names, key=key)), None)


def place_for(items: Items, name: str) -> int:
    """The index before which a name belongs; the length where it belongs to the end."""
    key = order_of([one.name for one in items.items])
    if key is None:
        return len(items.items)
    return next((at for at, one in enumerate(items.items) if key(one.name) > key(name)), len(items.items))


def added(script: Script, items: Items, texts: dict[str, str]) -> tuple[Edit, ...] | None:
    """The items with more of them: `texts` says how each new name is written."""
    if not items.items:
        return None
    key = order_of([one.name for one in items.items])
    names = sorted(texts, key=key) if key is not None else list(texts)
    made: dict[int, list[str]] = {}
    for name in names:
        made.setdefault(place_for(items, name), []).append(texts[name])
    edits: list[Edit] = []
    for at, new in made.items():
        edits += _before(script, items, at, new) if at < len(items.items) else _behind(script, items, new)
    return tuple(edits)


def _between(script: Script, items: Items) -> str:
    if items.opening < 0:  # lines end only within brackets
        return ", "
    second = items.items[1].start if len(items.items) > 1 else None
    return separator(script, items.items[0].start, second)


def _before(script: Script, items: Items, at: int, texts: list[str]) -> list[Edit]:
    between = _between(script, items)
    return [script.insert(items.items[at].start, "".join(one + between for one in texts))]


def _behind(script: Script, items: Items, texts: list[str]) -> list[Edit]:
    between, last, comma = _between(script, items), items.items[-1], items.comma(script)
    more = between.join(texts)
    own_lines = between != ", "
    line_end = script.lines.end(script.lines.line(last.end))
    if comma is not None:
        end = script.tokens[comma].end
        if own_lines:
            return [script.insert(script.lines.end(script.lines.line(end)), f"{between[1:]}{more},")]
        return [script.insert(end, f" {more},")]
    if own_lines and "#" in script.text[last.end : line_end]:
        return [script.insert(last.end, ","), script.insert(line_end, f"{between[1:]}{more}")]
    return [script.insert(last.end, between + more)]


def removed(script: Script, items: Items, gone: Iterable[int]) -> tuple[Edit, ...]:
    """The items without those at these indices; the others keep their places and comments."""
    return tuple(script.edit(*_range(script, items, run[0], run[-1]), "") for run in _runs(script, items, gone))


def _runs(script: Script, items: Items, gone: Iterable[int]) -> list[list[int]]:
    """These indices, those together that follow one another in one line."""
    line = script.lines.line
    runs: list[list[int]] = []
    for at in sorted(gone):
        follows = bool(runs) and at == runs[-1][-1] + 1
        if follows and (items.opening < 0 or line(items.items[at - 1].end) == line(items.items[at].start)):
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _range(script: Script, items: Items, first: int, last: int) -> tuple[int, int]:
    lines, start, stop = script.lines, items.items[first].start, items.items[last].end
    before = items.items[first - 1] if first else None
    behind = items.items[last + 1] if last + 1 < len(items.items) else None
    flat = items.opening < 0
    if before is not None and (flat or lines.line(before.end) == lines.line(start)):
        return before.end, stop
    if behind is not None and (flat or lines.line(behind.start) == lines.line(stop)):
        return start, behind.start
    comma = items.comma(script) if behind is None else script.place(stop)
    end = script.tokens[comma].end if comma is not None else stop
    rest = script.text[end : lines.end(lines.line(end))].strip()
    if script.first_on_line(start) and (not rest or rest.startswith("#")):
        return lines.start(lines.line(start)), lines.after(lines.line(end))
    return start, end


def strings(script: Script, start: int) -> Items | None:
    """The list or tuple of strings around the string at an offset."""
    opening = script.enclosing(script.place(start))
    if opening is None or not _is_display(script, opening):
        return None
    if opening not in script.displays:
        script.displays[opening] = _strings(script, opening)
    held: Items | None = script.displays[opening]
    return held


def _strings(script: Script, opening: int) -> Items | None:
    closing = script.closing(opening)
    found = []
    for at in range(opening + 1, closing or 0, 2):
        one = script.tokens[at]
        if one.kind != "string" or not (at + 1 == closing or script.is_op(at + 1, ",")):
            return None
        found.append(Item(one.text.strip("\"'"), one.start, one.end))
    return Items(tuple(found), opening, closing or -1)


def _is_display(script: Script, opening: int) -> bool:
    """Whether a bracket opens a list or a tuple, and no call or subscript."""
    before = script.token(opening - 1)
    return (
        script.tokens[opening].text in "(["
        and before is not None
        and before.kind == "op"
        and before.text not in (")", "]", "}")
    )
