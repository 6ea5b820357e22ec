"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

from taskguard.facts.lines import END, lines_between
from taskguard.facts.questions import LinesQuestion
from taskguard.patterns import regex

# The words of those that may as well say how it is meant to be sent, and what makes a purpose of them.
SENT_BY = regex(r"(?i)(?<!\w)async|celery|broker|worker|background|queue")
INSTEAD = regex(
    r"(?i)\b(?:not?|without|instead|skip|unless|if|when|rather|while|since|because|unavailable|avoid\w*|so that)\b|n't\b"
)
# What says that somebody wants it so: in a condition, a name or a comment near by.
ON_PURPOSE = regex(
    r"(?i)sync|eager|celery|broker|\bdirect(?:ly)?\b|immediate|inline|debug|\btest|fallback|\bnow\b|without|worker|background|queue"
)


@LinesQuestion
def says_on_purpose(text: str, first: int, last: int, line: int) -> bool:
    """Whether a comment near a line of a function says that it is run here on purpose."""
    lines = END.split(lines_between(text, first, last))[max(line - 3, 0) : line + 1]
    said = [one.partition("#")[2] for one in lines if "#" in one]
    return any(
        ON_PURPOSE.search(SENT_BY.sub("", one) if INSTEAD.search(one) is None else one) is not None for one in said
    )
