"""A plan carried out in memory: the texts of the modules, of their package and of the facade at the old path."""

from __future__ import annotations

from taskguard.errors import UserError
from taskguard.record import Record
from taskguard.splitting.attention import obstacles
from taskguard.splitting.cycles import inner_imports, loading
from taskguard.splitting.edges import edges_of, units_of
from taskguard.splitting.facade import facade_text, init_text
from taskguard.splitting.god import with_own_loggers
from taskguard.splitting.head import asks_before, cut, from_lines, import_lines, needed, width
from taskguard.splitting.naming import INIT, dotted_of, package_of, reference
from taskguard.splitting.plan import placed
from taskguard.splitting.switches import Writing
from taskguard.splitting.top import top_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taskguard.splitting.edges import Edges
    from taskguard.splitting.god import God, Piece
    from taskguard.splitting.plan import Placed, Plan


class Split(Record):
    """The new texts by path, the facade's among them. `notes` say what is not as one would expect. `parts` are the modules, `homes` their dotted
    names by the names that they define."""

    files: dict[str, str]
    notes: tuple[str, ...]
    parts: tuple[Placed, ...]
    homes: dict[str, str]


def split(god: God, plan: Plan, *, comment: bool = True) -> Split:
    """The files that a plan makes of a god file; `comment` marks the facade by a comment. Raises UserError where that cannot be done."""
    if plan.loggers == "own":
        god = with_own_loggers(god)
    units = units_of(god)
    parts = placed(god, plan, units)
    if against := obstacles(god, parts, plan.package):
        raise UserError(*against)
    edges = edges_of(god)
    homes = {
        name: dotted_of(god, part.module.path)
        for part in parts for place in part.places for name in god.blocks[place].binds
    }  # fmt: skip
    loads = loading(god, parts, edges)
    notes: list[str] = []
    relative = relative_style(god)
    files: dict[str, str] = {}
    for number, part in enumerate(parts):
        waits = frozenset(dotted_of(god, parts[one].module.path) for one in loads.later.get(number, ()))
        before = loads.order[: loads.order.index(number)]
        earlier = frozenset(dotted_of(god, parts[one].module.path) for one in before)
        first = dotted_of(god, f"{plan.package}/{INIT}") if god.early and not _inside(part, plan.package) else ""
        files[part.module.path], said = module_text(god, part, edges, homes, relative, waits, earlier, first)
        notes += said
    folder = god.path.rpartition("/")[0]
    for part in parts:
        around = part.module.path.rpartition("/")[0]
        if around and around != folder and f"{around}/{INIT}" not in files:
            files[f"{around}/{INIT}"] = init_text(god, f"{around}/{INIT}", first=around == plan.package)
    if god.early and f"{plan.package}/{INIT}" not in files.keys() - {god.path}:
        line = god.blocks[min(god.early)].line
        raise UserError(
            f"{god.path}:{line}: it is run before anything is defined, and its modules have no package of their own whose `__init__.py` would do so"
        )
    files[god.path] = facade_text(god, parts, homes, [parts[one] for one in loads.order], relative, comment)
    newline = god.newline
    if newline != "\n":
        files = {path: text.replace("\r\n", "\n").replace("\n", newline) for path, text in files.items()}
    return Split(files, tuple(notes), parts, homes)


def _inside(part: Placed, package: str) -> bool:
    """Whether a module cannot be loaded without its package."""
    return part.module.path.startswith(f"{package}/")


def relative_style(god: God) -> bool:
    """Whether the god file imports its neighbours with dots. A file that is also run as a script cannot."""
    if not god.package or any(one.kind == "main" for one in god.blocks):
        return False
    written = [alias.module for one in god.blocks for alias in one.aliases if alias.module]
    dots = sum(one.startswith(".") for one in written)
    own = sum(one.partition(".")[0] == god.package.partition(".")[0] for one in written)
    return dots > own


def module_text(
    god: God,
    part: Placed,
    edges: Edges,
    homes: dict[str, str],
    relative: bool,
    waits: frozenset[str],
    earlier: frozenset[str],
    first: str = "",
) -> tuple[str, list[str]]:
    """The text of one module, and what is to be said of it. Of the modules `waits` it imports within functions only. What only type checkers read
    is imported for these, unless its module is one of those loaded `earlier`. `first` is the package that does what the god file did before all else."""
    path = part.module.path
    package = package_of(god, path)
    places = ordered(god, part.places, edges)
    own = frozenset(bound for place in places for bound in god.blocks[place].binds)
    asked = {used for place in places for used in god.blocks[place].uses}
    held = needed(god, asked, own, unknown=asks_before(god, places))
    run = {name for place in places for name in god.blocks[place].now | god.blocks[place].later}
    waiting = frozenset(
        name for name in held.others if homes[name] in waits or (name not in run and homes[name] not in earlier)
    )
    inner, types, said = _within(god, places, waiting, homes, package, relative, path)
    if types and "TYPE_CHECKING" in god.given:
        held = needed(god, {"TYPE_CHECKING", *asked}, own, unknown=asks_before(god, places))
    lines = top_lines(god, places)
    lines += [f'"""{part.module.docstring}"""'] if part.module.docstring else []
    own_imports = import_lines(god, held, package)
    others = others_lines(held.others - waiting, homes, package, relative, width(god.text))
    if own_imports and others and _same_origin(god, own_imports[-1], others[0]):
        own_imports, others = [*own_imports, *others], []
    groups = [
        [line for one in god.blocks if one.kind == "future" for line in god.text[one.code : one.end].splitlines()],
        [f"import {first}  # noqa: F401"] if first else [],
        own_imports,
        others,
        types,
        import_lines(god, held, package, kinds=("logger",)),
    ]
    for group in groups:
        if group:
            lines += ["", *group] if lines else group
    text = "\n".join(lines) + "\n" if lines else ""
    return text + bodies(god, places, package, not text, inner), said


