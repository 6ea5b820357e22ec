"""How much two pieces of a god file have to do with each other: calls, headings, names, queues, schedules, and where they stand."""

from __future__ import annotations

import math

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taskguard.splitting.edges import Bound, Edges
    from taskguard.splitting.god import God

WORD = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Words of names that say nothing of what a function is about.
EMPTY = frozenset(
    "a all an and as async at by do for from get has in is it make new of on or run set task tasks the to update with job jobs old process handle helper "
    "helpers celery default check build base generate send create fetch sync compute calculate compare store save load start stop find count add apply "
    "validate parse remove delete purge perform execute trigger schedule periodic async single batch complete scan request verify resolve setup push retry "
    "record decode write load list recalculate enqueue persist describe copy fix before after impl".split()
)
CALLS, SECTION, NAMES, QUEUE, NEAR = 4.0, 2.5, 1.5, 0.4, 0.3


def words_of(name: str) -> list[str]:
    """The words that a name consists of, in lower case and in the singular."""
    return [singular(one.lower()) for one in WORD.findall(name) if not one.isdigit()]


def singular(word: str) -> str:
    """A word as it is of one: `boxes` and `box`, `entries` and `entry`; `status` is one."""
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def affinities(god: God, units: Sequence[Bound], edges: Edges) -> dict[tuple[int, int], float]:
    """By pairs of units, the smaller first; what has nothing in common is left out."""
    made: dict[tuple[int, int], float] = {}

    def add(one: int, other: int, weight: float) -> None:
        if one != other:
            pair = (one, other) if one < other else (other, one)
            made[pair] = made.get(pair, 0.0) + weight

    home = {place: number for number, unit in enumerate(units) for place in unit.places}
    users: dict[int, set[int]] = {}
    for place, used in edges.every.items():
        for one in used:
            if home[one] != home[place]:
                users.setdefault(home[one], set()).add(home[place])
    for number, callers in users.items():
        for one in callers:
            add(one, number, CALLS / len(callers))
    _alike(units, {n: _section(god, unit) for n, unit in enumerate(units)}, SECTION, add)
    for told in (god.tasks, god.schedules):
        keys = {n: _configured(god, unit, told) for n, unit in enumerate(units)}
        if len({one for one in keys.values() if one}) > 1:
            _alike(units, keys, QUEUE, add)
    _names(god, units, add)
    for number in range(len(units) - 1):
        add(number, number + 1, NEAR)
    return made


def _section(god: God, unit: Bound) -> str:
    return god.blocks[unit.places[-1]].section


def _configured(god: God, unit: Bound, told: Mapping[str, str]) -> str:
    """The queue or the schedule that all tasks of a unit have."""
    found = {told[name] for place in unit.places for name in god.blocks[place].binds if told.get(name)}
    return found.pop() if len(found) == 1 else ""


def _alike(
    units: Sequence[Bound], keys: Mapping[int, str], weight: float, add: Callable[[int, int, float], None]
) -> None:
    by_key: dict[str, list[int]] = {}
    for number in range(len(units)):
        if keys[number]:
            by_key.setdefault(keys[number], []).append(number)
    for members in by_key.values():
        if len(members) < max(len(units) * 0.7, 3):
            for place, one in enumerate(members):
                for other in members[place + 1 :]:
                    add(one, other, weight)


def _names(god: God, units: Sequence[Bound], add: Callable[[int, int, float], None]) -> None:
    """Units whose names share rare words."""
    holding: dict[str, list[int]] = {}
    lengths: list[int] = []
    for number, unit in enumerate(units):
        words = unit_words(god, unit)
        lengths.append(max(len(words), 1))
        for word in words:
            holding.setdefault(word, []).append(number)
    count = len(units)
    for members in holding.values():
        if 1 < len(members) <= max(count * 0.5, 2):
            rare = math.log(count / len(members)) / math.log(count)
            for place, one in enumerate(members):
                for other in members[place + 1 :]:
                    add(one, other, NAMES * rare * 2 / (lengths[one] + lengths[other]) * 2)


def unit_words(god: God, unit: Bound) -> list[str]:
    """The telling words of the names that a unit defines, each once; of large units those of most names."""
    names = [name for place in unit.places for name in god.blocks[place].binds]
    counts: dict[str, int] = {}
    for name in names:
        for word in dict.fromkeys(words_of(name)):
            if word not in EMPTY and len(word) > 1:
                counts[word] = counts.get(word, 0) + 1
    return [word for word, number in counts.items() if number * 3 >= len(names)]


if TYPE_CHECKING:
    from collections.abc import Callable
