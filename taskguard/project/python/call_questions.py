"""What is asked of the calls in one function, by its text."""

from __future__ import annotations

from taskguard.facts.call_shapes import call_shapes
from taskguard.facts.lines import lines_between
from taskguard.facts.questions import LinesQuestion, PlacedLinesQuestion
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.call_shapes import Shape
    from taskguard.facts.slices import Piece

# A method of what a call gives back at once, one of a name, and what a call gives to a name.
_AT_ONCE = regex(r"\)\s*\.\w+\(")
_ON_CALL = regex(r"\)\s*\.(\w+)\(")
_METHOD = regex(r"\b(\w+)\.\w+\(")
_GIVEN = regex(r"\b(\w+)\s*=\s*(?:await\s+)?([\w.]+)\(")


@LinesQuestion
def asked_results(text: str, first: int, last: int) -> frozenset[str] | None:
    """The names that a function binds to what a call gives and of which it calls a method, each as the called name; None where it may ask results at once (`a().b()`)."""
    cut = lines_between(text, first, last)
    if _AT_ONCE.search(cut) is not None:
        return None
    asked = {found[1] for found in _METHOD.finditer(cut)}
    return frozenset(found[2] for found in _GIVEN.finditer(cut) if found[1] in asked)


@LinesQuestion
def called_on_calls(text: str, first: int, last: int) -> list[str]:
    """The methods that a function calls on what other calls give: `Orders().close()`."""
    return sorted(set(_ON_CALL.findall(lines_between(text, first, last))))


@LinesQuestion
def names_from_without(text: str, first: int, last: int) -> frozenset[str]:
    """The names that a function reads and nowhere gives a value, nor takes as a parameter; those of functions within, too."""
    from taskguard.facts.free_names import never_bound

    return never_bound(lines_between(text, first, last))


@LinesQuestion
def shapes_called(text: str, first: int, last: int, *names: str) -> frozenset[Shape]:
    """As `facts.call_shapes` has it."""
    return call_shapes(lines_between(text, first, last), names)


@PlacedLinesQuestion
def lines_about(
    text: str, first: int, last: int, words: tuple[str, ...], names: tuple[str, ...]
) -> tuple[Piece, ...] | None:
    """As `facts.slices.about` has it."""
    from taskguard.facts.slices import about

    return about(lines_between(text, first, last), first, words, names)
