"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex

# The modules that workers import.
LISTS = regex(r"(?:\bautodiscover_tasks\(\s*|\b(?:include|imports)[\"']?\s*[=:]\s*)[\[(][^\])(]*[\])]")


@Question
def is_named(text: str, named: str) -> bool:
    """Whether a pattern is found in a text besides the lists of what workers import: these take no variable of a module."""
    return re.search(named, LISTS.sub("", text)) is not None
