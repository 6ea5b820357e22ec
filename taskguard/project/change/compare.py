"""Whether two pieces are the same code: lines compared with names by what they are, protections told apart from the rest."""

from __future__ import annotations

from collections import Counter

from taskguard.patterns import regex
from taskguard.project.change.terms import MARKED, Line, Piece, names_in, plain
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from taskguard.project.change.model import Change

    GuardKind = Literal["atomic", "call", "except", "retry", "decorator"]

OWN = regex("⟨([^⟩]*)⟩")
# The variable of Python 2's `except Error, e`, which reads like a second type.
OLD_FORM = regex(r"⟪\?[a-z_]+⟫|⟨[a-z_]+⟩")
EVERYTHING = frozenset(("BaseException", "Exception"))


class Guard(Record):
    """A protective construct. `kind` is `atomic`, `call`, `except`, `retry` or `decorator`; `key` says which.

    `lines` are the places of the lines that exist only because of it, `covers` those of the lines that it protects.
    """

    kind: GuardKind
    key: str
    label: str
    lines: tuple[int, ...]
    covers: tuple[int, ...] = ()


class Translated:
    """A new piece as the old one would be written: its names are the old ones wherever both lead to the same."""

    def __init__(self, change: Change, old: Iterable[str], new: Iterable[str]) -> None:
        self._change = change
        self._old = {name: place for place, name in enumerate(dict.fromkeys(old))}
        self._by_end: dict[str, list[str]] = {}
        for name in self._old:
            self._by_end.setdefault(last_part(name), []).append(name)
        self._map = {name: self._find(name) for name in dict.fromkeys(new)}

    def _find(self, name: str) -> str:
        if name in self._old:
            return name
        # Several fit a name that cannot be told now: the one that ends most alike is meant.
        moved = (one for one in self._change.came_from(name) if one in self._old)
        likely = sorted({*self._by_end.get(last_part(name), ()), *moved}, key=self._old.__getitem__)
        return max(
            (one for one in likely if self._change.same_name(one, name)),
            key=lambda one: shared_end(one, name),
            default=name,
        )

    def text(self, text: str) -> str:
        return MARKED.sub(lambda mark: f"⟪{self._map.get(mark[1], mark[1])}⟫", text)


def last_part(name: str) -> str:
    """The last part of a dotted name, also of one that cannot be told."""
    return name.lstrip("?").rpartition(".")[2]


def shared_end(one: str, other: str) -> int:
    """How many of the last parts of two dotted names are the same."""
    pairs = zip(reversed(one.lstrip("?").split(".")), reversed(other.lstrip("?").split(".")))
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(one.count("."), other.count(".")) + 1)


WITHIN = regex(r"\bf'[^'\n]*'")


def texts_of(piece: Piece) -> list[str]:
    """All resolved texts of a piece."""
    made = [one.text for one in piece.decorations] + [one.name for one in piece.decorations]
    for line in piece.lines:
        made += [line.text, *line.types, *(use.callee for use in line.calls)]
    return made + [one.preset for one in piece.parameters]


def translated(change: Change, old: Piece, new: Piece) -> Piece:
    """The new piece with the names of the old one."""
    olds = [name for text in texts_of(old) for name in names_in(text)]
    news = [name for text in texts_of(new) for name in names_in(text)]
    if olds == news:
        return new
    names = Translated(change, olds, news).text
    # A module that was split off may keep the old name for its logger: `getLogger("shop.tasks")` where `__name__` was that.
    own = "__name__" in olds and f"'{old.module}'"
    # And `f"shop.{__name__}"` may have become `f"shop.shop.tasks"`.
    inside = "{⟪__name__⟫}" if own and any("{⟪__name__⟫}" in text for text in texts_of(old)) else ""

    def to(text: str) -> str:
        if own:
            text = text.replace(own, "⟪__name__⟫")
        if inside:
            text = WITHIN.sub(lambda found: found[0].replace(old.module, inside), text)
        return names(text)

    lines = tuple(
        line.replace(
            text=to(line.text),
            types=tuple(map(to, line.types)),
            calls=tuple(use.replace(callee=to(use.callee)) for use in line.calls),
        )
        for line in new.lines
    )
    decorations = tuple(one.replace(name=to(one.name), text=to(one.text)) for one in new.decorations)
    parameters = tuple(one.replace(preset=to(one.preset)) for one in new.parameters)
    return new.replace(lines=lines, decorations=decorations, parameters=parameters)