def _same_origin(god: God, last: str, first: str) -> bool:
    """Whether two import lines are of one group: both of the project."""
    words = last.split(), first.split()
    if any(len(one) < 2 or one[0] != "from" for one in words):
        return False
    heads = [one[1].partition(".")[0] for one in words]
    return heads[0] == heads[1]


def _within(
    god: God, places: list[int], waiting: frozenset[str], homes: dict[str, str], package: str, relative: bool, path: str
) -> tuple[dict[int, list[Piece]], list[str], list[str]]:
    """The imports within functions by block, those for type checkers only, and what is to be said of both. Raises UserError."""
    inner: dict[int, list[Piece]] = {}
    types: set[str] = set()
    said: list[str] = []
    texts = {name: f"from {reference(package, homes[name], relative)} import {name}" for name in waiting}
    for place in places if waiting else ():
        block = god.blocks[place]
        used = {name: text for name, text in texts.items() if name in block.later | block.now}
        found = inner_imports(god, place, used)
        types |= found.typed | {name for name in block.soft & waiting if name not in block.now}
        if found.lost:
            where = f"{god.path}:{block.line}"
            raise UserError(
                *(
                    f"{where}: {path} needs `{name}` of {homes[name]} outside of a function, and that module needs {path}"
                    for name in sorted(found.lost)
                )
            )
        if found.pieces:
            inner[place] = list(found.pieces)
            said.append(
                f"{path}: {', '.join(f'`{one}`' for one in block.binds[:1])} imports {', '.join(sorted(found.names))} when it runs: the modules need one another"
            )
    if not types:
        return inner, [], said
    made = ["if TYPE_CHECKING:", *(f"    {texts[name]}" for name in sorted(types))]
    return inner, (made if "TYPE_CHECKING" in god.given else ["from typing import TYPE_CHECKING", "", *made]), said


def others_lines(
    names: Iterable[str],
    homes: dict[str, str],
    package: str,
    relative: bool,
    limit: int,
    tail: str = "",
    filled: bool = False,
) -> list[str]:
    """Imports of names from the other modules of the split."""
    by_module: dict[str, list[str]] = {}
    for name in sorted(names):
        by_module.setdefault(homes[name], []).append(name)
    return [
        line for module in sorted(by_module)
        for line in from_lines(reference(package, module, relative), by_module[module], limit, tail, filled)
    ]  # fmt: skip


def bodies(god: God, places: list[int], package: str, first: bool, inner: Mapping[int, list[Piece]]) -> str:
    """The blocks one after the other, with the blank lines that they have in the god file."""
    made: list[str] = []
    before: int | None = None
    writing = Writing(god, imports=False)
    for place in places:
        last, text = writing.block(place, cut(god, place, package, more=inner.get(place, ())))
        if last:
            made.append(last)
        definition = god.blocks[place].kind in ("function", "class")
        if before is None:
            text = text.lstrip("\r\n \t\f")
            text = ("" if first else "\n\n" if definition or text.startswith(("#", "@")) else "\n") + text
        elif before != place - 1:
            blank = len(text) - len(text.lstrip("\r\n"))
            apart = definition or god.blocks[before].kind in ("function", "class")
            wanted = 2 if apart else 0
            text = "\n" * max(wanted - text[:blank].count("\n"), 0) + text
        made.append(text)
        before = place
    return "".join([*made, *(f"{line}\n" for line in writing.end())])


def ordered(god: God, places: Iterable[int], edges: Edges) -> list[int]:
    """The blocks of a module in the order of the plan, each behind what has to be there before it."""
    wanted = list(places)
    if wanted == sorted(wanted):
        return wanted
    members = frozenset(wanted)
    before = {place: set(edges.hard[place] & members) for place in wanted}
    for name in {name for place in wanted for name in god.blocks[place].touches}:
        touching = [one for one in sorted(wanted) if name in god.blocks[one].touches]
        if len(touching) == 1:
            continue
        # Each user finds the value that was there when it came, and what changes it comes behind those before.
        users = [one for one in wanted if name in god.blocks[one].now or edges.hard[one].intersection(touching)]
        for one in {*touching, *users}:
            before[one].update(other for other in touching if other < one)
        for one in touching:
            before[one].update(other for other in users if other < one)
    made: list[int] = []
    waiting = list(wanted)
    while waiting:
        ready = next((one for one in waiting if not before[one] - set(made)), min(waiting))
        waiting.remove(ready)
        made.append(ready)
    return made
