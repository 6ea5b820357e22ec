"""The lines of code around a diagnostic, with what it is about underlined."""

from __future__ import annotations

from taskguard.reporters.escape import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.diagnostics import Diagnostic

AROUND = 2
WIDEST = 160
BEFORE = 40
TAB = "    "


def about_file(one: Diagnostic) -> bool:
    """Whether a diagnostic is about a file as such: no line of it is shown."""
    return (one.line, one.column, one.end_line, one.end_column) == (1, 1, 1, 1)


def frame(one: Diagnostic, lines: list[str], paint: Callable[[str, str], str]) -> Iterator[str]:
    """Lines of a frame, without line ends; nothing where the diagnostic is about the file as such."""
    if about_file(one) or not 0 < one.line <= len(lines):
        return
    first, last = extent(one.line, lines)
    width = len(str(last))
    cut = max(0, one.column - 1 - BEFORE) if len(lines[one.line - 1]) > WIDEST else 0
    bar = paint("gutter", "|")
    yield f"{' ' * width} {bar}"
    for number in range(first, last + 1):
        code = visible(lines[number - 1][cut : cut + WIDEST]).rstrip()
        gutter = paint("gutter", f"{number:>{width}}")
        yield f"{gutter} {bar} {code}" if code else f"{gutter} {bar}"
        if number == one.line:
            before, marked = underline(one, lines[number - 1], cut)
            yield f"{' ' * width} {bar} {' ' * before}{paint(one.level, '^' * marked)} {paint(one.level, one.code)}"
    yield f"{' ' * width} {bar}"


def extent(line: int, lines: list[str]) -> tuple[int, int]:
    """The first and the last line of a frame, without blank lines at its edges."""
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    while first < line and not lines[first - 1].strip():
        first += 1
    while last > line and not lines[last - 1].strip():
        last -= 1
    return first, last


def underline(one: Diagnostic, line: str, cut: int) -> tuple[int, int]:
    """How many columns of a terminal stand before the underlined part of a line, and how many it takes."""
    start = one.column - 1
    end = one.end_column - 1 if one.end_line == one.line else len(line.rstrip())
    shown_part = line[cut : cut + WIDEST]
    before = columns(visible(shown_part[: start - cut]))
    return before, max(1, columns(visible(shown_part[start - cut : max(end - cut, 0)])))


def visible(code: str) -> str:
    """Code as the frame shows it."""
    return shown(code.replace("\t", TAB))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
