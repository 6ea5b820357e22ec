"""The comments of a god file that hold for all of it, and so for each of its parts: encoding, licence, and what it tells other tools."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.splitting.switches import of_ranges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskguard.splitting.god import God

LICENCE = regex(r"\b(?:SPDX-|copyright|licen[cs]ed?\b)", re.IGNORECASE)
CODING = regex(r"#.*\bcoding[:=]")
# At the top of a file these hold for all of it; further down, some stand for what follows.
AT_TOP = regex(r"(?!#\s*isort\s*:\s*split)#\s*(?:flake8|ruff|fmt|isort|mypy|pyright|pylint|type)\s*[:=]")
# These hold for the whole file wherever they stand on a line of their own, and these from there on.
ANYWHERE = regex(r"#\s*(?:flake8\s*[:=]\s*noqa|ruff\s*:\s*noqa|mypy\s*:|isort\s*:\s*skip_file)", re.IGNORECASE)
ONWARDS = regex(r"#\s*(?:pyright\s*:|pylint\s*:\s*disable\s*=)")
AGAIN = "pylint: enable"


def top_lines(god: God, places: Sequence[int] = ()) -> list[str]:
    """The comments at the top of a file with these blocks: its encoding, its licence, and what it tells linters about a whole file."""
    switches = of_ranges(god)
    paragraphs = [[line for line in lines if line not in switches] for lines in _paragraphs(god)]
    legal = [number for number, lines in enumerate(paragraphs) if any(LICENCE.search(line) for line in lines)]
    made: list[str] = []
    for number, lines in enumerate(paragraphs):
        if legal and legal[0] <= number <= legal[-1]:
            held = [line for line in lines if not line.startswith("#!")]
            made += ["", *held] if made and number > legal[0] else held
        else:
            made += [line for line in lines if CODING.match(line) or AT_TOP.match(line)]
    made += [line for _, place, line in below(god) if place not in places and line not in made]
    return made


def rules_all(god: God, line: str) -> bool:
    """Whether a comment above an import or the like holds for the file, and so is written at the top of each part."""
    return bool(ANYWHERE.match(line) or (AGAIN not in god.text and ONWARDS.match(line)))


def below(god: God) -> Iterator[tuple[int, int, str]]:
    """Those further down that hold for the file, as line number, index of the block that they stand above, and text."""
    first = min(god.moving, default=len(god.blocks))
    for place, block in enumerate(god.blocks):
        number = block.line - god.text.count("\n", block.start, block.code)
        for line in god.text[block.start : block.code].splitlines():
            if ANYWHERE.match(line) or (place <= first and rules_all(god, line)):
                yield number, place, line.rstrip()
            number += 1


def told(god: God) -> Iterator[tuple[int, str]]:
    """Line and text of what each part tells other tools."""
    number, switches = 1, of_ranges(god)
    for line in god.text[: god.head].splitlines():
        if AT_TOP.match(line) and line.rstrip() not in switches:
            yield number, line.rstrip()
        number += 1
    for number, _, line in below(god):
        yield number, line


def _paragraphs(god: God) -> list[list[str]]:
    """The comments above the first statement, as far as nothing but blank lines comes between them."""
    made: list[list[str]] = [[]]
    for line in god.text.splitlines():
        if line.startswith("#"):
            made[-1].append(line.rstrip())
        elif line.strip():
            break
        elif made[-1]:
            made.append([])
    return made
