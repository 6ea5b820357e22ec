"""What a block of a god file needs of the others: to be loaded, and later; and which blocks cannot be parted."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taskguard.splitting.god import God


class Edges(Record):
    """By block: the blocks that have to be there before it, and all that it uses at any time."""

    hard: Mapping[int, frozenset[int]]
    every: Mapping[int, frozenset[int]]


def edges_of(god: God) -> Edges:
    """What every block that moves needs."""
    moving = god.moving
    members = frozenset(moving)

    def homes(names: Iterable[str]) -> set[int]:
        return {place for name in names for place in god.homes.get(name, ()) if place in members}

    every = {place: homes(god.blocks[place].now | god.blocks[place].later) for place in moving}
    hard: dict[int, frozenset[int]] = {}
    for place in moving:
        block = god.blocks[place]
        made = homes(block.now)
        waiting = list(homes(block.run))
        seen: set[int] = set()
        while waiting:
            called = waiting.pop()
            if called in seen:
                continue
            seen.add(called)
            made |= every[called]
            waiting += every[called]
        # What stands below cannot have been needed: the god file could be loaded.
        hard[place] = frozenset(one for one in made if one < place)
    return Edges(hard, {place: frozenset(needed - {place}) for place, needed in every.items()})


class Bound(Record):
    """Blocks that stay together, and why, in words."""

    places: tuple[int, ...]
    why: tuple[str, ...]


def units_of(god: God) -> list[Bound]:
    """The blocks that move, in groups that cannot be parted; in order of the file."""
    moving = god.moving
    members = frozenset(moving)
    leader = {place: place for place in moving}
    reasons: dict[int, dict[str, None]] = {place: {} for place in moving}

    def root(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    def join(places: Iterable[int], why: str) -> None:
        roots = sorted({root(one) for one in places if one in members})
        for other in roots[1:]:
            leader[other] = roots[0]
            reasons[roots[0]].update(reasons[other])
        if roots and why:
            reasons[roots[0]][why] = None

    doubtful = god.doubtful
    for name, places in god.homes.items():
        if len(places) > 1 or name in god.given:
            between = [one for one in moving if min(places) < one < max(places) and name in god.blocks[one].now]
            join([*places, *between], f"`{name}` is bound more than once" if len(places) > 1 else "")
        rebinders = [one for one in moving if name in god.blocks[one].rebinds]
        if rebinders:
            users = [one for one in moving if name in god.blocks[one].now | god.blocks[one].later]
            join([*places, *rebinders, *users], f"`{name}` is rebound by `global {name}`")
        if name in doubtful:
            users = [one for one in moving if name in god.blocks[one].uses]
            join([*places, *users], f"`{name}` is bound under a condition only")
    _rebound_elsewhere(god, join)
    for place in moving:
        block = god.blocks[place]
        for name in sorted(block.alters):
            held = [one for one in god.homes.get(name, ()) if one in members]
            if held:
                join([place, *held], f"line {block.line} changes `{name}`")
        if not block.binds and root(place) == place and not any(root(one) == place and one != place for one in moving):
            before = [one for name in block.now for one in god.homes.get(name, ()) if one < place and one in members]
            if before:
                join([place, max(before)], "")
    groups: dict[int, list[int]] = {}
    for place in moving:
        groups.setdefault(root(place), []).append(place)
    return [Bound(tuple(places), tuple(reasons[first])) for first, places in groups.items()]


def _rebound_elsewhere(god: God, join: Callable[[Iterable[int], str], None]) -> None:
    """Names that only functions bind, by `global`: who binds and who uses them stays together."""
    names = god.rebound - god.homes.keys()
    for name in sorted(names):
        users = [
            one
            for one in god.moving
            if name in god.blocks[one].rebinds or name in god.blocks[one].now | god.blocks[one].later
        ]
        join(users, f"`{name}` is bound by `global {name}`")


def names_of(god: God, places: Iterable[int]) -> list[str]:
    """The names that blocks define, in order."""
    return list(dict.fromkeys(name for place in places for name in god.blocks[place].binds))


if TYPE_CHECKING:
    from collections.abc import Callable