def guards(piece: Piece, protective: tuple[str, ...]) -> list[Guard]:
    """The protective constructs of a piece, in order; decorators last."""
    made: list[Guard] = []
    for place, line in enumerate(piece.lines):
        if line.kind == "with" and atomic(line.text[5:].partition("(")[0].partition(" as ")[0]):
            made.append(Guard("atomic", "", "transaction.atomic", (), below(piece, place)))
        elif line.kind == "handler":
            covers = below(piece, tried(piece, place))
            for kind in line.types:
                if OLD_FORM.fullmatch(kind):
                    continue
                made.append(Guard("except", kind.strip("⟪⟫"), f"except {short(kind)}", below(piece, place), covers))
        for use in line.calls:
            last = use.callee.strip("⟪⟫").rpartition(".")[2]
            if last == "retry" and "." in use.callee and line.kind != "handler":
                made.append(Guard("retry", "", "self.retry", (place,)))
            name = protecting(use.callee, protective)
            if name:
                made.append(
                    Guard(
                        "call",
                        f"{name}({use.literals})",
                        f"{name}({use.literals})",
                        (place,) if line.kind != "with" else (),
                    )
                )
    for one in piece.decorations:
        if one.task:
            continue
        name = protecting(one.name, protective)
        if atomic(one.name):
            made.append(Guard("atomic", "", "transaction.atomic", ()))
        elif name:
            made.append(Guard("call", name, name, ()))
        else:
            made.append(Guard("decorator", one.text, f"the decorator {short(one.name)}", ()))
    return made


def below(piece: Piece, place: int) -> tuple[int, ...]:
    """The places of the lines inside of a line."""
    return tuple(other for other, one in enumerate(piece.lines) if place in one.inside)


def tried(piece: Piece, place: int) -> int:
    """The place of the `try` that a handler belongs to."""
    inside = piece.lines[place].inside
    return max(
        (one for one in range(place) if piece.lines[one].kind == "try" and piece.lines[one].inside == inside),
        default=-1,
    )


def atomic(name: str) -> bool:
    """Whether a marked name is Django's `transaction.atomic`."""
    return name.strip("⟪⟫?").rpartition(".")[2] in ("atomic", "commit_on_success")


def protecting(callee: str, protective: tuple[str, ...]) -> str:
    """Which of the configured protective calls this is; empty for none."""
    name = callee.replace("⟨", "").replace("⟩", "").strip("⟪⟫?")
    return next((one for one in protective if name == one or name.endswith("." + one)), "")


def lost(old: list[Guard], new: list[Guard]) -> list[Guard]:
    """The protections that are there no more, each as often as it is lost."""
    have = Counter((one.kind, one.key) for one in new)
    # One that catches everything takes the place of a narrower one if it was not there before.
    broad = Counter(one.key for one in new if one.kind == "except" and one.key in EVERYTHING)
    broad -= Counter(one.key for one in old if one.kind == "except" and one.key in EVERYTHING)
    made = []
    for one in old:
        if have[one.kind, one.key]:
            have[one.kind, one.key] -= 1
        elif one.kind == "decorator" and any(unclear(one.key, other.key) for other in new if other.kind == "decorator"):
            continue
        elif one.kind == "except" and any(same_class(one.key, other.key) for other in new if other.kind == "except"):
            continue
        elif one.kind != "except" or not broad or (one.key in EVERYTHING and "BaseException" not in broad):
            made.append(one)
    return made


def unclear(old: str, new: str) -> bool:
    """Whether two texts differ only in names that nothing binds now: that is told as such."""
    if old == new or MARKED.sub("⟪⟫", old) != MARKED.sub("⟪⟫", new):
        return False
    return all(a == b or b.startswith("?") for a, b in zip(names_in(old), names_in(new)))


def same_class(old: str, new: str) -> bool:
    """Whether a new exception that a local variable leads to is the old one by the parts that are written: `Order = get_model("Order")`."""
    return "⟨" in new and old.endswith("." + new.replace("⟨", "").replace("⟩", ""))


def short(marked: str) -> str:
    """The last part of a marked name."""
    return marked.strip("⟪⟫?").rpartition(".")[2]


def reordered(old: Piece, new: Piece) -> bool:
    """Whether the decorators stand in another order, the task decorator included."""
    first = ["" if one.task else one.text for one in old.decorations]
    second = ["" if one.task else one.text for one in new.decorations]
    shared = Counter(first) & Counter(second)
    return [one for one in first if shared[one]] != [one for one in second if shared[one]]


