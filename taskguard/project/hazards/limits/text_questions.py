"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex

# How code, settings, commands and variables of the environment name a soft limit.
NAMED = regex(r"soft[-_]?(?:time)?[-_]?(?:limit|timeout)(?!exceeded)", re.IGNORECASE)
COMMENT = regex(r"(?<![\"'\w])#[^\n]*")


@Question
def soft_limits_named(text: str) -> int:
    """How often a text names a soft limit, comments left out."""
    return len(NAMED.findall(COMMENT.sub("", text)))
