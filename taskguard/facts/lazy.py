"""Facts of which each section is made when somebody first asks for it: most of what a file says nobody wants to know."""

from __future__ import annotations

from taskguard.facts.model import Facts
from taskguard.record import maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

# Stands for a section that nobody has asked for yet.
UNASKED: Any = object()


class LazyFacts(Facts):
    """The same values. Behind them stand those that are made by now, and what makes the others."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, name) for name in Facts.fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and list(self) == list(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return repr(Facts(*self))

    def __reduce__(self) -> tuple[Any, ...]:
        return Facts, tuple(self)

    def replace(self, **changes: Any) -> Any:
        """The same facts with some sections changed."""
        return Facts(*self).replace(**changes)


def _section(place: int) -> Callable[[Any], Any]:
    def read(held: Any) -> Any:
        value = held[0][place]
        if value is UNASKED:
            value = held[0][place] = held[1](place)
        return value

    return read


for _place, _name in enumerate(Facts.fields):
    setattr(LazyFacts, _name, property(_section(_place)))

_lazy = maker(LazyFacts)


def lazy(make: Callable[[int], Any]) -> Facts:
    """Facts of which `make` gives each section by its place among the fields."""
    return _lazy(([UNASKED] * len(Facts.fields), make))
