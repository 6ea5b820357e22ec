"""Variables of a shell script that hold a part of a start of Celery: the app, or all words from `-A` on (`celery $ARGS` after `ARGS="-A shop worker"`)."""

from __future__ import annotations

import re

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPTS = (".sh", ".bash")
SET = regex(r"^[ \t]*(?:(?:export|readonly|local|declare)[ \t]+)?([A-Za-z_]\w*)=([^\n]*)", re.M)
# What is set in one piece: a word, or words in quotes.
PIECE = regex(r"(?:\"([^\"`\\]*)\"|'([^'$`\\]*)'|([^\s\"'`;&|()<>\\]*))[ \t]*(?:#.*)?$")
ASKED = r"\$(?:\{(\w+)(?::?-([^}$]*))?\}|(\w+))"
IN_VALUE, AFTER_OPTION = regex(ASKED), regex(rf"((?:^|[\s\"'])(?:-A|--app)[ =]?[\"']?){ASKED}")
ON_LINE = regex(rf"^(?=[^\n]*\bcelery\b).*?{ASKED}.*$", re.M)
APP = regex(r"[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*)?\Z")
OPTION = regex(r"(?:-A|--app)[ =]?[A-Za-z_]")
# What sets a variable in another way.
OTHERWISE = r"\b(?:for|read|select|getopts|mapfile|unset)\b[^\n]*(?<![\w$\{{]){}\b"


def filled(text: str) -> str:
    """A script with the app that a start of Celery names in the place of the variable that holds it, as far as the script sets this once, or says what it is by
    default. What stands after `-Q` stays: queues are asked for in all files."""
    if "celery" not in text or "$" not in text:
        return text
    held: dict[str, set[str]] = {}
    for found in SET.finditer(text):
        held.setdefault(found[1], set()).add(found[2])
    made = AFTER_OPTION.sub(lambda found: _app(found, held, text), text)
    return ON_LINE.sub(lambda line: IN_VALUE.sub(lambda found: _options(found, held, text), line[0]), made)


def _app(found: re.Match[str], held: Mapping[str, set[str]], text: str) -> str:
    """An option `-A` with the app that is meant; as it stands where this cannot be told."""
    value = _value(found[2] or found[4], found[3], held, text)
    return found[1] + value if value is not None and APP.match(value) else found[0]


def _options(found: re.Match[str], held: Mapping[str, set[str]], text: str) -> str:
    """The words that a variable holds if `-A` is the first of them."""
    value = _value(found[1] or found[3], None, held, text)
    return value if value is not None and OPTION.match(value) else found[0]


def _value(name: str, default: str | None, held: Mapping[str, set[str]], text: str, depth: int = 0) -> str | None:
    """What a variable is set to, with the variables in it that are known; None where that cannot be told."""
    written = held.get(name, set())
    if not written:
        return default
    piece = PIECE.match(next(iter(written))) if len(written) == 1 and depth < 5 else None
    if piece is None or re.search(OTHERWISE.format(name), text) is not None:
        return None
    if piece[2] is not None:
        return piece[2]

    def inner(found: re.Match[str]) -> str:
        asked = found[1] or found[3]
        value = found[2] if asked == name else _value(asked, found[2], held, text, depth + 1)
        return found[0] if value is None else value

    value = IN_VALUE.sub(inner, piece[1] if piece[1] is not None else piece[3])
    return None if "$(" in value else value
