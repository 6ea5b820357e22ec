"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex

# A class in quotes: as the argument, or in the annotation beside.
NAMED = regex(
    r"\brelationship\(\s*[\"']([A-Za-z_][\w.]*)[\"']|^[ \t]+\w+[ \t]*:[ \t]*[^=\n]*?[\"'](\w+)[\"'][^=\n]*=[ \t]*(?:\w+\.)?[rR]elationship\(",
    re.M,
)
CLASS = regex(r"^class[ \t]+(\w+)[ \t]*\(", re.M)


@Question
def related_names(text: str) -> tuple[tuple[int, str], ...]:
    """The classes that relationships of a file name in quotes, each with the line of that."""
    found = [(one, (one[1] or one[2]).rpartition(".")[2]) for one in NAMED.finditer(text)]
    return tuple((text.count("\n", 0, one.end()) + 1, name) for one, name in found)


@Question
def classes_in(text: str) -> frozenset[str]:
    """The classes with bases that a file defines at module level."""
    return frozenset(CLASS.findall(text))


@Question
def times_named(text: str, word: str) -> int:
    """How often a word stands in a file."""
    return len(re.findall(rf"\b{re.escape(word)}\b", text))
