"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

import re

from taskguard.facts.questions import PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.image_sources import stages_from
from taskguard.project.python.logical_lines import logical_lines
from taskguard.project.python.rights import PYTHON
from taskguard.record import Record

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


STEP = regex(r"[ \t]*(FROM|WORKDIR|CMD|ENTRYPOINT|VOLUME)[ \t]+(.*)", re.I)


class OwnStart(Record):
    """The words of the command of an image, the folder that it is started in, and the line of the command."""

    words: tuple[str, ...]
    folder: str
    line: int


@PlacedQuestion
def own_start(text: str) -> OwnStart | None:
    """What a recipe has its last image run, where that is Celery and no script before it."""
    folder, found = "", None
    for number, line in logical_lines(text):
        step = STEP.match(line)
        name = step[1].upper() if step is not None else ""
        if step is None:
            continue
        if name in ("ENTRYPOINT", "VOLUME"):
            return None
        if name == "WORKDIR":
            folder = step[2].strip().strip("\"'")
        elif name == "CMD":
            words = tuple(re.sub(r"[\[\],\"']", " ", step[2]).split())
            found = (words, number)
        else:
            found = None
    return OwnStart(found[0], folder, found[1]) if found is not None and found[0][:1] == ("celery",) else None
