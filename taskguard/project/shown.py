"""What the text of a module shows without being parsed: that it defines a name, that it says a word."""

from __future__ import annotations

import re

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# What stands before a name that is defined, and behind one that a value is given.
_DEFINING = regex(r"(?:(?:async[ \t]+)?def|class)[ \t]+")
_GIVEN = regex(r"[ \t]*(?::[^=\n]+)?=(?!=)")
_LISTED = regex(r"[ \t]*(?:$|[,)#\\]|as\b)", re.MULTILINE)
_IMPORTING = regex(r"\bimport\b")
_WORDS = regex(r"\w+")
# More names than these are looked up among the words of a text, fewer are each looked for.
_MANY = 20
# So far back a line is looked at: a text may be one line that is very long.
_LONGEST = 500


def defines(text: str, name: str) -> bool:
    """Whether a line at module level defines the name: as a function or class, or by a value."""
    return any(_DEFINING.fullmatch(before) if before else _GIVEN.match(text, end) for before, end in _told(text, name))


def says(text: str, name: str) -> bool:
    """Whether the name stands somewhere in the text, as a whole word."""
    return any(True for _ in _places(text, name))


def times(text: str, name: str) -> int:
    """How often the name stands in the text, as a whole word."""
    return sum(1 for _ in _places(text, name))


def says_any(text: str, names: Collection[str]) -> bool:
    """Whether one of the names stands somewhere in the text, as a whole word."""
    if len(names) > _MANY:
        return not frozenset(names).isdisjoint(_WORDS.findall(text))
    return any(says(text, name) for name in names)


def may_shadow(text: str, name: str) -> bool:
    """Whether a line imports something of that name, or a function at module level has it."""
    return any(before == "def " or _IMPORTING.search(before) for before, _ in _told(text, name))


def may_import(text: str, name: str) -> bool:
    """Whether an import binds the name, for all that the text shows."""
    return any(_IMPORTING.search(before) or _LISTED.match(text, end) for before, end in _told(text, name))


def _told(text: str, name: str) -> Iterator[tuple[str, int]]:
    """What stands before the name in each line that says it, and where the name ends."""
    for place in _places(text, name):
        first = max(place - _LONGEST, 0)
        start = text.rfind("\n", first, place) + 1
        if start or not first:
            yield text[start:place], place + len(name)


def _places(text: str, name: str) -> Iterator[int]:
    place = text.find(name) if name else -1
    while place >= 0:
        end = place + len(name)
        if not (place and _in_word(text[place - 1])) and not _in_word(text[end : end + 1]):
            yield place
        place = text.find(name, end)


def _in_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
