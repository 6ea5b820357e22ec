"""The import lines that a module of a split needs: exactly those of the god file whose names it uses."""

from __future__ import annotations

import builtins

from taskguard.record import Record
from taskguard.splitting.god import Piece
from taskguard.splitting.naming import rerooted
from taskguard.splitting.switches import Writing, of_ranges
from taskguard.splitting.top import rules_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taskguard.facts.blocks import Alias, Block
    from taskguard.splitting.god import God

BUILTIN = frozenset(
    (
        *dir(builtins),
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__path__",
        "__annotations__",
    )
)
SHORTEST, LONGEST = 88, 120


class Needed(Record):
    """What a module takes from elsewhere: the names of each import block of the god file by its index, and the names of other modules."""

    given: Mapping[int, frozenset[str]]
    others: frozenset[str]


def needed(god: God, names: Iterable[str], own: frozenset[str], *, unknown: bool = False) -> Needed:
    """What code needs that uses these names and defines `own`; `unknown` says that it asks for others, too, which only a star can give."""
    given: dict[int, set[str]] = {}
    others: set[str] = set()
    waiting, seen = sorted(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in god.homes and name not in own:
            others.add(name)
        elif name in god.given:
            for place in god.given[name]:
                given.setdefault(place, set()).add(name)
                if god.blocks[place].kind != "import":
                    waiting += god.blocks[place].uses
        elif name not in god.homes and name not in BUILTIN:
            unknown = True
    for place in god.stars if unknown else ():
        given.setdefault(place, set()).add("*")
    return Needed({place: frozenset(held) for place, held in sorted(given.items())}, frozenset(others))


def asks_before(god: God, places: Iterable[int]) -> bool:
    """Whether code asks for a name before the file binds it, as in `PARTS = [*PARTS, "more"]` below a star import."""
    return any(
        name not in god.given and min(god.homes[name]) >= place
        for place in (places if god.stars else ())
        for name in god.blocks[place].now & god.homes.keys()
    )


def width(text: str) -> int:
    """How long a line may be: formatters break them at 79 to 120 characters, and a line that the file has is no longer than it may be."""
    return min(max([SHORTEST, *map(len, text.splitlines())]), LONGEST)


def import_lines(god: God, held: Needed, package: str, kinds: Iterable[str] = ("import", "imports")) -> list[str]:
    """The lines of the god file's own imports, with blank lines between groups where it has them."""
    made: list[str] = []
    writing, switches = Writing(god, imports=True), of_ranges(god)
    for place, names in held.given.items():
        block = god.blocks[place]
        if block.kind not in kinds:
            continue
        closed, opened = writing.before(place)
        above = god.text[block.start : block.code].splitlines()
        comments: list[str] = []
        while above and above[-1].lstrip().startswith("#"):
            comments.insert(0, above.pop())
        comments = [line for line in comments if not rules_all(god, line) and line.rstrip() not in switches]
        made += closed
        if made and (any(not line.strip() for line in above) or block.kind == "imports"):
            made.append("")
        made += opened
        if block.kind == "import" and not all(alias.bound in names or alias.name == "*" for alias in block.aliases):
            made += [*comments, *_chosen(god, block, names, package)]
        else:
            made += [*comments, *cut(god, place, package, code_only=True).splitlines()]
    made += writing.end()
    while made and not made[0].strip():
        made.pop(0)
    return made


def _chosen(god: God, block: Block, names: frozenset[str], package: str) -> list[str]:
    """Some names of an import statement."""
    source = god.text[block.code : block.end].rstrip()
    comment = source.partition("#")[2] if "\n" not in source else ""
    tail = f"  #{comment}" if comment else ""
    wanted = [one for one in block.aliases if one.bound in names or (one.name == "*" and "*" in names)]
    made: list[str] = []
    for one in (one for one in wanted if one.plain):
        made.append(f"import {_written(one)}{tail}")
    for module in dict.fromkeys(one.module for one in wanted if not one.plain):
        written = rerooted(module, god.package, package) if module.startswith(".") else module
        made += from_lines(written, [_written(one) for one in wanted if one.module == module], width(god.text), tail)
    return made


def _written(one: Alias) -> str:
    bound = one.name.partition(".")[0] if one.plain else one.name
    return one.name if one.bound == bound else f"{one.name} as {one.bound}"


def from_lines(module: str, names: list[str], limit: int, tail: str = "", filled: bool = False) -> list[str]:
    """A `from` import in as many lines as it takes; `filled` puts as many names on a line as fit."""
    line = f"from {module} import {', '.join(names)}{tail}"
    if len(line) <= limit or len(names) == 1:
        return [line]
    body = fill(names, limit) if filled else [f"    {name}," for name in names]
    return [f"from {module} import ({tail}", *body, ")"]


def fill(words: list[str], limit: int) -> list[str]:
    """Words with commas, as many on an indented line as fit."""
    made = ["   "]
    for word in words:
        if len(made[-1]) + len(word) + 2 > limit and made[-1].strip():
            made.append("   ")
        made[-1] += f" {word},"
    return made


def cut(god: God, place: int, package: str, *, code_only: bool = False, more: Iterable[Piece] = ()) -> str:
    """The text of a block as it is written in a module of `package`: byte for byte, but for relative imports, `__name__`, names of tasks
    and `more` pieces."""
    block = god.blocks[place]
    pieces = [*god.pieces.get(place, ()), *more]
    pieces += [Piece(start, end, rerooted(dots, god.package, package)) for start, end, dots in block.dots]
    at = block.code if code_only else block.start
    made = []
    for one in sorted(pieces):
        made += [god.text[at : one.start], one.text]
        at = one.end
    text = "".join([*made, god.text[at : block.end]])
    return text if text.endswith(("\n", "\r")) else text + god.newline
