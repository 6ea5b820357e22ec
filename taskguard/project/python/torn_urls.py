"""URLs with a password in which a letter ends the part of user and host: nothing that reads the URL finds the host behind it."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.questions import PlacedQuestion
from taskguard.patterns import regex
from taskguard.project.python.commands import COMMENT
from taskguard.record import Record

# What stands before the first `/`, `?` or `#` is taken for the host and its port (urllib.parse.urlsplit): here that "port" is no number, and an `@` follows.
TORN = regex(
    r"\b((?:pyamqp|amqps?|rediss?)://)[^\s/@:?#\"'${}<>]*:(?=[^\s/@?#\"'${}<>]*[^\s\d/@?#\"'${}<>])[^\s/@?#\"'${}<>]*([/?#])[^\s@\"'${}<>]*@[\w.-]+"
)


class Torn(Record):
    """The scheme of such a URL, and the letter. `span` is where the scheme stands."""

    scheme: str
    letter: str
    span: Span


@PlacedQuestion
def torn_urls(text: str) -> tuple[Torn, ...]:
    """Those of a text, outside of its comments."""
    made = []
    for number, line in enumerate(text.splitlines() if "://" in text else (), 1):
        for found in TORN.finditer(line) if not line.lstrip().startswith(COMMENT) else ():
            start = found.start() + 1
            made.append(Torn(found[1], found[2], Span(number, start, number, start + len(found[1]))))
    return tuple(made)
