"""The modules that are proposed for a god file."""

from __future__ import annotations

import keyword

from taskguard.discovery.markers import ROOTS
from taskguard.project.python.testing import in_tests
from taskguard.splitting.affinity import EMPTY, affinities, words_of
from taskguard.splitting.edges import edges_of, units_of
from taskguard.splitting.grouping import Groups
from taskguard.splitting.plan import Plan, PlannedModule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from taskguard.splitting.edges import Bound, Edges
    from taskguard.splitting.god import God

# What a module may have of its limit in bodies at most, also in a file that headings divide, and at least to be one.
PREFERRED, DIVIDED, SMALL = 0.5, 0.33, 0.12
# Below so many headings there are users of what belongs to none of them.
SEVERAL = 3
LEAST_SHARED = 15  # lines
SHARED, CONSTANTS = "shared", "constants"


def propose(god: God, package: str, taken: Collection[str] = ()) -> Plan:
    """A plan for the god file; `package` is the folder of the modules, `taken` are names that no module there may have."""
    units, edges = units_of(god), edges_of(god)
    home = {place: number for number, unit in enumerate(units) for place in unit.places}
    needs = {
        number: {home[one] for place in unit.places for one in edges.every[place]} for number, unit in enumerate(units)
    }
    sizes = [sum(god.lines(place) for place in unit.places) for unit in units]
    room = god.limit - header(god)
    headings = sections(god, units)
    share = DIVIDED if any(headings) else PREFERRED
    groups = Groups(sizes, needs, affinities(god, units, edges), min(int(god.limit * share), room))
    groups.join_circles()
    shared = common(god, units, needs, headings)
    groups.join_alike(
        ["" if number in shared else heading for number, heading in enumerate(headings)], int(god.limit * PREFERRED)
    )
    groups.join_alike([SHARED if number in shared else "" for number in range(len(units))])
    groups.close(shared)
    groups.grow()
    groups.sink(int(god.limit * SMALL), room)
    groups.gather(int(god.limit * SMALL))
    members = [sorted(place for unit in found for place in units[unit].places) for found in groups.members.values()]
    members.sort(key=lambda places: places[0])
    names = _names(god, package, members, edges, {*taken, "__init__"})
    return Plan(god.path, package, tuple(
        PlannedModule(module_path(god, package, name, places), docstring(god, places, name), _named(god, places), why)
        for places, (name, why) in zip(members, names)
    ))  # fmt: skip


def sections(god: God, units: Sequence[Bound]) -> list[str]:
    """The heading of each unit, if the file is divided by headings: there are several, and none of them stands over most of it."""
    held = [god.blocks[unit.places[-1]].section for unit in units]
    lines: dict[str, int] = {}
    for unit, section in zip(units, held):
        lines[section] = lines.get(section, 0) + sum(god.lines(place) for place in unit.places)
    titles = [section for section in lines if section]
    divided = len(titles) >= 3 and max(lines.values()) <= sum(lines.values()) * 0.5
    return held if divided else ["" for _ in held]


def common(
    god: God, units: Sequence[Bound], needs: Mapping[int, Collection[int]], headings: Sequence[str]
) -> frozenset[int]:
    """What several headings have users of below them, and is no task itself: it belongs to none of them; with what that needs. Empty where no
    headings divide the file, or where that is too little for a module."""
    users: dict[int, set[int]] = {}
    for number, used in needs.items():
        for one in used:
            if one != number:
                users.setdefault(one, set()).add(number)
    able = [
        number
        for number, unit in enumerate(units)
        if number in users and not any(name in god.tasks for place in unit.places for name in god.blocks[place].binds)
    ]
    made: set[int] = set()
    while True:
        more = {
            number
            for number in able
            if number not in made
            and (users[number] & made or len({headings[one] for one in users[number]} - {""}) >= SEVERAL)
        }
        if not more:
            break
        made |= more
    lines = sum(god.lines(place) for number in made for place in units[number].places)
    return frozenset(made) if lines >= LEAST_SHARED else frozenset()


def module_path(god: God, package: str, name: str, places: Sequence[int]) -> str:
    """Where a module goes: into the package, or beside the god file where it looks for files from its own place."""
    folder, _, file = god.path.rpartition("/")
    if not any("uses `__file__`" in god.blocks[place].odd for place in places) or god.is_package:
        return f"{package}/{name}.py" if package else f"{name}.py"
    beside = f"{file.removesuffix('.py')}_{name}.py"
    return f"{folder}/{beside}" if folder else beside


