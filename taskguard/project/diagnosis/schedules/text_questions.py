"""What is asked of texts here, apart from all that a project is: questions are asked again after each edit (`facts/questions.py`)."""

from __future__ import annotations

from taskguard.facts.lines import lines_between
from taskguard.facts.questions import LinesQuestion, Question
from taskguard.patterns import regex

# What may be a beat in a file that starts programs: the word, but not the name of a package that only keeps a schedule; a worker with one in it.
BEAT = regex(
    r"(?i)(?<!django-celery-)(?<!django_celery_)(?<!_celery_)(?<![a-z])(?:celery)?beat(?![a-z])|(?-i:(?<![\w-])-[BE]*B\b)"
)
LARGEST = 1_000_000


@Question
def says_beat(text: str) -> bool:
    """Whether a file may start a beat, or says in a comment where it is; one that is too long to be read may."""
    return len(text) > LARGEST or BEAT.search(text) is not None


# So many lines of an entry are looked at above its crontab.
REACH = 6
SLOWER = regex(
    r"(?i)\b(?:midnight|midday|noon|hourly|daily|nightly|weekly|monthly|(?:each|every)[ ](?:\d+[ ]hours?|hour|day|night|morning|evening|week|month|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|once (?:a|per|an|each|every) (?:hour|day|week|month)|\d+[ ]?(?:am|pm))\b"
)
# What ends the entry before.
ENDS = regex(r"\s*[)}\]]+,?\s*$")


@Question
def slower_words(text: str, line: int) -> str:
    """What the nearest comment above a line, or in it, says of a period longer than minutes; as far up as the entry of a schedule goes."""
    lines = text.splitlines()[max(line - REACH, 0) : line]
    for place, one in enumerate(reversed(lines)):
        code, mark, comment = one.partition("#")
        if mark:
            found = SLOWER.search(comment)
            return found[0] if found is not None and "minute" not in comment else ""
        if place and (ENDS.match(code) or "crontab(" in code):
            return ""
    return ""


# What gives a row its schedule after it was made.
GIVEN_LATER = regex(r"\.(?:interval|crontab|solar|clocked)(?:_id)?\s*=(?!=)|\bsetattr\(")
# What tells beat of a change: a row that is saved or deleted does so by a signal.
TOLD = regex(r"PeriodicTasks\b|update_changed|\.(?:save|delete|create|get_or_create|update_or_create|add|set)\(")


@LinesQuestion
def is_given_later(text: str, first: int, last: int) -> bool:
    """Whether a function may give a row its schedule after it was made."""
    return GIVEN_LATER.search(lines_between(text, first, last)) is not None


@LinesQuestion
def tells_of_changes(text: str, first: int, last: int) -> bool:
    """Whether a function may tell beat of a change."""
    return TOLD.search(lines_between(text, first, last)) is not None
