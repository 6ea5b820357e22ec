"""Questions about the text of a file that need no parser: pure functions, of whose answers the engine may keep what they were.

To read a text is to rest on all of it; to ask a question is to rest on the answer. After an edit that leaves all answers as they were,
the verdicts hold.
"""

from __future__ import annotations

from taskguard.facts.by_name import function_named
from taskguard.facts.lines import lines_between
from taskguard.facts.watched import plain
from taskguard.sealing import fingerprint

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

    from taskguard.facts.model import Facts, Function

    P = ParamSpec("P")
    T = TypeVar("T", covariant=True)

    class Asked(Protocol):
        """What has texts: a project."""

        def ask(self, path: str, question: Any, args: tuple[Any, ...], given: tuple[Any, ...] | None = None) -> Any: ...

    class Notes(Protocol):
        """Who wants to know what is read of texts, and of what is no part of the project."""

        def text(self, path: str) -> None: ...
        def outside(self, path: str, text: str | None, *, listed: bool) -> None: ...
        def beside(self, base: str, answer: str) -> None: ...
        def answer(self, path: str, question: Any, args: tuple[Any, ...], answer: Any) -> None: ...

    class Question(Generic[P, T]):
        of: Callable[Concatenate[str, P], T]
        key: tuple[str, str]

        def __init__(self, of: Callable[Concatenate[str, P], T]) -> None: ...
        def __call__(self, asked: Asked, path: str, *args: P.args, **named: P.kwargs) -> T: ...

    class PlacedQuestion(Question[P, T]): ...

    class ImportsQuestion(Generic[P, T]):
        of: Callable[Concatenate[str, frozenset[str], P], T]
        key: tuple[str, str]

        def __init__(self, of: Callable[Concatenate[str, frozenset[str], P], T]) -> None: ...
        def __call__(self, asked: Asked, path: str, heads: frozenset[str], *args: P.args, **named: P.kwargs) -> T: ...

    class FactsQuestion(Generic[P, T]):
        of: Callable[Concatenate[str, Facts, P], T]
        key: tuple[str, str]

        def __init__(self, of: Callable[Concatenate[str, Facts, P], T]) -> None: ...
        def __call__(self, asked: Asked, path: str, facts: Facts, *args: P.args, **named: P.kwargs) -> T: ...

    class PlacedFactsQuestion(FactsQuestion[P, T]): ...

    class BodyQuestion(Generic[P, T]):
        of: Callable[Concatenate[str, int, int, P], T]
        key: tuple[str, str]

        def __init__(self, of: Callable[Concatenate[str, int, int, P], T]) -> None: ...
        def __call__(self, asked: Asked, path: str, function: Function, *args: P.args, **named: P.kwargs) -> T: ...

    class LinesQuestion(BodyQuestion[P, T]): ...

    class PlacedLinesQuestion(BodyQuestion[P, T]): ...

else:

    class Question:
        """A function of a text and of values that `repr` writes in full, declared as a question: it is called with a project and a path.

        A file that cannot be read has an empty text. `of` is the function itself, `key` where it stands.
        """

        __slots__ = ("key", "of")

        def __init__(self, of):
            self.of = of
            self.key = of.__module__, of.__qualname__

        def __call__(self, asked, path, *args):
            return asked.ask(path, self, args)

    class PlacedQuestion(Question):
        """A question whose answer is made of records, and says by spans where things stand: what they say is remembered apart from that, and where
        that is as it was, they have moved along.
        """

        __slots__ = ()

    class ImportsQuestion(PlacedQuestion):
        """A placed question that is told, behind the text, what the dotted name of a module of the project may begin with (`module_heads`)."""

        __slots__ = ()

        def __call__(self, asked, path, heads, *args):
            return asked.ask(path, self, args, (heads, *args))

    class FactsQuestion(Question):
        """A question that is told the facts of the file behind its text: who asks it rests on nothing of these but the answer."""

        __slots__ = ()

        def __call__(self, asked, path, facts, *args):
            return asked.ask(path, self, args, (plain(facts), *args))

    class PlacedFactsQuestion(PlacedQuestion):
        """As `FactsQuestion`, with an answer as that of a `PlacedQuestion`."""

        __slots__ = ()

        __call__ = FactsQuestion.__call__

    class BodyQuestion(Question):
        """A question about the lines of a function: its first and last line stand behind the text. It is called with the function, the last one
        of its qualified name in the file: the answer is remembered by that name, wherever its lines have gone.
        """

        __slots__ = ()

        def __call__(self, asked, path, function, *args):
            return asked.ask(path, self, (function.qualname, *args), given_for(function, args))

    class LinesQuestion(BodyQuestion):
        """A body question that looks at these lines alone, wherever they stand: where they are what they were, nobody asks again."""

        __slots__ = ()

    class PlacedLinesQuestion(PlacedQuestion):
        """As `LinesQuestion`, with an answer as that of a `PlacedQuestion`, whose places move along with the lines."""

        __slots__ = ()

        __call__ = BodyQuestion.__call__


