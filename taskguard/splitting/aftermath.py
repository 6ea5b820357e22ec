"""What a split does to the baseline, and what is said of its modules."""

from __future__ import annotations

from taskguard import baseline
from taskguard.splitting.edges import units_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from taskguard.diagnostics import Diagnostic
    from taskguard.engine.overlay import Store
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed


def moved_baseline(
    root: str, path: str, moved: Iterable[tuple[Diagnostic, Diagnostic]], store: Store, files: Mapping[str, bytes]
) -> bytes | None:
    """The baseline without the entries of the god file; what moved keeps its entry at its new place. None where nothing changes."""
    agreed = baseline.read(root)
    if agreed is None or not any(one.path == path for one in agreed.entries):
        return None
    keys = {one.key for one in agreed.entries if one.path == path}

    def text_of(place: str) -> str | None:
        from taskguard.facts.source import text_of as decoded

        return decoded(files[place]) if place in files else store.text(place)

    entries = [one for one in agreed.entries if one.path != path]
    entries += [baseline.entry(new, text_of) for old, new in moved if baseline.entry(old, store.text).key in keys]
    return baseline.written(agreed.replace(entries=tuple(sorted(entries)))).encode("utf-8")


def crossing(god: God, parts: Sequence[Placed]) -> int:
    """How many names modules take from one another, each counted for each module that takes it."""
    made = 0
    for part in parts:
        own = {name for place in part.places for name in god.blocks[place].binds}
        used = {name for place in part.places for name in god.blocks[place].uses}
        made += len((used & god.homes.keys()) - own)
    return made


def why_long(god: God, part: Placed) -> str:
    """Why a module is over the limit."""
    held = [unit for unit in units_of(god) if unit.places[0] in part.places]
    sizes = [sum(god.lines(place) for place in unit.places) for unit in held]
    size = max(sizes)
    unit = held[sizes.index(size)]
    names = [name for place in unit.places for name in god.blocks[place].binds]
    if unit.why and size * 2 > god.limit:
        return f"{'; '.join(unit.why[:3])}: {len(names)} names of {size} lines stay together"
    if size * 2 > god.limit:
        return f"`{names[0]}` alone takes {size} lines" if names else f"a statement alone takes {size} lines"
    return "its functions need one another in turns, or it is small enough as it is"
