"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.image_sources import stages_from
from taskguard.project.python.rights import PYTHON

WORKDIR = regex(r"^WORKDIR[ \t]+[\"']?([^\s\"']+)", re.M | re.I)


@Question
def has_external_volumes(text: str) -> bool:
    """Whether a compose file has volumes that are made elsewhere."""
    return "external" in text


@Question
def started_in(text: str) -> str:
    """The folder that an image of Python's own starts in, as its recipe says; empty where it is made of others.

    These have the `dbm.gnu` or `dbm.sqlite3` by which a shelf is one file; others may have one that makes several files beside a folder.
    """
    held = WORKDIR.findall(text)
    return str(held[-1]) if held and stages_from(text, PYTHON) else ""


@Question
def nearest_line(text: str, written: str, near: int) -> int:
    """The number of the line with a text that is nearest to another; that one where none has it."""
    held = [number for number, line in enumerate(text.splitlines(), 1) if written in line]
    return min(held, key=lambda number: abs(number - near), default=near)
