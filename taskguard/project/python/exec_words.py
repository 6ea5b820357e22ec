"""Commands of an image that are lists of words: Docker runs them without a shell, and a variable in them stands as it is written."""

from __future__ import annotations

import json
import re

from taskguard.diagnostics import Span
from taskguard.facts.questions import PlacedQuestion
from taskguard.patterns import regex
from taskguard.project.python.logical_lines import logical_lines
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPES = regex(r"(?:.*/)?(?:(?:[\w.-]*[.-])?(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?)\Z", re.I)
STEP = regex(r"(FROM|CMD|ENTRYPOINT|SHELL)[ \t]+(.*)", re.I)
VARIABLE = regex(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*(?::?[-+?=][^}]*)?\})")
# What runs the words behind it as they are. An entrypoint of the project's own may have a shell read them once more.
RUNNERS = ("tini", "dumb-init", "poetry", "pipenv", "uv", "python", "gosu", "su-exec", "nice", "catchsegv")
CELERY = regex(r"(?:\S*/)?celery\Z")
RUNNER = regex(rf"(?:\S*/)?(?:{'|'.join(RUNNERS)})[\d.]*\Z")
# Words that stand between a runner and what it runs.
BETWEEN = regex(r"(?:-\S*|run|\w+)\Z")


class Unexpanded(Record):
    """A `variable` in a `word` of such a list, and the option before it, or in the word, that it is the value of; empty where it is none's."""

    variable: str
    option: str
    span: Span


@PlacedQuestion
def unexpanded(text: str, path: str) -> tuple[Unexpanded, ...]:
    """Those of the lists with which a recipe starts Celery."""
    if not RECIPES.match(path) or "celery" not in text or "$" not in text or "<<" in text or "windows" in text:
        return ()
    lines, made = text.splitlines(), list[Unexpanded]()
    entries, held = list[tuple[str, ...]](), list[tuple[int, list[str]]]()
    for number, line in logical_lines(text):
        found = STEP.match(line)
        name = found[1].upper() if found is not None else ""
        words = _words(found[2]) if found is not None and name in ("CMD", "ENTRYPOINT") else None
        if name == "FROM":
            made += _all(lines, entries, held)
            entries, held = [], []
        elif name == "ENTRYPOINT":
            entries.append(tuple(words or ()))
        if words is not None:
            held.append((number, words))
    made += _all(lines, entries, held)
    return tuple(made)


def _words(written: str) -> list[str] | None:
    """The words of a list as Docker reads it: as JSON."""
    try:
        held, end = json.JSONDecoder().raw_decode(written) if written.startswith("[") else (None, 0)
    except ValueError:
        return None
    if written[end:].strip() and not written[end:].lstrip().startswith("#"):
        return None
    return held if isinstance(held, list) and held and all(isinstance(one, str) for one in held) else None


def _all(lines: list[str], entries: list[tuple[str, ...]], held: list[tuple[int, list[str]]]) -> Iterator[Unexpanded]:
    """Those of a stage: none where its entrypoint may have a shell read the words."""
    if not all(_hands_on(one) for one in entries):
        return
    begun = any(CELERY.match(word) for one in entries for word in one)
    for number, words in held:
        at = next((place for place, word in enumerate(words) if CELERY.match(word)), None)
        if at is None:
            at = -1 if begun else None
        elif at > 0 and not (RUNNER.match(words[0]) and all(BETWEEN.match(one) for one in words[1:at])):
            at = None
        for place in range(at + 1, len(words)) if at is not None else ():
            found = VARIABLE.search(words[place])
            span = _place(lines, number, words[place]) if found is not None else None
            if found is not None and span is not None:
                before = words[place - 1] if place and words[place - 1].startswith("-") else ""
                name = words[place].partition("=")[0] if words[place].startswith("--") else words[place][:2]
                option = name if words[place].startswith("-") else before
                yield Unexpanded(found[0], option if "=" not in option else "", span)


def _hands_on(entry: tuple[str, ...]) -> bool:
    """Whether an entrypoint runs the words behind it as they are."""
    if not entry:
        return False
    return bool(CELERY.match(entry[0]) or RUNNER.match(entry[0])) and not any(one in ("sh", "bash") for one in entry)


def _place(lines: list[str], number: int, word: str) -> Span | None:
    """Where a word of a list that begins on a line stands."""
    written = json.dumps(word)
    for at in range(number, len(lines) + 1):
        column = lines[at - 1].find(written)
        if column >= 0:
            return Span(at, column + 2, at, column + len(written))
        if not lines[at - 1].rstrip().endswith("\\") and lines[at - 1].strip()[:1] != "#":
            return None
    return None
