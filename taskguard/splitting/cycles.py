"""In which order the modules of a split are loaded, and what is imported within functions since two of them need one another."""

from __future__ import annotations

from itertools import pairwise

from taskguard.errors import UserError
from taskguard.facts.entries import entries_of
from taskguard.record import Record
from taskguard.splitting.god import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taskguard.splitting.edges import Edges
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed


class Loading(Record):
    """`order` are the modules, each behind those that it needs to be loaded; `later` says which others a module may only import within functions."""

    order: tuple[int, ...]
    later: Mapping[int, frozenset[int]]


def module_edges(parts: Sequence[Placed], needs: Mapping[int, frozenset[int]]) -> dict[int, set[int]]:
    """Which modules each one needs, by their indexes."""
    home = {place: number for number, part in enumerate(parts) for place in part.places}
    made: dict[int, set[int]] = {number: set() for number in range(len(parts))}
    for place, number in home.items():
        made[number].update(home[one] for one in needs[place] if one in home and home[one] != number)
    return made


def loading(god: God, parts: Sequence[Placed], edges: Edges) -> Loading:
    """Raises UserError for modules that need one another to be loaded."""
    hard, every = module_edges(parts, edges.hard), module_edges(parts, edges.every)
    made: list[int] = []
    later: dict[int, frozenset[int]] = {}
    waiting = list(every)
    while waiting:
        done = set(made)
        ready = next((one for one in waiting if not (every[one] | hard[one]) - done), None)
        if ready is None:
            able = [one for one in waiting if not hard[one] - done]
            if not able:
                raise UserError(*_knot(god, parts, edges, hard, waiting, done))
            ready = min(able, key=lambda one: (_crossings(parts, edges, one, every[one] - done), one))
            later[ready] = frozenset(every[ready] - done)
        waiting.remove(ready)
        made.append(ready)
    return Loading(tuple(made), later)


def _crossings(parts: Sequence[Placed], edges: Edges, number: int, others: set[int]) -> int:
    """How many uses of other modules would have to wait."""
    targets = {place for other in others for place in parts[other].places}
    return sum(len(edges.every[place] & targets) for place in parts[number].places)


def _knot(
    god: God, parts: Sequence[Placed], edges: Edges, hard: Mapping[int, set[int]], waiting: list[int], done: set[int]
) -> list[str]:
    """What is wrong where no module can be loaded first: one circle."""
    path = [waiting[0]]
    while path[-1] not in path[:-1]:
        path.append(min(hard[path[-1]] - done))
    circle = path[path.index(path[-1]) :]
    made = []
    for one, other in pairwise(circle):
        targets = frozenset(parts[other].places)
        place = next(place for place in parts[one].places if edges.hard[place] & targets)
        used = god.blocks[min(edges.hard[place] & targets)]
        block = god.blocks[place]
        name = block.binds[0] if block.binds else f"line {block.line}"
        made.append(
            f"{parts[one].module.path} needs {parts[other].module.path} to be loaded: `{name}` needs `{', '.join(used.binds[:2])}`"
        )
    return [
        f"these modules need one another: {' and '.join(dict.fromkeys(parts[one].module.path for one in circle))}",
        *made,
    ]


class Inner(Record):
    """`pieces` are the imports that the functions of a block make for themselves, `names` what these bind. `lost` are the names that no function
    could import, `typed` those that its annotations name, which nobody evaluates."""

    pieces: tuple[Piece, ...]
    names: frozenset[str]
    lost: frozenset[str]
    typed: frozenset[str]


def inner_imports(god: God, place: int, lines: Mapping[str, str]) -> Inner:
    """What a block imports for itself; `lines` are the import lines by the names that they bind."""
    block = god.blocks[place]
    lost = {name for name in lines if name in block.now}
    wanted = {name for name in lines if name in block.later} - lost
    if not wanted:
        return Inner((), frozenset(), frozenset(lost), frozenset())
    pieces: list[Piece] = []
    served: set[str] = set()
    for entry in entries_of(god.text[block.code : block.end], god.lazy_annotations):
        names = sorted(wanted & entry.names)
        if names:
            served.update(names)
            at = block.code + entry.at
            written = list(dict.fromkeys(lines[name] for name in names))
            text = (
                "".join(f"{one}; " for one in written)
                if entry.inline
                else "".join(f"{entry.indent}{one}{god.newline}" for one in written)
            )
            pieces.append(Piece(at, at, text))
    lost |= (wanted & block.loose) | (wanted - served - block.typed)
    return Inner(tuple(pieces), frozenset(served), frozenset(lost), block.typed & wanted)
