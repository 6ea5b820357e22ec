"""Places in a text: lines and columns as spans count them, and offsets."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from taskguard.diagnostics import Span
from taskguard.patterns import regex

END = regex(r"\r\n|\n|\r")


class Lines:
    """A text by its lines. Line and column are 1-based; a form feed or a Unicode separator ends no line, as for Python."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends = [(found.start(), found.end()) for found in END.finditer(text)]
        self._starts = [0, *(end for _, end in self._ends)]

    def offset(self, line: int, column: int) -> int:
        """Where a place is. Raises ValueError where the text has no such place."""
        if not 1 <= line <= len(self._starts) or column < 1:
            raise ValueError(f"there is no line {line}, column {column}")
        place = self._starts[line - 1] + column - 1
        if place > self.end(line):
            raise ValueError(f"line {line} has no column {column}")
        return place

    def range(self, span: Span) -> tuple[int, int]:
        """Where a span begins and ends. Raises ValueError where the text has no such places."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def start(self, line: int) -> int:
        """Where a line begins."""
        return self._starts[line - 1]

    def end(self, line: int) -> int:
        """Where a line ends, before the characters that end it."""
        return self._ends[line - 1][0] if line <= len(self._ends) else len(self.text)

    def after(self, line: int) -> int:
        """Where the next line begins; the end of the text behind the last line."""
        return self._starts[line] if line < len(self._starts) else len(self.text)

    def line(self, offset: int) -> int:
        """The line of an offset."""
        return bisect_right(self._starts, offset)

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        first, last = self.line(start), self.line(end)
        return Span(first, start - self._starts[first - 1] + 1, last, end - self._starts[last - 1] + 1)

    @property
    def newline(self) -> str:
        r"""What ends the first line: `\n`, `\r\n` or `\r`; `\n` where there is but one."""
        return self.text[slice(*self._ends[0])] if self._ends else "\n"


@lru_cache(maxsize=200)
def lines_of(text: str) -> Lines:
    """The lines of a text that is asked for them again and again."""
    return Lines(text)


def depth_of(line: str) -> int:
    """How many blanks a line begins with."""
    return len(line) - len(line.lstrip())


def lines_between(text: str, first: int, last: int) -> str:
    """The lines of a text from the first to the last one, both 1-based."""
    lines = lines_of(text)
    return text[lines.start(first) : lines.after(last)]
