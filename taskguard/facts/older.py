"""Syntax of Python 2 brought to that of today on the same lines, so that the host's `ast` reads it: statements of `print` and `exec`, `except E, e`, `raise E, "why"`,
backticks, `<>`, `0777`, `10L`, `ur""`, tabs beside blanks, and parameters of a `lambda` in brackets.

Every change is an edit of the text, and what the edits moved goes back to its place afterwards.
"""

from __future__ import annotations

from itertools import pairwise

from taskguard.facts.edits import Edit, pieces
from taskguard.facts.lexer import tokens
from taskguard.facts.lowering import Lowered, Statements
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.lexer import Token

OCTAL = regex(r"0[0-7]+[lL]?\Z")
LONG = regex(r"(?:\d+|0[xX][\da-fA-F]+)[lL]\Z")
RAW = regex(r"[uU][rR]")
# What stands behind a name that is no statement of its own.
GOES_ON = frozenset("( = . , ) ] } : ; if else for in is and or as % / + | & ^ < !".split())


def modernize(text: str) -> Lowered | None:
    """The text in today's syntax; None where it holds nothing of Python 2."""
    found = tokens(text)
    statements = _Old(text, found)
    edits = [*_indented(text, found), *statements.edits(), *_small(text, found)]
    edits.sort(key=lambda edit: (edit.start, edit.end))
    if not edits or any(one.end > other.start for one, other in pairwise(edits)):
        return None
    return Lowered("".join(pieces(text, edits)), tuple(edits), ("", ""), frozenset())


class _Old(Statements):
    """The statements of a text that may be written in the old way."""

    def edits(self) -> Iterator[Edit]:
        """What brings them to today's form."""
        for at in self.starts():
            word = self._found[at].text
            if word in ("print", "exec"):
                yield from self._called(at)
            elif word == "raise":
                yield from self._raised(at)
            elif word == "except":
                yield from self._caught(at)
        for at, token in enumerate(self._found):
            closing = self._closings.get(at + 1)
            if token.text == "lambda" and closing is not None and self._word(closing + 1) == ":":
                for place in (at + 1, closing):
                    yield Edit(self._found[place].start, self._found[place].end, " ")

    def _last(self, at: int) -> int:
        """The index of the last token of the statement that begins at `at`."""
        last = at
        for place in self._top(at, len(self._found)):
            if self._word(place) == ";":
                break
            last = self._closings.get(place, place + 1) - (place not in self._closings)
        return last

    def _called(self, at: int) -> Iterator[Edit]:
        """`print x` becomes `print(x)`, and `print >>f, x` `print(f, x)`."""
        first, last = at + 1, self._last(at)
        if last == at or self._word(first) in GOES_ON:
            return
        start, end = self._found[at].end, self._found[first].start
        if self._word(first) == ">" and self._word(first + 1) == ">":
            end = self._found[first + 1].end
        yield Edit(start, max(end, start), "(" + " " * max(end - start - 1, 0))
        yield Edit(self._found[last].end, self._found[last].end, ")")

    def _raised(self, at: int) -> Iterator[Edit]:
        """`raise E, "why"` becomes `raise E("why")`; what stands behind an instance is left out."""
        last = self._last(at)
        comma = next((place for place in self._top(at, last) if self._word(place) == ","), None)
        if comma is not None and self._word(comma - 1) == ")":
            yield self._blank(self._found[comma].start, self._found[last].end)
        elif comma is not None:
            yield Edit(self._found[comma].start, self._found[comma].end, "(")
            yield Edit(self._found[last].end, self._found[last].end, ")")

    def _caught(self, at: int) -> Iterator[Edit]:
        """`except E, e:` becomes `except E as e:`."""
        for place in self._top(at + 1, len(self._found)):
            if self._word(place) in (":", "as"):
                return
            if self._word(place) == ",":
                if self._word(place + 1).isidentifier() and self._word(place + 2) == ":":
                    yield Edit(self._found[place].start, self._found[place].end, " as ")
                return


def _indented(text: str, found: list[Token]) -> Iterator[Edit]:
    """A tab before a statement is as wide as Python 2 takes it."""
    begins = True
    for token in found:
        if begins and token.kind != "line":
            start = max(text.rfind("\n", 0, token.start), text.rfind("\r", 0, token.start)) + 1
            if "\t" in text[start : token.start]:
                yield Edit(start, token.start, text[start : token.start].expandtabs(8))
        begins = token.kind == "line"


def _small(text: str, found: list[Token]) -> Iterator[Edit]:
    """What is one token: numbers, texts, operators."""
    opened = False
    for at, token in enumerate(found):
        if token.kind == "number" and OCTAL.match(token.text) and token.text.strip("0"):
            yield Edit(token.start, token.end, f"0o{token.text[1:].rstrip('lL')}")
        elif token.kind == "number" and LONG.match(token.text):
            yield Edit(token.end - 1, token.end, " ")
        elif token.kind == "string" and RAW.match(text, token.start):
            yield Edit(token.start, token.start + 1, " ")
        elif token.text == "`":
            yield Edit(token.start, token.end, ")" if opened else "(")
            opened = not opened
        elif token.text == ">" and at and found[at - 1].text == "<" and found[at - 1].end == token.start:
            yield Edit(found[at - 1].start, token.end, "!=")
