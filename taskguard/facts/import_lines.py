"""The `from … import` statements of a text, found without parsing it.

What stands in strings and comments is taken along, so more may be found than the file imports, never less.
"""

from __future__ import annotations

import re

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# The pattern begins with letters: a text is searched for those much faster than for any others.
# Between the words of a statement there are blanks, and lines that a backslash joins.
_GAP = r"(?:[ \t\f]|\\\r?\n)"
# What most statements look like stands first: the other form takes letter by letter.
_FROM = regex(
    rf"from(?<!\wfrom)(?:[ \t]+([\w.]+)[ \t]+|(?={_GAP}|\.)((?:{_GAP}|[\w.])*?)(?<=[ \t\f\n.]))import\b{_GAP}*"
    r"(\([^)]*\)?|[^\r\n;\\]*(?:\\(?:\r?\n)?[^\r\n;\\]*)*)"
)
_FROM_LINE = regex(r"^[ \t]*from[ \t]+([\w.]+)[ \t]+import\b[ \t]*(?:\(([^)]*)\)|([^\n#;]*))", re.M)
_PLAIN = regex(r"import(?<!\wimport)[ \t]+([^\n#]*)")
_IMPORT, _LONGEST = b" import", 200
_COMMENT = regex(r"#[^\n]*")
_BLANKS = regex(_GAP)
_NAME = regex(r"\s*(\w+|\*)(?:\s+as\s+\w+)?\s*")
_LISTED = regex(r"[\w.][\w., \t]*")


def import_lines(text: str) -> list[tuple[str, tuple[str, ...]]] | None:
    """The modules, with their dots, and the names imported from each; an empty name where something else stands.

    None where what is imported cannot be told without a parser.
    """
    made = []
    for found in _FROM.finditer(text):
        module, written, listed = found.groups()
        if listed.startswith("("):
            if "#" in listed:
                listed = _COMMENT.sub("", listed)  # a bracket in a comment leaves no end
            if "\\" in listed or not listed.endswith(")"):
                return None
            listed = listed[1:-1].rstrip().removesuffix(",")
        else:
            listed = listed.partition("#")[0].replace("\\", " ")
        names = [_NAME.fullmatch(one) for one in listed.split(",")]
        made.append((module or _BLANKS.sub("", written), tuple("" if one is None else one[1] for one in names)))
    return made


def plain_imports(text: str) -> list[str]:
    """What stands behind each `import` that begins a line."""
    return [found[1] for found in _PLAIN.finditer(text) if _begins_line(text, found.start())]


def plain_names(text: str) -> list[str]:
    """The modules that statements `import a, b.c as d` name."""
    found = (_LISTED.match(line) for line in plain_imports(text))
    words = (part.split() for one in found if one for part in one[0].split(","))
    return [one[0] for one in words if one]


def pairs(found: Iterable[tuple[str, tuple[str, ...]]], plain: Iterable[str]) -> list[tuple[str, str | None]]:
    """What `import_lines` and `plain_names` have found, each name for itself."""
    return [*((name, member) for name, members in found for member in members), *((name, None) for name in plain)]


def dotted(written: Iterable[tuple[str, str | None]]) -> list[str]:
    """The dotted names of modules that such pairs may mean, each once."""
    made: dict[str, None] = {}
    for name, member in written:
        made[name] = None
        if member:
            made[f"{name}.{member}"] = None
    return list(made)


def pairs_in(text: str) -> list[tuple[str, str | None]]:
    """What import statements of a text that need not be Python name, each name for itself, as far as their lines tell: at whatever depth."""
    made: list[tuple[str, str | None]] = [(name, None) for name in plain_names(text)]
    for found in _FROM_LINE.finditer(text):
        listed = _COMMENT.sub("", found[2] or found[3] or "").replace("\\", " ")
        made += [(found[1], one.split()[0]) for one in listed.split(",") if one.split()]
    return made


def _begins_line(text: str, place: int) -> bool:
    while place and text[place - 1] in " \t":
        place -= 1
    return not place or text[place - 1] == "\n"


def imported_from(data: bytes) -> set[bytes]:
    """The last parts of what stands before ` import` in a file: the names of the modules it may import from, and more."""
    made = set()
    place = data.find(_IMPORT)
    while place >= 0:
        before = data[max(place - _LONGEST, 0) : place].split()
        if before:
            made.add(before[-1].rpartition(b".")[2])
        place = data.find(_IMPORT, place + len(_IMPORT))
    return made