class Difference(Record):
    """The first place where two bodies differ: text before and after (empty: nothing there), and the new line's number."""

    before: str
    after: str
    number: int

    @property
    def phrase(self) -> str:
        """The difference in words."""
        was, now = plain(self.before), plain(self.after)
        if was == now:
            pairs = zip(names_in(self.before), names_in(self.after))
            old, new = next(((a, b) for a, b in pairs if a != b), ("", ""))
            return f"on line {self.number} `{new.rpartition('.')[2]}` leads to `{new}`, it led to `{old}`"
        if was and now:
            return f"line {self.number} is `{_cut(now)}`, it was `{_cut(was)}`"
        return f"`{_cut(was)}` is gone" if was else f"line {self.number}, `{_cut(now)}`, is new"


class Row(Record):
    """What is compared of a line: its text and how deep it stands, protections left out. `cover` are the protections around it."""

    text: str
    depth: int
    place: int
    number: int
    shown: str
    cover: frozenset[str]


def differs(old: Piece, new: Piece, gone: list[Guard], protective: tuple[str, ...]) -> Difference | None:
    """Where the new piece is other code than the old one, lost protections left aside; None where it is the same."""
    excused = {place for one in gone for place in one.lines}
    types = not any(one.kind == "except" for one in gone)
    first = None
    for numbered in (False, True):
        before, after = rows(old, protective, numbered, types), rows(new, protective, numbered, types)
        found = _difference(before, after, excused)
        if found is None:
            return None
        first = first or found
    return first


def uncovered(old: Piece, new: Piece, protective: tuple[str, ...]) -> tuple[str, Row] | None:
    """The first statement that a protection no longer covers, though both are still there; None where all are covered, or the bodies differ."""
    before, after = rows(old, protective, True, True), rows(new, protective, True, True)
    if [(one.text, one.depth) for one in before] != [(one.text, one.depth) for one in after]:
        return None
    return next(
        ((min(one.cover - other.cover), other) for one, other in zip(before, after) if one.cover - other.cover), None
    )


def rows(piece: Piece, protective: tuple[str, ...], numbered: bool, types: bool) -> list[Row]:
    """The lines as they are compared. `numbered` numbers the piece's own names in order, so that a renamed variable is no difference."""
    numbers: dict[str, int] = {}
    always = frozenset(("transaction.atomic",)) if any(atomic(one.name) for one in piece.decorations) else frozenset()
    covers = {place: cover for place, line in enumerate(piece.lines) if (cover := _cover(line, protective))}
    made = []
    for place, line in enumerate(piece.lines):
        text = line.text
        if numbered:
            text = OWN.sub(lambda mark: f"⟨{numbers.setdefault(mark[1], len(numbers))}⟩", text)
        if place in covers or (line.kind == "handler" and not types):
            continue
        if line.kind == "handler":
            text += " ".join(line.types)
        depth = sum(1 for one in line.inside if one not in covers and piece.lines[one].kind != "handler")
        around = always | {covers[one] for one in line.inside if one in covers}
        made.append(Row(text, depth, place, line.number, line.text, around))
    return made


def _cover(line: Line, protective: tuple[str, ...]) -> str:
    """What protection a line opens, empty where it opens none."""
    if line.kind == "try":
        return "the try block"
    if line.kind != "with":
        return ""
    if atomic(line.text[5:].partition("(")[0].partition(" as ")[0]):
        return "transaction.atomic"
    return next((name for use in line.calls if (name := protecting(use.callee, protective))), "")


def _difference(before: list[Row], after: list[Row], excused: set[int]) -> Difference | None:
    first, second = [(one.text, one.depth) for one in before], [(one.text, one.depth) for one in after]
    if first == second:
        return None
    from difflib import SequenceMatcher

    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal" or (kind != "insert" and all(row.place in excused for row in before[a:b])):
            continue
        if kind == "replace" and b - a == d - c and all(map(_alike, before[a:b], after[c:d])):
            continue
        was = next((row.shown for row in before[a:b] if row.place not in excused), "")
        now = after[c] if c < d else None
        near = now or (after[min(c, len(after) - 1)] if after else None)
        return Difference(was, now.shown if now is not None else "", near.number if near is not None else 0)
    return None


def _alike(old: Row, new: Row) -> bool:
    """Whether two lines differ only in names that cannot be told now: that nothing binds them is told as such."""
    if old.depth != new.depth or MARKED.sub("⟪⟫", old.text) != MARKED.sub("⟪⟫", new.text):
        return False
    return all(a == b or b.startswith("?") for a, b in zip(names_in(old.text), names_in(new.text)))


def _cut(text: str) -> str:
    """One line of a text that fits into a message."""
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "…"
