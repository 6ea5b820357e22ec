"""A plan by line ranges, as people write them down: `mail_tasks.py: 306-455, 1145-1244`."""

from __future__ import annotations

from taskguard.errors import UserError
from taskguard.patterns import regex
from taskguard.record import Record
from taskguard.splitting.edges import edges_of, names_of, units_of
from taskguard.splitting.plan import Plan, PlannedModule
from taskguard.splitting.propose import docstring, module_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskguard.splitting.god import God

RANGE = regex(r"\s*(\d+)\s*(?:[-\u2013\u2014]\s*(\d+)\s*)?")
REST = "shared"


class Range(Record):
    """Lines of the god file that go into a module; both ends count."""

    path: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def ranges_of(texts: Iterable[str], package: str, count: int) -> list[Range]:
    """The ranges that texts name; a module without a folder goes into the package. `count` is the number of lines there are. Raises UserError."""
    made: list[Range] = []
    for text in texts:
        name, colon, listed = text.strip().rpartition(":")
        name = name.strip()
        if not colon or not name or not listed.strip(" ,"):
            raise UserError(f"--lines {text!r}: `module.py: 10-20, 35-60` is wanted")
        path = name if name.endswith(".py") else f"{name}.py"
        path = path if "/" in path or not package else f"{package}/{path}"
        for one in listed.split(","):
            found = RANGE.fullmatch(one)
            if found is None:
                raise UserError(f"--lines {text!r}: {one.strip()!r} is no range of lines; `10-20` is one")
            first, last = int(found[1]), int(found[2] or found[1])
            if not 1 <= first <= last <= count:
                raise UserError(f"--lines {text!r}: there are no lines {first}-{last}; the file has {count}")
            made.append(Range(path, first, last))
    return made


def planned(god: God, package: str, ranges: Sequence[Range]) -> tuple[Plan, list[str]]:
    """The plan that ranges make, and what is wrong with them: definitions that are cut, ranges that overlap, and what no range takes."""
    said: list[str] = []
    for number, one in enumerate(ranges):
        for other in ranges[:number]:
            first, last = max(one.first, other.first), min(one.last, other.last)
            if first <= last:
                said.append(
                    f"lines {first}-{last} are in {other} of {other.path} and in {one} of {one.path}: {other.path} gets them"
                )
    home: dict[int, str] = {}
    cut: set[tuple[int, int]] = set()
    moving = god.moving
    for place in moving:
        block = god.blocks[place]
        name = ", ".join(f"`{name}`" for name in block.binds[:3]) or "a statement"
        for one in ranges:
            if one.last < block.line or one.first > block.end_line:
                continue
            home.setdefault(place, one.path)
            if (one.first > block.line or one.last < block.end_line) and (place, one.first) not in cut:
                cut.add((place, one.first))
                said.append(
                    f"{one} of {one.path} cuts {name}, which takes lines {block.line}-{block.end_line}: {home[place]} gets all of it"
                )
    for unit in units_of(god):
        held = [home[place] for place in unit.places if place in home]
        for place in unit.places:
            if held and home.setdefault(place, held[0]) != held[0]:
                said.append(
                    f"{'; '.join(unit.why) or 'they stay together'}: {held[0]} gets all of {', '.join(f'`{name}`' for name in names_of(god, unit.places)[:6])}"
                )
                home[place] = held[0]
    left = [place for place in moving if place not in home]
    rest = module_path(god, package, REST, ())
    beside = module_path(god, package, REST, left)
    looking = [place for place in left if beside != rest and module_path(god, package, REST, [place]) == beside]
    if looking:
        # A module that is not beside the god file would look for these files elsewhere.
        home.update(
            {one: beside for unit in units_of(god) if not set(looking).isdisjoint(unit.places) for one in unit.places}
        )
        names = ", ".join(f"`{name}`" for name in names_of(god, looking)) or "a statement"
        does, what = ("look", "them") if len(looking) > 1 else ("looks", "it")
        said.append(f"no range takes {names}, which {does} for files by `__file__`: {beside} gets {what}")
        left = [place for place in left if place not in home]
    _settle(god, home, left)
    if left:
        lines = ", ".join(_lines(god, place) for place in left[:12])
        said.append(
            f"no range takes {lines}"
            + (f" and {len(left) - 12} more" if len(left) > 12 else "")
            + ": each goes to its only user, else into "
            + rest
        )
    for place in left:
        home.setdefault(place, rest)
    paths = dict.fromkeys([one.path for one in ranges if one.path in home.values()])
    paths.update({one: None for one in (beside, rest) if one in home.values()})
    modules = []
    for path in paths:
        places = sorted(place for place in moving if home[place] == path)
        ranged = ", ".join(str(one) for one in ranges if one.path == path)
        name = path.rpartition("/")[2].removesuffix(".py")
        why = f"lines {ranged}" if ranged else "what no range takes"
        if names_of(god, places):
            modules.append(PlannedModule(path, docstring(god, places, name), tuple(names_of(god, places)), why))
    return Plan(god.path, package, tuple(modules)), list(dict.fromkeys(said))


def _settle(god: God, home: dict[int, str], left: Sequence[int]) -> None:
    """Puts what no range takes into the only module that uses it."""
    every = edges_of(god).every
    units = [unit.places for unit in units_of(god) if unit.places[0] in left]
    changed = True
    while changed:
        changed = False
        for places in reversed(units):
            users = [place for place in every if place not in places and not every[place].isdisjoint(places)]
            if places[0] in home or not users or any(one not in home for one in users):
                continue
            modules = {home[one] for one in users}
            if len(modules) == 1:
                home.update(dict.fromkeys(places, modules.pop()))
                changed = True


def _lines(god: God, place: int) -> str:
    block = god.blocks[place]
    where = f"{block.line}-{block.end_line}" if block.end_line > block.line else str(block.line)
    return f"{where} ({', '.join(block.binds[:2])})" if block.binds else where
