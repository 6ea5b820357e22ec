"""The god file as it is split: its blocks by the names that they define, and what stays behind."""

from __future__ import annotations

from taskguard.facts.blocks import blocks_of
from taskguard.facts.lines import Lines
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taskguard.facts.blocks import Block

# What a module offers by itself: these stay at the old path.
OFFERING = frozenset(("__getattr__", "__dir__"))
# Blocks that any module may have for itself, since done twice they do the same.
GIVEN = frozenset(("import", "imports", "logger"))
STAYING = frozenset(("main", "listing", "docstring", "future"))


class Piece(Record):
    """A piece of the text that is written otherwise: two offsets and what stands there then."""

    start: int
    end: int
    text: str


class User(Record):
    """A place outside of the file that relies on a name of it."""

    path: str
    line: int
    how: str


class God(Record):
    """`name` is the dotted name of the module, `package` that of the package that its relative imports count from.

    `homes` are the indexes of the blocks that define a name, `given` those of imports, branches of imports and loggers that bind it. `kept` stay
    in the facade, `early` do something before anything is defined. `pieces` are edits that a move needs, by block. `outside` says who uses a name.
    `limit` is how long a module may be, `tasks` are the names that are tasks, with a queue where one is known, `schedules` those that beat sends,
    with the time.
    """

    path: str
    name: str
    package: str
    text: str
    blocks: tuple[Block, ...]
    head: int
    homes: Mapping[str, tuple[int, ...]]
    given: Mapping[str, tuple[int, ...]]
    stars: tuple[int, ...]
    kept: frozenset[int]
    early: frozenset[int]
    pieces: Mapping[int, tuple[Piece, ...]]
    outside: Mapping[str, tuple[User, ...]]
    starred: tuple[str, ...]
    tasks: Mapping[str, str]
    limit: int
    schedules: Mapping[str, str]

    @property
    def is_package(self) -> bool:
        return self.path.rpartition("/")[2] == "__init__.py"

    @property
    def lazy_annotations(self) -> bool:
        """Whether nobody evaluates its annotations."""
        return any(alias.name == "annotations" for one in self.blocks if one.kind == "future" for alias in one.aliases)

    @property
    def newline(self) -> str:
        return Lines(self.text).newline

    @property
    def moving(self) -> list[int]:
        """The indexes of the blocks that go into modules."""
        return [
            place
            for place, one in enumerate(self.blocks)
            if place not in self.kept and place not in self.early and one.kind not in GIVEN and one.kind not in STAYING
        ]

    @property
    def rebound(self) -> frozenset[str]:
        """The names that functions bind by `global`."""
        return frozenset(name for place in self.moving for name in self.blocks[place].rebinds)

    @property
    def doubtful(self) -> frozenset[str]:
        """The names that the file binds under conditions only."""
        return frozenset(
            name for name, places in self.homes.items() if all(name in self.blocks[one].maybe for one in places)
        )

    @property
    def gone(self) -> frozenset[str]:
        """The names that the file deletes again."""
        return frozenset(name for one in self.blocks for name in one.deletes)

    def lines(self, place: int) -> int:
        """How many lines a block takes with what stands above it."""
        one = self.blocks[place]
        return self.text.count("\n", one.start, one.end) or 1


def god_of(text: str, path: str, name: str, package: str, *, limit: int = 600) -> God:
    """What the text says by itself. Raises SyntaxError."""
    found = blocks_of(text)
    blocks = _with_owned_imports(found.blocks)
    homes: dict[str, list[int]] = {}
    given: dict[str, list[int]] = {}
    stars: list[int] = []
    kept: set[int] = set()
    for place, one in enumerate(blocks):
        if one.kind in STAYING:
            kept.add(place)
        elif one.kind in GIVEN:
            for bound in [alias.bound for alias in one.aliases if alias.name != "*"] or one.binds:
                given.setdefault(bound, []).append(place)
            if any(alias.name == "*" for alias in one.aliases):
                stars.append(place)
        elif OFFERING.intersection(one.binds):
            kept.add(place)
        else:
            for bound in one.binds:
                homes.setdefault(bound, []).append(place)
    early = {
        place
        for place, one in enumerate(blocks)
        if place not in kept
        and one.kind == "statement"
        and not one.binds
        and not any(name in homes for name in one.now | one.alters)
    }
    pieces = {
        place: tuple(sorted(Piece(*where, name if text[where[0]] == "{" else f'"{name}"') for where in one.own_name))
        for place, one in enumerate(blocks)
        if one.own_name
    }
    return God(
        path, name, package, text, blocks, found.head,
        {key: tuple(places) for key, places in homes.items()}, {key: tuple(places) for key, places in given.items()},
        tuple(stars), frozenset(kept), frozenset(early), pieces, {}, (), {}, limit, {},
    )  # fmt: skip


def _with_owned_imports(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks, where branches of imports and loggers that need or bind a name which the file defines elsewhere count as statements: they go into one
    module."""
    made = list(blocks)
    homes = {name for one in made if one.kind not in GIVEN and one.kind not in STAYING for name in one.binds}
    while True:
        owned = [
            place
            for place, one in enumerate(made)
            if one.kind in ("imports", "logger") and not homes.isdisjoint((*one.now, *one.binds))
        ]
        if not owned:
            return tuple(made)
        for place in owned:
            made[place] = made[place].replace(kind="statement")
            homes.update(made[place].binds)


def with_pieces(god: God, pieces: Mapping[str, Iterable[Piece]]) -> God:
    """The god file with more edits, given by the name of what they are in."""
    edits = {place: list(ones) for place, ones in god.pieces.items()}
    for bound, given in pieces.items():
        for piece in given:
            held = god.homes[bound]
            place = next(at for at in held if god.blocks[at].start <= piece.start < god.blocks[at].end)
            edits.setdefault(place, []).append(piece)
    return god.replace(pieces={place: tuple(sorted(ones)) for place, ones in edits.items()})


def with_own_loggers(god: God) -> God:
    """The god file, whose loggers take the name of the module that they come to stand in."""
    loggers = {place for place, one in enumerate(god.blocks) if one.kind == "logger"}
    return god.replace(pieces={place: ones for place, ones in god.pieces.items() if place not in loggers})
