"""The services of one deployment file that run a schedule (`celery beat`, `worker -B`), and how many there are of each."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.lines import depth_of
from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import commands, starts
from taskguard.project.python.site_texts import parts_of, without_comments
from taskguard.record import Record

COPIES = regex(r"^[ \t]*(?:replicas|scale):[ \t]*[\"']?(\d+)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)
# What keeps a second beat from sending: its scheduler takes a lock, or a program sees to it that one runs.
LOCKED = regex(r"(?i)redbeat|single.?beat|leader|(?<![a-z])lock(?![a-z])|mongo")
# What a service is of which others run at other times or places.
APART = regex(r"(?im)^[ \t]*profiles:|^[ \t]*extends:|^[ \t]*<<:")
KINDS = regex(
    r"(?i)(?<![a-z])(?:dev|development|local|debug|test|tests|prod|production|stag(?:e|ing)|old|legacy|backup|standby|v\d+)(?![a-z])"
)
# What tells one service of an image from another: where its messages go, and by which settings.
TOLD = regex(
    r"(?im)^[^\n]*(?:broker|redis|amqp|settings|tenant|database|schema|env|image:|build|context:)\w*[\"']?[ \t]*[:=][^\n]*$"
)
SCHEDULER = regex(r"(?:\s-S|--scheduler)[\s=,\"']+([\w.:]+)")


class Beat(Record):
    """A service that runs the schedule of an app: `number` of it, `told` what sets it apart from others, `alone` that another one may stand for it. `span` is where the number stands, or the name."""

    name: str
    app: str
    number: int
    told: tuple[str, ...]
    alone: bool
    span: Span


@Question
def beats(text: str, path: str) -> list[Beat]:
    """The services that surely run a schedule of their own, in order."""
    made = []
    for name, body in parts_of(without_comments(text), path) if "celery" in text else ():
        started = [one for line in commands(body, path) for one in starts(line, path)]
        apps = [one.app for one in started if one is not None and one.beat]
        if not apps or LOCKED.search(body) or any(one is None for one in started):
            continue
        found = COPIES.findall(body)
        told = (*sorted(one.strip() for one in TOLD.findall(body)), *SCHEDULER.findall(body))
        alone = APART.search(body) is not None or KINDS.search(name) is not None
        number = int(found[0]) if len(found) == 1 else 1
        span = _place(text, name, COPIES if number > 1 else None)
        if span is not None:
            made.append(Beat(name, apps[0], number, told, alone, span))
    return made


def _place(text: str, name: str, wanted: re.Pattern[str] | None) -> Span | None:
    """Where a service begins, or the first line behind that is wanted."""
    begun, named = False, re.compile(rf"\s*(?:- )?(?:name:\s*)?[\"']?{re.escape(name.strip())}[\"']?:?\s*(?:[#&].*)?$")
    for number, line in enumerate(text.splitlines(), 1):
        begun = begun or (":" in line and named.match(line) is not None)
        if begun and (wanted is None or wanted.match(line)):
            start = depth_of(line)
            return Span(number, start + 1, number, len(line.rstrip()) + 1)
    return None
