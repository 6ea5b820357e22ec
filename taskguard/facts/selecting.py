"""How a selection is declared: a function of one file's facts, noted with what it is asked with."""

from __future__ import annotations

from taskguard.facts.watched import quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, Generic, ParamSpec, TypeVar

    from taskguard.facts.model import Facts

    P = ParamSpec("P")
    T = TypeVar("T")

    class Selection(Generic[P, T]):
        of: Callable[Concatenate[Facts, P], T]

        def __init__(self, of: Callable[Concatenate[Facts, P], T]) -> None: ...
        def __call__(self, facts: Facts, *args: P.args, **named: P.kwargs) -> T: ...

else:

    class Selection:
        """A function of facts and of plain values. It is noted with what it is asked with; `of` is the function itself."""

        __slots__ = ("of",)

        def __init__(self, of):
            self.of = of

        def __call__(self, facts, *args):
            return self.of(quietly(facts, self.of.__name__, args), *args)
