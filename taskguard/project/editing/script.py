"""The text of a file as edits see it: places, tokens, and what stands around them."""

from __future__ import annotations

from bisect import bisect_left

from taskguard.diagnostics import Edit, Span
from taskguard.facts.lexer import Token, tokens
from taskguard.facts.lines import Lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(OPENING.values())
# Formatters break lines at 79 to 120 characters. A line that the file has already is no longer than it may be.
SHORTEST, LONGEST = 88, 120


class Script:
    """One file. `path` is root-relative, `text` is decoded and has its own line ends."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = Lines(text)
        # How long a line may be.
        self.limit = min(max([SHORTEST, *map(len, text.splitlines())]), LONGEST)
        self._tokens: list[Token] | None = None
        self._starts: list[int] = []
        self._around: list[int] | None = None
        self.displays: dict[int, Any] = {}  # filled by items.strings

    @property
    def tokens(self) -> list[Token]:
        """The tokens up to what no tokeniser can read; no comments, and no ends of lines within brackets."""
        if self._tokens is None:
            self._tokens = tokens(self.text)
            self._starts = [one.start for one in self._tokens]
        return self._tokens

    def place(self, offset: int) -> int:
        """The index of the first token that begins at `offset` or behind it."""
        held = self.tokens
        return bisect_left(self._starts, offset) if held else 0

    def token(self, place: int) -> Token | None:
        """The token with that index, None before the first and behind the last."""
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def is_op(self, place: int, text: str) -> bool:
        """Whether the token with that index is this bracket or mark."""
        one = self.token(place)
        return one is not None and one.kind == "op" and one.text == text

    def enclosing(self, place: int) -> int | None:
        """The index of the bracket that is open at the token with the index `place`."""
        if self._around is None:
            self._around = []
            held = [-1]
            for index, one in enumerate(self.tokens):
                self._around.append(held[-1])
                if one.kind == "op" and one.text in OPENING:
                    held.append(index)
                elif one.kind == "op" and one.text in CLOSING and len(held) > 1:
                    held.pop()
            self._around.append(held[-1])
        found = self._around[min(max(place, 0), len(self.tokens))]
        return found if found >= 0 else None

    def closing(self, place: int) -> int | None:
        """The index of the bracket that closes the one with the index `place`."""
        depth = 0
        for index in range(place, len(self.tokens)):
            one = self.tokens[index]
            if one.kind != "op":
                continue
            if one.text in OPENING:
                depth += 1
            elif one.text in CLOSING:
                depth -= 1
                if not depth:
                    return index if one.text == OPENING[self.tokens[place].text] else None
        return None

    def cut(self, span: Span) -> str:
        """The text of a span."""
        start, end = self.lines.range(span)
        return self.text[start:end]

    def first_on_line(self, offset: int) -> bool:
        """Whether only blanks stand before a place on its line."""
        return not self.text[self.lines.start(self.lines.line(offset)) : offset].strip(" \t\f")

    def indent(self, line: int) -> str:
        """The blanks at the beginning of a line."""
        text = self.text[self.lines.start(line) : self.lines.end(line)]
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def edit(self, start: int, end: int, text: str) -> Edit:
        """The edit of what stands between two offsets. Ends of lines in `text` become those of the file."""
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        return Edit(self.path, self.lines.span(start, end), plain.replace("\n", self.lines.newline))

    def insert(self, offset: int, text: str) -> Edit:
        return self.edit(offset, offset, text)


def quoted(text: str, quote: str = '"') -> str:
    """A string literal, in the quote asked for where that needs no escape."""
    other = "'" if quote == '"' else '"'
    if text.isprintable() and "\\" not in text and not (quote in text and other in text):
        mark = other if quote in text else quote
        return f"{mark}{text}{mark}"
    return repr(text)
