"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

from taskguard.facts.questions import Question
from taskguard.patterns import regex

REVISED = regex(r"(?m)^[^#\n]*[\"']reversion\.middleware\.RevisionMiddleware[\"']")
# The name of Django's setting before 1.10.
CLASSES = regex(r"\bMIDDLEWARE(_CLASSES)?\b(?![\w.])")


@Question
def revised_on(text: str) -> int:
    """The line that names the middleware of django-reversion in `MIDDLEWARE`, and is no comment; 0 where none does."""
    for found in REVISED.finditer(text):
        named = [one[1] for one in CLASSES.finditer(text, 0, found.end())]
        if named and not named[-1]:
            return text.count("\n", 0, found.start()) + 1
    return 0
