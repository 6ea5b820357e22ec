"""What is asked of the texts of files that nobody has parsed, about what Celery's processes load of them."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex

# `load_tasks()` or `app = make()` at the beginning of a line.
CALLED = regex(r"^(?:[A-Za-z_][\w, .]*=[ \t]*)?([A-Za-z_]\w*(?:\.\w+)*)\(", re.MULTILINE)
# Imports in a block or in a function, and calls at module level that may be of one.
_INDENTED = regex(r"\n[ \t]+(?:from|import)[ \t]")


@Question
def calls_itself(text: str) -> bool:
    """Whether the module level of a text calls a function that the text defines, where imports stand in blocks or functions."""
    return _INDENTED.search(text) is not None and any(f"def {name}(" in text for name in CALLED.findall(text))
