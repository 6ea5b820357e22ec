"""A plan: which names of a god file go into which modules."""

from __future__ import annotations

from taskguard.errors import Problem, UserError, nearest
from taskguard.record import Record
from taskguard.sealing import fingerprint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from taskguard.splitting.edges import Bound
    from taskguard.splitting.god import God

    Loggers = Literal["kept", "own"]


class PlannedModule(Record):
    """A module that is to be written. `path` is relative to the root; `names` in the order that they are to have; `why` says what they have in common."""

    path: str
    docstring: str
    names: tuple[str, ...]
    why: str = ""


class Plan(Record):
    """`source` is the path of the god file, `package` the folder of the modules. `digest` stands for the text that the plan was made of, empty where
    somebody has written it by hand. `loggers` says whether each module logs under the name of the god file or under its own."""

    source: str
    package: str
    modules: tuple[PlannedModule, ...]
    digest: str = ""
    loggers: Loggers = "kept"


class Placed(Record):
    """A module with the blocks that it gets, in the order of the plan."""

    module: PlannedModule
    places: tuple[int, ...]


def placed(god: God, plan: Plan, units: list[Bound]) -> tuple[Placed, ...]:
    """The blocks of each module. Raises UserError for names that are not there, are missing, or stand in two modules."""
    problems: list[Problem | str] = []
    home: dict[int, int] = {}
    order: dict[int, int] = {}
    taken: dict[str, str] = {}
    members = frozenset(god.moving)
    count = 0
    for number, module in enumerate(plan.modules):
        for index, name in enumerate(module.names):
            key = f"modules.{number}.names.{index}"
            places = [one for one in god.homes.get(name, ()) if one in members]
            if name in taken:
                twice = "twice" if taken[name] == module.path else f"and into {taken[name]}"
                problems.append(Problem("", 0, key, f"`{name}` goes into {module.path} {twice}"))
                continue
            taken[name] = module.path
            if not places:
                problems.append(Problem("", 0, key, _not_there(god, plan, name)))
            for place in places:
                if home.setdefault(place, number) != number:
                    other = plan.modules[home[place]].path
                    line = god.blocks[place].line
                    problems.append(
                        f"line {line} of {god.path} binds `{name}` with others: it cannot go into {other} and {module.path}"
                    )
                order.setdefault(place, count)
                count += 1
    for unit in units:
        modules = sorted({home[one] for one in unit.places if one in home})
        if len(modules) > 1:
            names = " and ".join(plan.modules[one].path for one in modules)
            problems.append(
                f"{', '.join(unit.why) or 'these blocks stay together'}: {_said(god, unit)} cannot be parted between {names}"
            )
        elif modules:
            for place in unit.places:
                home.setdefault(place, modules[0])
        else:
            problems.append(f"no module takes {_said(god, unit)}")
    if problems:
        raise UserError(*dict.fromkeys(problems))
    made = []
    for number, module in enumerate(plan.modules):
        own = [place for place in home if home[place] == number]
        made.append(
            Placed(
                module,
                tuple(
                    sorted(
                        own,
                        key=lambda place: (
                            order[place] if place in order else _after(god, place, order),
                            place,
                        ),
                    )
                ),
            )
        )
    return tuple(made)


def outdated(god: God, plan: Plan, units: list[Bound], file: str) -> str:
    """What to say of a plan in `file` that was made of another text of the god file and does not fit this one; empty where it fits."""
    if not plan.digest or plan.digest == digest_of(god):
        return ""
    names = {name: None for module in plan.modules for name in module.names}
    members = frozenset(god.moving)
    here = {name: None for name, places in god.homes.items() if not members.isdisjoint(places)}
    gone = [name for name in names if name not in here]
    new = {
        name: None
        for unit in units
        if not any(name in names for place in unit.places for name in god.blocks[place].binds)
        for place in unit.places
        for name in god.blocks[place].binds
    }
    said = [f"{_listed(gone)} {'is' if len(gone) == 1 else 'are'} gone"] if gone else []
    said += [f"no module takes {_listed(new)}"] if new else []
    if not said:
        return ""
    return (
        f"{file} was made of another {plan.source}: {' and '.join(said)}; `taskguard plan {plan.source} -o {file}` plans anew, "
        "or mend it by hand and take `digest` out"
    )


def digest_of(god: God) -> str:
    """What stands for the text of a god file."""
    return fingerprint(god.text.encode("utf-8", "surrogatepass"))


def _listed(names: Iterable[str], most: int = 3) -> str:
    held = list(names)
    shown = ", ".join(f"`{name}`" for name in held[:most])
    return shown + (f" and {len(held) - most} more" if len(held) > most else "")


def _after(god: God, place: int, order: dict[int, int]) -> int:
    """The position of a statement without a name: behind all that it uses and changes."""
    used = [
        order[one]
        for name in god.blocks[place].now | god.blocks[place].alters
        for one in god.homes.get(name, ())
        if one in order
    ]
    return max(used, default=-1)


def _not_there(god: God, plan: Plan, name: str) -> str:
    if name in god.given:
        return f"`{name}` is an import of {god.path}: each module gets what it uses by itself"
    near = nearest(name, god.homes)
    return f"{god.path} has no `{name}`" + (f"; did you mean `{near}`?" if near else "")


def _said(god: God, unit: Bound) -> str:
    names = list(dict.fromkeys(name for place in unit.places for name in god.blocks[place].binds))
    if not names:
        return f"the statement on line {god.blocks[unit.places[0]].line}"
    return _listed(names, 6)
