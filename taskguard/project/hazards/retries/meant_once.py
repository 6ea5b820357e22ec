"""Retries that were left out on purpose, as a comment beside the declaration of a task says."""

from __future__ import annotations

import re

from taskguard.facts.lines import lines_between
from taskguard.facts.questions import BodyQuestion
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.tasks.task import Task

_RETRIES = r"\b(?:autoretry_for|(?:auto(?:matic)?[ -]?)?retr(?:y|ies))\b"
_MEANT = r"\b(?:deliberately|intentionally|purposely|on purpose|by design)\b"
_GONE = (
    r"(?:removed|dropped|disabled|omitted|unset|left out|taken out|(?:turned|switched) off|not (?:set|used|given))\b"
)
# One sentence that says of retries that they are not there, and that this is meant.
LEFT_OUT = regex(
    rf"{_RETRIES}[^.:;]*?{_MEANT}[ ]{_GONE}|{_RETRIES}[^.:;]*?\b{_GONE}[ ]{_MEANT}"
    rf"|{_MEANT}[ ](?:no|without)[ ](?:\w+[ ])?{_RETRIES}|\b(?:no|without)[ ]{_RETRIES}[^.:;]*?{_MEANT}",
    re.IGNORECASE,
)
COMMENT = regex(r"(?:^|\s)#+:?[ \t]*(.*)")


def meant_once(task: Task) -> bool:
    """Whether a comment among the decorators of a task, or right above them, says that it is not tried again on purpose: what is left of its retries does no harm."""
    function = task.function
    if function is None or task.home.function(function.qualname) is not function:
        return False
    first = min((one.span.line for one in function.decorators), default=function.span.line)
    return _says_so(task.home.project, task.home.path, function, function.span.line - first)


@BodyQuestion
def _says_so(text: str, first: int, last: int, above: int) -> bool:
    """The same of the lines of a function, whose decorators begin so many lines `above` it."""
    lines = lines_between(text, 1, first).splitlines()
    start = len(lines) - 1 - above
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return LEFT_OUT.search(" ".join(map(_comment, lines[start:]))) is not None


def _comment(line: str) -> str:
    """The comment of a line; one behind code is a sentence of its own."""
    found = COMMENT.search(line)
    said = found[1].strip() if found is not None else ""
    return said if line.lstrip().startswith("#") else f". {said}."