def header(god: God) -> int:
    """How many lines the imports of a module take at most."""
    return (
        sum(god.lines(place) for place, one in enumerate(god.blocks) if one.kind in ("import", "imports", "logger")) + 8
    )


def _named(god: God, places: Sequence[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for place in places for name in god.blocks[place].binds))


def docstring(god: God, places: Sequence[int], name: str) -> str:
    """The first line of a proposed module."""
    names = _named(god, places)
    tasks = sum(one in god.tasks for one in names)
    rest = len(names) - tasks
    counts = [
        f"{number} {word}{'s' if number != 1 else ''}" for number, word in ((tasks, "task"), (rest, "name")) if number
    ]
    title = name.replace("_", " ").capitalize()
    return f"{title}: {' and '.join(counts)} of `{god.name}`."


def _names(
    god: God, package: str, members: Sequence[Sequence[int]], edges: Edges, taken: set[str]
) -> list[tuple[str, str]]:
    """A name for each module and why its parts are together."""
    everywhere: dict[str, int] = {}
    for places in members:
        for word in {word for name in _named(god, places) for word in words_of(name)}:
            everywhere[word] = everywhere.get(word, 0) + 1
    made: list[tuple[str, str]] = []
    for places in members:
        candidates = [
            *_by_kind(god, places, members, edges),
            *_by_section(god, places),
            *_by_words(god, places, everywhere, len(members)),
        ]
        candidates.append((SHARED, "what is left"))
        candidates = [one for one in candidates if not _means_more(god, package, one[0])]
        found = next(((name, why) for name, why in candidates if name not in taken), None)
        if found is None:
            name, why = candidates[0]
            number = next(one for one in range(2, 1000) if f"{name}_{one}" not in taken)
            found = f"{name}_{number}", why
        taken.add(found[0])
        made.append(found)
    return made


def _means_more(god: God, package: str, name: str) -> bool:
    """Whether a file of that name says more than that it is a module: that imports count from its folder (`manage.py`), or that it is a test."""
    return f"{name}.py" in ROOTS or (in_tests(f"{package}/{name}.py") and not in_tests(god.path))


def _by_kind(god: God, places: Sequence[int], members: Sequence[Sequence[int]], edges: Edges) -> list[tuple[str, str]]:
    kinds = {god.blocks[place].kind for place in places}
    own = frozenset(places)
    users = sum(any(edges.every[one] & own for one in other) for other in members if other is not places)
    if kinds <= {"assignment", "statement"}:
        return [(CONSTANTS, f"constants, used by {users} modules"), ("values", "constants")]
    tasks = any(name in god.tasks for place in places for name in god.blocks[place].binds)
    if not tasks and users > 1 and users >= len(members) / 2:
        return [(SHARED, f"used by {users} modules")]
    return []


def _by_section(god: God, places: Sequence[int]) -> list[tuple[str, str]]:
    lines: dict[str, int] = {}
    for place in places:
        section = god.blocks[place].section
        lines[section] = lines.get(section, 0) + god.lines(place)
    total = sum(lines.values())
    for section, number in sorted(lines.items(), key=lambda pair: -pair[1]):
        words = [one for one in section.lower().split() if one not in EMPTY and one.isidentifier() and one.isascii()]
        if section and number >= total * 0.35 and 0 < len(words) <= 3:
            name = "_".join(words)
            if not keyword.iskeyword(name):
                return [(name, f"the section “{section}”")]
    return []


def _by_words(god: God, places: Sequence[int], everywhere: dict[str, int], modules: int) -> list[tuple[str, str]]:
    """The words that most names of a module have, and few of other modules."""
    score: dict[str, float] = {}
    for place in places:
        for name in god.blocks[place].binds:
            for word in dict.fromkeys(words_of(name)):
                if word not in EMPTY and len(word) > 2 and not keyword.iskeyword(word):
                    score[word] = score.get(word, 0.0) + god.lines(place) * (1 + (name in god.tasks)) / everywhere[word]
    ranked = sorted(score, key=lambda word: (-score[word], word))
    pairs = [f"{one}_{other}" for at, one in enumerate(ranked[:3]) for other in ranked[at + 1 : 4]]
    return [(word, f"names with “{word.replace('_', '” and “')}”") for word in [*ranked[:2], *pairs, *ranked[2:4]]]
