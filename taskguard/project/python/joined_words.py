"""Commands that are lists of words, in which an option and its value are one word: Celery gets them so, the blank among them."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.questions import PlacedQuestion
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Word = tuple[int, str]  # a word of a list without its quotes, and where it begins in the text

COMMENT = regex(r"(?:^|(?<=\s))(?:#|//)[^\n]*", re.M)
FLOW = regex(r"\[([^\[\]]*)\]")
QUOTED = regex(r"\"((?:[^\"\\\n]|\\.)*)\"|'([^'\n]*)'")
ITEM = regex(r"([ \t]*)-[ \t]+(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s#][^\n#]*?))[ \t]*(?:#.*)?$")
PROGRAM = regex(r"(?:\S*/)?celery$")
# Short options of which the rest of the word is the value, and long ones, which end at a blank for nobody.
JOINED = regex(r"(-[AIPQXl])[ \t]+(\S.*)|(--[a-z][a-z-]*)[ \t]+(\S.*)")


class Joined(Record):
    """An `option` and its `value` in one word."""

    option: str
    value: str
    span: Span


@PlacedQuestion
def joined_words(text: str) -> tuple[Joined, ...]:
    """Those of a text's lists that start Celery."""
    if "celery" not in text:
        return ()
    text = COMMENT.sub(lambda one: " " * len(one[0]), text)
    made = []
    for words in (*_of_brackets(text), *_of_items(text)):
        if not any(PROGRAM.match(word) for _, word in words):
            continue
        for start, word in words:
            found = JOINED.fullmatch(word)
            if found is not None:
                line = text.count("\n", 0, start) + 1
                column = start - text.rfind("\n", 0, start)
                span = Span(line, column, line, column + len(word))
                made.append(Joined(found[1] or found[3], found[2] or found[4], span))
    return tuple(dict.fromkeys(made))


def _of_brackets(text: str) -> Iterator[list[Word]]:
    """The lists in brackets."""
    for found in FLOW.finditer(text):
        if "celery" in found[1]:
            yield [
                (found.start(1) + one.start() + 1, one[1] if one[1] is not None else one[2])
                for one in QUOTED.finditer(found[1])
            ]


def _of_items(text: str) -> Iterator[list[Word]]:
    """The lists of YAML with a word on each line."""
    held: list[Word] = []
    column, at = "", 0
    for line in text.splitlines(keepends=True):
        found = ITEM.match(line.rstrip("\r\n"))
        if found is None or (held and found[1] != column):
            if held:
                yield held
            held = []
        if found is not None:
            column = found[1]
            place = next(number for number in (2, 3, 4) if found[number] is not None)
            held.append((at + found.start(place), found[place]))
        at += len(line)
    if held:
        yield held
