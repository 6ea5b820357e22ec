"""f-strings and t-strings that the host cannot read, as calls that stand for them."""

from __future__ import annotations

import ast
import re

from taskguard.facts.edits import HOST, Edit, line_ends, pieces
from taskguard.facts.lexer import Field, Literal, Token
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

UNIT = regex(r"\\N\{[^}]*\}|\\(?:\r\n|[^{}])|\{\{|\}\}|\"", re.DOTALL)


def string_edits(text: str, found: list[Token], marks: tuple[str, str]) -> Iterator[Edit]:
    """Edits for the f-strings and t-strings that the host cannot read. Neighbouring literals are one string to Python."""
    run: list[Token] = []
    for token in [*found, Token("line", "", 0, 0)]:
        if token.kind == "string":
            run.append(token)
        elif run:
            yield from _run(text, run, marks)
            run = []


def _run(text: str, run: list[Token], marks: tuple[str, str]) -> Iterator[Edit]:
    formatted = [token for token in run if token.parts is not None]
    if not formatted:
        return
    letters = [] if HOST >= (3, 14) else [edit for token in formatted for edit in _letters(token)]
    if HOST >= (3, 12) or all(_host_reads(text, token) for token in formatted):
        yield from letters
        return
    yield Edit(run[0].start, run[0].start, marks[0] + "(")
    for token in run:
        if token.parts is None:
            yield Edit(token.end, token.end, ",")
        else:
            end = token.end - (token.body - token.start - len(_prefix(token)))
            yield Edit(token.start, token.body, "")
            yield from _parts(text, token.parts, "r" in _prefix(token), marks)
            yield Edit(end, token.end, "")
    yield Edit(run[-1].end, run[-1].end, ")")


def _prefix(token: Token) -> str:
    return token.text[: min(token.text.find(quote) for quote in "'\"" if quote in token.text)].lower()


def _letters(token: Token) -> Iterator[Edit]:
    """A t-string, and those in it, as f-strings."""
    if token.parts is None:
        return
    at = _prefix(token).find("t")
    if at >= 0:
        yield Edit(token.start + at, token.start + at + 1, "f")
    for field in _all_fields(token.parts):
        for inner in field.inner:
            yield from _letters(inner)


def _all_fields(parts: tuple[Literal | Field, ...]) -> Iterator[Field]:
    for part in parts:
        if isinstance(part, Field):
            yield part
            yield from _all_fields(part.spec or ())


def _host_reads(text: str, token: Token) -> bool:
    if not any(isinstance(part, Field) for part in token.parts or ()):
        return True
    moved = [edit.replace(start=edit.start - token.start, end=edit.end - token.start) for edit in _letters(token)]
    try:
        ast.parse("".join(pieces(token.text, sorted(moved))), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _parts(text: str, parts: tuple[Literal | Field, ...], raw: bool, marks: tuple[str, str]) -> Iterator[Edit]:
    """Arguments of a call in the place of the parts of an f-string. The expressions stay where they are."""
    for part in parts:
        if isinstance(part, Literal):
            written = text[part.start : part.end]
            yield Edit(part.start, part.end, f"{_value(written, raw)!a},{line_ends(written)}")
            continue
        debug = f"{text[part.start + 1 : part.debug]!a}," if part.debug else ""
        yield Edit(part.start, part.start + 1, f"{debug}{marks[1]}((")
        yield from string_edits(text, list(part.inner), marks)
        conversion = ord(part.conversion) if part.conversion else ord("r") if part.debug and part.spec is None else -1
        if part.spec is None:
            yield Edit(part.stop, part.end, f"),{conversion}),{line_ends(text[part.stop : part.end])}")
            continue
        begin = part.spec[0].start if part.spec else part.end - 1
        yield Edit(part.stop, begin, f"),{conversion},{marks[0]}({line_ends(text[part.stop : begin])}")
        yield from _parts(text, part.spec, raw, marks)
        yield Edit(part.end - 1, part.end, ")),")


def _value(written: str, raw: bool) -> str:
    """The characters that a part of an f-string stands for."""
    if raw:
        return written.replace("{{", "{").replace("}}", "}")
    single = UNIT.sub(lambda found: _unit(found.group()), written)
    try:
        value = ast.literal_eval(f'"""{single}"""')
    except (SyntaxError, ValueError):
        return written
    return value if isinstance(value, str) else written


def _unit(unit: str) -> str:
    if unit == '"':
        return '\\"'
    return unit[0] if unit in ("{{", "}}") else unit
