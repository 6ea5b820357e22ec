"""What is asked of the texts of files about the lines of all their functions."""

from __future__ import annotations

import re

from taskguard.facts.lines import Lines
from taskguard.facts.questions import FactsQuestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Facts


@FactsQuestion
def functions_with(text: str, facts: Facts, source: str, flags: int) -> list[str]:
    """The qualified names of the functions and methods, those within others left out, in whose lines a pattern is found."""
    lines, pattern = Lines(text), re.compile(source, flags)
    held = (one for one in facts.functions if one.holder != "function")
    found = (
        one.qualname
        for one in held
        if pattern.search(text, lines.start(one.span.line), lines.after(one.span.end_line)) is not None
    )
    return list(dict.fromkeys(found))
