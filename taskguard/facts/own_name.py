"""Where f-strings put the name of their module into a text: `{__name__}` and nothing more, which can be written out."""

from __future__ import annotations

from taskguard.facts.lexer import Field, Token, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OWN = "__name__"


def own_name_fields(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places of such fields between two offsets, where whole statements begin and end. No Python before 3.12 says them, and a search in the
    text would take those of plain strings and of f-strings of another meaning (`{{__name__}}`) for them."""
    code = text[start:end]
    return [(start + one.start, start + one.end) for one in _fields(tokens(code)) if _is_plain(one)]


def _is_plain(one: Field) -> bool:
    """Whether a field is a name as it is: `{__name__!r}` and `{__name__:>20}` are not, nor is `{__name__=}`."""
    bare = not (one.conversion or one.debug) and one.spec is None
    return bare and [inner.text for inner in one.inner] == [OWN]


def _fields(found: Iterable[Token]) -> Iterator[Field]:
    """All fields of f-strings, also of those within others."""
    for token in found:
        if token.kind == "string" and "f" in token.text[: token.body - token.start].lower():
            yield from _within(token.parts or ())


def _within(parts: Iterable[object]) -> Iterator[Field]:
    for one in parts:
        if isinstance(one, Field):
            yield one
            yield from _fields(one.inner)
            yield from _within(one.spec or ())
