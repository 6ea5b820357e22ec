"""Tokens of the newest grammar, on any host: just enough to find its new forms. Linear, and nothing recurses but f-strings.

LibCST reads these forms too, but its parser ends the process on deeply nested text and takes seconds for some flat one.
"""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.record import Record

DEEPEST = 20
TOKEN = regex(
    r"""(?P<skip>[ \t\f]+|\\(?:\r\n|\n|\r)|\#[^\r\n]*)|(?P<line>\r\n|\n|\r)
    |(?P<string>[rRbBuUfFtT]{0,2}(?:\'\'\'|\"\"\"|\'|\"))|(?P<name>[^\W\d]\w*)|(?P<number>\.?\d[\w.]*)|(?P<op>.)""",
    re.VERBOSE | re.DOTALL,
)
ENDS = {
    "'": regex(r"[^'\\\r\n]*(?:\\(?:\r\n|[\s\S])[^'\\\r\n]*)*'"),
    '"': regex(r'[^"\\\r\n]*(?:\\(?:\r\n|[\s\S])[^"\\\r\n]*)*"'),
    "'''": regex(r"[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''"),
    '"""': regex(r'[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""'),
}
NAMED = regex(r"\\N\{[^{}\r\n]*\}")
LITERAL = regex(r"[^{}\\\r\n'\"]+")


class LexError(Exception):
    """A string is none of the newest grammar either."""


class Literal(Record):
    """Text between the fields of an f-string."""

    start: int
    end: int


class Field(Record):
    """`{expression=!r:spec}`: `start` is at the `{`, `end` behind the `}`, `stop` behind the expression.

    `debug` is the end of the text that `=` repeats, 0 without one. `spec` is None without a `:`. `inner` are the tokens of
    the expression.
    """

    start: int
    stop: int
    end: int
    debug: int
    conversion: str
    spec: tuple[Literal | Field, ...] | None
    inner: tuple[Token, ...]


class Token(Record):
    """`kind` is `name`, `number`, `op`, `string`, or `line` for the end of a statement's line.

    `parts` are the pieces of an f-string or t-string, None for other tokens; `body` is where its text begins.
    """

    kind: str
    text: str
    start: int
    end: int
    parts: tuple[Literal | Field, ...] | None = None
    body: int = 0


def tokens(text: str) -> list[Token]:
    """The tokens of a text, without blanks, comments and ends of lines within brackets, up to a string that is broken."""
    made: list[Token] = []
    place = depth = 0
    while place < len(text):
        try:
            token, place = _next(text, place, 0)
        except LexError:
            break
        if token is None:
            continue
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth = max(depth - 1, 0)
        if token.kind != "line" or not depth:
            made.append(token)
    return made


def _next(text: str, place: int, level: int) -> tuple[Token | None, int]:
    """The token at a place, None for what is passed over, and the place behind it."""
    found = TOKEN.match(text, place)
    if found is None:
        raise LexError
    kind = found.lastgroup or "skip"
    if kind == "skip":
        return None, found.end()
    if kind == "string":
        token = _string(text, found.group(), place, level)
        return token, token.end
    return Token(kind, found.group(), place, found.end()), found.end()


def _string(text: str, opening: str, start: int, level: int) -> Token:
    prefix = opening.rstrip("'\"").lower()
    quote = opening[len(prefix) :]
    body = start + len(opening)
    if "f" in prefix or "t" in prefix:
        if level >= DEEPEST:
            raise LexError
        fields, end = _fields(text, body, quote, "r" in prefix, level, spec=False)
        end += len(quote)
        return Token("string", text[start:end], start, end, fields, body)
    closing = ENDS[quote].match(text, body)
    if closing is None:
        raise LexError
    return Token("string", text[start : closing.end()], start, closing.end())


def _fields(
    text: str, place: int, quote: str, raw: bool, level: int, *, spec: bool
) -> tuple[tuple[Literal | Field, ...], int]:
    """The parts of an f-string up to its closing quote, or of a format up to the `}` behind it; and the place of that end."""
    made: list[Literal | Field] = []
    start = place
    while True:
        letter = text[place : place + 1]
        if not letter or (letter in "\r\n" and len(quote) == 1):
            raise LexError
        if spec and letter == "}":
            break
        if not spec and text.startswith(quote, place):
            break
        if letter == "{" and (spec or text[place + 1 : place + 2] != "{"):
            if place > start:
                made.append(Literal(start, place))
            field = _field(text, place, quote, raw, level)
            made.append(field)
            start = place = field.end
        elif letter in "{}":
            if text[place + 1 : place + 2] != letter:
                raise LexError
            place += 2
        elif letter == "\\":
            place = _escape(text, place, raw)
        elif spec and text.startswith(quote, place):
            raise LexError
        else:
            found = LITERAL.match(text, place)
            place = found.end() if found else place + 1
    if place > start:
        made.append(Literal(start, place))
    return tuple(made), place


def _escape(text: str, place: int, raw: bool) -> int:
    """The place behind a backslash and what belongs to it. A brace behind it keeps its meaning."""
    if not raw and (named := NAMED.match(text, place)):
        return named.end()
    if text.startswith("\r\n", place + 1):
        return place + 3
    return place + (1 if text[place + 1 : place + 2] in ("{", "}") else 2)


def _field(text: str, start: int, quote: str, raw: bool, level: int) -> Field:
    """The field whose `{` is at `start`."""
    place, depth, debug = start + 1, 0, 0
    stop = place
    inner: list[Token] = []
    while True:
        token, after = _next(text, place, level + 1)
        if token is None or token.kind == "line":
            place = after
            continue
        if not depth and (token.text in ("}", ":") or (token.text == "!" and text[after : after + 1] != "=")):
            break
        if not depth and token.text == "=" and (end := _debug_end(text, token)):
            debug, place = end, end
            continue
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
        inner.append(token)
        place = stop = after
        if text.startswith("=", after) and token.text in ("=", "!", "<", ">"):
            place = stop = after + 1
    conversion, spec = "", None
    if text.startswith("!", place):
        name = TOKEN.match(text, place + 1)
        if name is None or name.group() not in ("r", "s", "a"):
            raise LexError
        conversion, place = name.group(), name.end()
        while (found := TOKEN.match(text, place)) and found.lastgroup in ("skip", "line"):
            place = found.end()
    if text.startswith(":", place):
        spec, place = _fields(text, place + 1, quote, raw, level, spec=True)
    if not text.startswith("}", place) or stop == start + 1:
        raise LexError
    return Field(start, stop, place + 1, debug, conversion, spec, tuple(inner))


def _debug_end(text: str, token: Token) -> int:
    """Where the blanks behind a `=` end if it is the last of its expression, else 0."""
    place = token.end
    while (found := TOKEN.match(text, place)) and found.lastgroup in ("skip", "line"):
        place = found.end()
    last = text[place : place + 1]
    ends = last in ("}", ":") or (last == "!" and text[place + 1 : place + 2] != "=")
    return place if ends else 0
