"""In which order the modules of a split are loaded, and where they need one another in turns."""

from __future__ import annotations

from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taskguard.splitting.edges import Edges
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed


def module_edges(parts: Sequence[Placed], needs: Mapping[int, frozenset[int]]) -> dict[int, set[int]]:
    """Which modules each one needs, by their indexes."""
    home = {place: number for number, part in enumerate(parts) for place in part.places}
    made: dict[int, set[int]] = {number: set() for number in range(len(parts))}
    for place, number in home.items():
        made[number].update(home[one] for one in needs[place] if one in home and home[one] != number)
    return made


def loading(god: God, parts: Sequence[Placed], edges: Edges) -> list[int]:
    """The modules, each behind those that it needs. Raises UserError for those that need one another."""
    needs = module_edges(parts, edges.every)
    made: list[int] = []
    waiting = list(needs)
    while waiting:
        ready = next((one for one in waiting if not needs[one] - set(made)), None)
        if ready is None:
            names = ", ".join(parts[one].module.path for one in waiting)
            raise UserError(f"these modules need one another: {names}")
        waiting.remove(ready)
        made.append(ready)
    return made
