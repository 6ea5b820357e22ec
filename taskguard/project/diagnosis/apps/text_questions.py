"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import COMMENT

CHOSEN = regex(r"(?:--scheduler|[ \"']-S)(?:=|[ \"',]+)(django(?:_celery_beat[\w.:]*)?)(?![\w.:-])")


@Question
def chosen_scheduler(text: str) -> tuple[int, int, int, int] | None:
    """Where a command first takes the scheduler of django-celery-beat: line, column, line, column behind it."""
    for found in CHOSEN.finditer(text):
        start = text.rfind("\n", 0, found.start(1)) + 1
        if not text[start:].lstrip().startswith(COMMENT):
            line, column = text.count("\n", 0, start) + 1, found.start(1) - start + 1
            return line, column, line, column + len(found[1])
    return None
