"""What the text of a module shows without being parsed: that it defines a name, that it says a word."""

from __future__ import annotations

import re
from itertools import islice

from taskguard.facts.lines import depth_of
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

# What stands before a name that is defined, and behind one that a value is given.
_DEFINING = regex(r"(?:(?:async[ \t]+)?def|class)[ \t]+")
_GIVEN = regex(r"[ \t]*(?::[^=\n]+)?=(?!=)")
_LISTED = regex(r"[ \t]*(?:$|[,)#\\]|as\b)", re.MULTILINE)
_IMPORTING = regex(r"\bimport\b")
# Whence an import takes names: it binds none of the words there.
_SOURCE = regex(r"\bfrom[ \t]+[\w.]+[ \t]+import\b")
_TRY = regex(r"^try:[ \t]*\n((?:[ \t]+[^\n]*\n|\n)+)", re.MULTILINE)
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


def may_be_imported(imports: str, name: str) -> bool:
    """Whether one of these import statements may bind the name."""
    return says(imports, name) and says(_SOURCE.sub("import", imports), name)


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


def may_bind(text: str, name: str) -> bool:
    """Whether something at module level may bind the name: it stands there, and not only as what is called, asked for an attribute or said in a string."""
    local = "global " not in text
    return any(
        _may_bind_at(text, place, place + len(name)) and not (local and _in_function(text, place))
        for place in _places(text, name)
    )


def only_defined(text: str, name: str) -> bool:
    """Whether nothing at module level may bind the name but one function or class that begins a line."""
    if "global " in text:
        return False
    bound = (
        place
        for place in _places(text, name)
        if _may_bind_at(text, place, place + len(name)) and not _in_function(text, place)
    )
    found = list(islice(bound, 2))
    if len(found) != 1:
        return False
    start = text.rfind("\n", 0, found[0]) + 1
    return _DEFINING.fullmatch(text, start, found[0]) is not None


def _may_bind_at(text: str, place: int, end: int) -> bool:
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    following = text[end : end + 1]
    before = text[max(place - _LONGEST, 0) : place].rpartition("\n")[2].rstrip(" \t")
    if following in ('"', "'") or before.endswith("."):
        return False
    if following == ".":
        return "import" in before
    return following != "(" or before.endswith(("def", "class"))


def _in_function(text: str, place: int) -> bool:
    """Whether the line of a place stands in a function."""
    start = text.rfind("\n", 0, place) + 1
    line = text[start:place]
    depth = depth_of(line)
    while depth and start:
        before = text.rfind("\n", 0, start - 1) + 1
        above = text[before : start - 1]
        bare = above.lstrip()
        start = before
        if not bare or bare[0] in "#)]}" or len(above) - len(bare) >= depth:
            continue
        depth = len(above) - len(bare)
        if bare.startswith(("def ", "async def ")):
            return True
    return False


def beside_strings(text: str, found: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Those of the places found in a text, in their order, that stand in no string of several lines, as a program that is written to a file does: an even
    number of its quotes stands before them."""
    place, quotes = 0, {'"""': 0, "'''": 0}
    for one in found:
        for each in quotes:
            quotes[each] += text.count(each, place, one.start())
        place = one.start()
        if not any(number % 2 for number in quotes.values()):
            yield one


def bound_in_try(text: str) -> dict[str, bool]:
    """The names that a `try` at module level binds by imports and values, if nothing takes them away again, and whether by a plain `import name`."""
    made: dict[str, bool] = {}
    for block in beside_strings(text, _TRY.finditer(text)):
        lines = block[1].split("\n")
        indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
        for line in lines:
            words = (
                line.partition("#")[0].split() if line.startswith(indent) and line[len(indent) :][:1].strip() else []
            )
            plain = words[:1] == ["import"]
            if plain or (words[:1] == ["from"] and words[2:3] == ["import"]):
                for one in " ".join(words[1 if plain else 3 :]).split(","):
                    bound = one.split()
                    if len(bound) in (1, 3) and "(" not in one and "\\" not in one:
                        made[bound[-1].partition(".")[0]] = plain and len(bound) == 1
            elif words[1:2] == ["="] and words[0].isidentifier():
                made[words[0]] = False
    return {name: plain for name, plain in made.items() if f"del {name}" not in text}


def asked_by_dot(text: str, name: str) -> bool:
    """Whether the name stands behind a dot, and what is before the dot does not begin a string."""
    for place in _places(text, name):
        start = place
        while start and text[start - 1].isspace():
            start -= 1
        if not start or text[start - 1] != ".":
            continue
        while start and (_in_word(text[start - 1]) or text[start - 1] == "."):
            start -= 1
        if not start or text[start - 1] not in ('"', "'"):
            return True
    return False


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
