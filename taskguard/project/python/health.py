"""What Docker asks a container of an image for its health, as the recipe says it."""

from __future__ import annotations

import re

from taskguard.facts.questions import PlacedQuestion
from taskguard.patterns import regex
from taskguard.project.python.logical_lines import logical_lines
from taskguard.project.python.recipes import FROM
from taskguard.record import Record

STEP = regex(r"[ \t]*(FROM|HEALTHCHECK)[ \t]+(.*)", re.I)
FLAGS = regex(r"(?:--[\w-]+=\S+\s+)*")


class Check(Record):
    """The command of a HEALTHCHECK, and the line that it stands on."""

    command: str
    line: int


@PlacedQuestion
def healthcheck_of(text: str, target: str) -> Check | None:
    """The check of a stage, of the last one where that is not named; that of the stage that it begins with where it has none itself, None where no stage has one."""
    if "HEALTHCHECK" not in text.upper() or "<<" in text:
        return None
    stages: dict[str, Check | None] = {}
    stage = ""
    for number, line in logical_lines(text):
        found = STEP.match(line)
        if found is None:
            continue
        if found[1].upper() == "FROM":
            base = FROM.match(found[2])
            stage = (base[2] if base is not None and base[2] else str(len(stages))).lower()
            stages[stage] = stages.get(base[1].lower()) if base is not None else None
        else:
            command = FLAGS.sub("", found[2], count=1).strip()
            stages[stage] = None if command.upper() == "NONE" else Check(command, number)
    return stages.get(target.lower() or stage)