def given_for(function: Function, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a question about the body of a function is asked with."""
    return (function.span.line, function.span.end_line, *args)


def asked_again(
    key: tuple[str, str], args: tuple[Any, ...], text: str, facts: Facts, heads: Callable[[], frozenset[str]]
) -> tuple[Any, Any]:
    """What the question that stands there says of another text of a file, and the question. `heads` gives those of the project. Raises ImportError, AttributeError, TypeError and KeyError where
    there is no such question by now, or no such function."""
    found = question_at(key)
    if type(found) in (BodyQuestion, LinesQuestion, PlacedLinesQuestion):
        args = given_for(function_named(facts, args[0]), args[1:])
    elif type(found) in (FactsQuestion, PlacedFactsQuestion):
        args = (facts, *args)
    elif type(found) is ImportsQuestion:
        args = (heads(), *args)
    elif type(found) not in (Question, PlacedQuestion):
        raise TypeError(f"{key} is no question")
    return found.of(text, *args), found


def question_at(key: tuple[str, str]) -> Any:
    """The question that stands there. Raises ImportError and AttributeError where there is none."""
    from importlib import import_module

    return getattr(import_module(key[0]), key[1])


@BodyQuestion
def stands_for_lines(text: str, first: int, last: int) -> str:
    """What stands for the lines of a function."""
    return fingerprint(lines_between(text, first, last).encode("utf-8", "surrogatepass"))


def by_lines(question: Any) -> bool:
    """Whether a question looks at the lines of a function alone."""
    return type(question) in (LinesQuestion, PlacedLinesQuestion)


@Question
def _finds(text: str, source: str, flags: int) -> bool:
    return _compiled(source, flags).search(text) is not None


@Question
def _every(text: str, source: str, flags: int) -> tuple[Any, ...]:
    return tuple(_compiled(source, flags).findall(text))


@Question
def holds(text: str, *words: str) -> bool:
    """Whether a text has one of these words, as a part of others too."""
    for word in words:  # noqa: SIM110 - asked by the ten thousand: `any` would take three times as long
        if word in text:
            return True
    return False


def finds(asked: Asked, path: str, pattern: re.Pattern[str]) -> bool:
    """Whether a pattern is found somewhere in the text of a file."""
    return _finds(asked, path, *_taken_apart(pattern))


def every(asked: Asked, path: str, pattern: re.Pattern[str]) -> tuple[Any, ...]:
    """All that a pattern finds in the text of a file, as `findall` has it."""
    return _every(asked, path, *_taken_apart(pattern))


# The patterns that were asked, by source and flags; so many are held.
_PATTERNS: dict[tuple[str, int], re.Pattern[str]] = {}
MOST_PATTERNS = 1000


def _taken_apart(pattern: re.Pattern[str]) -> tuple[str, int]:
    """The source and flags of a pattern, which a question is remembered by. It is put aside, not to be compiled again."""
    made = pattern.pattern, pattern.flags
    if made not in _PATTERNS:
        if len(_PATTERNS) >= MOST_PATTERNS:
            _PATTERNS.clear()
        _PATTERNS[made] = pattern
    return made


def _compiled(source: str, flags: int) -> re.Pattern[str]:
    found = _PATTERNS.get((source, flags))
    if found is None:
        import re

        found = re.compile(source, flags)
        _taken_apart(found)
    return found
