"""What one file's facts say by name, as tables that are made once: questions and selections are asked of the same facts one after another."""

from __future__ import annotations

from functools import lru_cache

from taskguard.facts.model import Ref
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.model import Facts, Function


class Itself:
    """Facts as a key: they are the same where they are the same object."""

    __slots__ = ("facts",)

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other.facts is self.facts

    def __hash__(self) -> int:
        return id(self.facts)


class Heads(Record):
    """What the names of a file begin with: `own` are its functions and the names it gives to what another name is, `bound` all others but imports."""

    own: frozenset[str]
    bound: frozenset[str]
    starred: bool


def named_functions(facts: Facts, qualname: str) -> list[Function]:
    """All functions of that qualified name, in order."""
    return _functions(Itself(facts)).get(qualname, [])


@lru_cache(maxsize=4)
def _functions(held: Itself) -> dict[str, list[Function]]:
    made: dict[str, list[Function]] = {}
    for one in held.facts.functions:
        made.setdefault(one.qualname, []).append(one)
    return made


def function_named(facts: Facts, qualname: str) -> Function:
    """The (last) function of that qualified name. Raises KeyError where there is none."""
    return _functions(Itself(facts))[qualname][-1]


def heads_of(facts: Facts) -> Heads:
    """What the names of a file begin with."""
    return _heads(Itself(facts))


@lru_cache(maxsize=4)
def _heads(held: Itself) -> Heads:
    facts = held.facts
    own = {one.name for one in facts.bindings if isinstance(one.value, Ref)}
    own |= {one.name for one in facts.functions if one.holder == "module"}
    bound = frozenset((*(one.bound for one in facts.imports), *(one.name for one in facts.bindings)))
    return Heads(frozenset(own), bound, any(one.name == "*" for one in facts.imports))


def module_heads(paths: Iterable[str]) -> frozenset[str]:
    """All that the dotted name of a module of these files may begin with, the empty string for relative names among them."""
    parts = {part for path in paths for part in path.split("/")}
    return frozenset(("", *(part.removesuffix(".pyi").removesuffix(".py") for part in parts)))
