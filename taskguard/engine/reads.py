"""What a run has read of files, and which units rest on that."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from operator import or_

from taskguard.record import Record
from taskguard.tracing import AT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from taskguard.facts.positions import Point
    from taskguard.facts.watched import Part

    # Where a question stands, and what it was asked with beside the text.
    Asked = tuple[tuple[str, str], tuple[Any, ...]]
    # What stands for an answer, and for one that says where things stand the lines and columns of these.
    Said = int | tuple[int, tuple[Point, ...]]
    # What was read of the file at a path: a part of its facts, or an answer; without a path a search.
    Read = tuple[str, Part | Asked | bytes]
    # By path what was answered, where it is short and plain.
    Values = dict[str, dict[Asked, Any]]


class Reads(Record):
    """`units` are names of what may run again by itself; `parts` and `answers` give by path what was read, with the units that rest on it: a bit
    for each by its number, the first one for what all rest on. `searches` are those that were made for files."""

    units: list[str]
    parts: dict[str, dict[Part, int]]
    answers: dict[str, dict[Asked, tuple[Said, int]]]
    searches: dict[bytes, int]

    def joined(self, other: Reads) -> Reads:
        """These reads and those of another process or run of the same state of the files."""
        units = list(dict.fromkeys((*self.units, *other.units)))
        known = {name: 1 << place for place, name in enumerate(units)}
        moved = Rest([known[name] for name in other.units])
        parts = {path: dict(held) for path, held in self.parts.items()}
        for path, held in other.parts.items():
            mine = parts.setdefault(path, {})
            for part, mask in held.items():
                mine[part] = mine.get(part, 0) | moved[mask]
        answers = {path: dict(asked) for path, asked in self.answers.items()}
        for path, asked in other.answers.items():
            own = answers.setdefault(path, {})
            for one, (said, mask) in asked.items():
                own[one] = said, own[one][1] | moved[mask] if one in own else moved[mask]
        searches = dict(self.searches)
        for search, mask in other.searches.items():
            searches[search] = searches.get(search, 0) | moved[mask]
        return Reads(units, parts, answers, searches)

    def without(self, stale: Collection[str], gone: Collection[Read]) -> Reads:
        """What the other units rest on. What is `gone` says something else by now."""
        held = _Kept(self.units, stale)
        parts = {
            path: {part: held[mask] for part, mask in read.items() if held[mask] and (path, part) not in gone}
            for path, read in self.parts.items()
        }
        answers = {
            path: {
                one: (said, held[mask]) for one, (said, mask) in asked.items() if held[mask] and (path, one) not in gone
            }
            for path, asked in self.answers.items()
        }
        searches = {one: held[mask] for one, mask in self.searches.items() if held[mask] and ("", one) not in gone}
        return Reads(self.units, parts, answers, searches)

    def shortened(self) -> Reads:
        """The same without the units that rest on nothing."""
        of_parts = (mask for held in self.parts.values() for mask in held.values())
        of_answers = (mask for asked in self.answers.values() for _, mask in asked.values())
        used = reduce(or_, chain(of_parts, of_answers, self.searches.values()), 0)
        units = [name for place, name in enumerate(self.units) if used >> place & 1]
        number = {name: 1 << place for place, name in enumerate(units)}
        bits = Rest([number.get(name, 0) for name in self.units])
        return Reads(
            units,
            {path: {part: bits[mask] for part, mask in held.items()} for path, held in self.parts.items()},
            {
                path: {one: (said, bits[mask]) for one, (said, mask) in held.items()}
                for path, held in self.answers.items()
            },
            {search: bits[mask] for search, mask in self.searches.items()},
        )


def named(units: Sequence[str], mask: int) -> tuple[set[str], frozenset[str]]:
    """Of these the units of some bits, and the places."""
    names = {name for place, name in enumerate(units) if mask >> place & 1}
    places = {name for name in names if name.startswith(AT)}
    return names - places, frozenset(name.removeprefix(AT) for name in places)


def only_units(units: Sequence[str]) -> int:
    """The bits of units, without those of places."""
    return sum(1 << place for place, name in enumerate(units) if not name.startswith(AT))


class Different(Record):
    """What was read (`read`) and says something else now, in words, with the bits of the units that rest on it; more than one read where it is None."""

    why: str
    units: int
    read: Read | None = None


class _Kept(dict[int, int]):
    """Bits without those of some units, by the bits with them: none where no other unit is left, whatever places are."""

    def __init__(self, units: Sequence[str], stale: Collection[str]) -> None:
        super().__init__()
        self._kept = ~sum(1 << place for place, name in enumerate(units) if name in stale)
        self._units = only_units(units)

    def __missing__(self, mask: int) -> int:
        kept = mask & self._kept
        made = self[mask] = kept if kept & self._units else 0
        return made


class Rest(dict[int, int]):
    """Bits by other bits, each worked out once."""

    def __init__(self, bits: Sequence[int]) -> None:
        super().__init__()
        self._bits = bits

    def __missing__(self, mask: int) -> int:
        made = 0
        for place, bit in enumerate(self._bits):
            if mask >> place & 1:
                made |= bit
        self[mask] = made
        return made
