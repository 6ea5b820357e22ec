"""What an image runs where nobody tells it what to run: its CMD."""

from __future__ import annotations

import re

from taskguard.facts.questions import PlacedQuestion
from taskguard.patterns import regex
from taskguard.project.python.logical_lines import logical_lines
from taskguard.project.python.recipes import FROM, LISTED, WORDS
from taskguard.record import Record

STEP = regex(r"[ \t]*(FROM|CMD|ENTRYPOINT)[ \t]+(.*)", re.I)
SHELL = regex(r"(?:/\S*/)?(?:ba|da|a)?sh[ \t]+-l?c[ \t]+", re.I)


class Default(Record):
    """The command of a CMD as a shell would be given it, and the line that it stands on."""

    command: str
    line: int


@PlacedQuestion
def default_of(text: str, target: str) -> Default | None:
    """The CMD of a stage, of the last one where that is not named; that of the stage that it begins with where it has none itself. None where no stage has one, or
    an entrypoint decides."""
    if "<<" in text or "ENTRYPOINT" in text.upper():
        return None
    stages: dict[str, Default | None] = {}
    stage = ""
    for number, line in logical_lines(text):
        found = STEP.match(line)
        if found is None:
            continue
        rest = found[2].strip()
        if found[1].upper() == "FROM":
            base = FROM.match(rest)
            stage = (base[2] if base is not None and base[2] else str(len(stages))).lower()
            stages[stage] = stages.get(base[1].lower()) if base is not None else None
        else:
            stages[stage] = Default(
                SHELL.sub("", " ".join(WORDS.findall(rest)) if LISTED.match(rest) else rest), number
            )
    return stages.get(target.lower() or stage)
