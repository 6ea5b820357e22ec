"""Whether arguments fit the parameters of a function, as Python binds them."""

from __future__ import annotations

from taskguard.facts.model import Param, Star
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from taskguard.facts.model import Call, Expr

    MisfitKind = Literal["called", "missing", "many", "unknown", "twice", "placed", "ran", "sent"]

PLACED = ("positional", "both")
# So many names are written out in a message.
MOST = 4


class Given(Record):
    """Arguments: how many by position, and the names of the others. `more` and `other` say that there may be more of either (`*rows`, `**options`)."""

    places: int = 0
    names: tuple[str, ...] = ()
    more: bool = False
    other: bool = False

    def after(self, first: int | None) -> Given:
        """The same behind so many others, as a signature puts those that it gets before its own; None: nobody knows how many."""
        return self.replace(more=True) if first is None else self.replace(places=self.places + first)

    def with_more(self, more: Given) -> Given:
        """Both together: what is given later stands before what is there."""
        names = tuple(dict.fromkeys((*self.names, *more.names)))
        return Given(self.places + more.places, names, self.more or more.more, self.other or more.other)


def argument_for(call: Call, params: Sequence[Param], name: str) -> Expr | None:
    """What a call gives for a parameter that takes one value; None where it gives nothing, or that cannot be told."""
    if not any(one.name == name and one.kind in (*PLACED, "keyword") for one in params):
        return None
    given = call.keyword(name)
    if given is not None:
        return given
    placed = [one.name for one in params if one.kind in PLACED]
    place = placed.index(name) if name in placed else len(call.args)
    if place >= len(call.args) or any(isinstance(one, Star) for one in call.args[: place + 1]):
        return None
    return call.args[place]


class Misfit(Record):
    """What is wrong, as a phrase. `kind` is `missing`, `many`, `unknown`, `twice` or `placed`; `names` are the parameters or arguments in question."""

    kind: MisfitKind
    names: tuple[str, ...]
    text: str


def misfits(params: tuple[Param, ...], given: Given, whole: bool = True) -> tuple[Misfit, ...]:
    """All that does not fit. Where it is not `whole`, more may come before it, so that nothing is missing yet."""
    surplus = tuple(_surplus(params, given))
    told = {name for one in surplus if one.kind == "placed" for name in one.names}
    lacking = tuple(name for name in _missing(params, given) if name not in told) if whole else ()
    if not lacking:
        return surplus
    return (
        *surplus,
        Misfit("missing", lacking, f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing"),
    )


def _surplus(params: tuple[Param, ...], given: Given) -> Iterator[Misfit]:
    placed = [one for one in params if one.kind in PLACED]
    kinds = {one.kind for one in params}
    if given.places > len(placed) and "var" not in kinds:
        takes = f"{len(placed)} by position" if placed else "none by position" if kinds else "none"
        yield Misfit("many", (), f"{_count(given.places)}, and it takes {takes}")
    before = {one.name for one in placed[: given.places] if one.kind == "both"}
    unknown: list[str] = []
    by_name = {one.name for one in params if one.kind in ("both", "keyword")}
    for name in given.names:
        if name in before:
            yield Misfit("twice", (name,), f"{name} is given twice, by position and by name")
        elif name not in by_name and "rest" not in kinds:
            if any(one.name == name for one in placed):
                yield Misfit("placed", (name,), f"{name} can be given by position only")
            else:
                unknown.append(name)
    if unknown:
        yield Misfit("unknown", tuple(unknown), f"it has no parameter {_some(unknown)}")


def _missing(params: tuple[Param, ...], given: Given) -> tuple[str, ...]:
    if given.other:
        return ()
    rest = [one for one in params if one.kind in PLACED][given.places :] if not given.more else []
    needed = [*rest, *(one for one in params if one.kind == "keyword")]
    return tuple(
        one.name for one in needed if one.default is None and (one.kind == "positional" or one.name not in given.names)
    )


def _some(names: list[str]) -> str:
    """Names, or as many of them as one reads."""
    return ", ".join(names) if len(names) <= MOST else f"{', '.join(names[:MOST])} and {len(names) - MOST} more"


def _count(number: int) -> str:
    return "1 argument is given by position" if number == 1 else f"{number} arguments are given by position"
