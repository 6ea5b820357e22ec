"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex

# What sets Django up where a module calls it: `configurations.setup` and the functions of WSGI and ASGI do it, too.
SETTING_UP = regex(
    r"^(?:\w+ *= *)?(?:\w+\.)*(?:setup|get_[aw]sgi_application|execute_from_command_line|configure)\(", re.MULTILINE
)


@Question
def set_up_in(text: str) -> int:
    """The line at module level in which a file first sets Django up; 0 where it does not."""
    found = SETTING_UP.search(text)
    return text.count("\n", 0, found.start()) + 1 if found is not None else 0
