"""The import statements of a text that run when it is loaded, found without parsing it: those of functions are left out."""

from __future__ import annotations

import re

from taskguard.facts.lines import depth_of
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    Pair = tuple[str, str | None]

# Imports that do not begin their line.
_BEHIND = regex(r"[;:][ \t]*(?:from|import)[ \t]")
_ODD = regex(r"(?:;|^[ \t]*(?:try|if|else|finally|with)\b[^#\n\"']*:)[ \t]*(?:from|import)[ \t]", re.MULTILINE)


def import_statements(text: str) -> tuple[list[Pair], bool]:
    """The module level imports of a text, as pairs of module and member (None for `import module`), found without parsing it.

    Beside them, whether others stand behind something else on their line, so that it takes a parser to tell.
    """
    made: list[Pair] = []
    place, done, behind = text.find("import"), -1, False
    while place >= 0:
        start = text.rfind("\n", 0, place) + 1
        if start != done:
            done = start
            end = text.find("\n", place)
            line = text[start : end if end >= 0 else len(text)]
            words = line.split()
            begins = words[0] in ("from", "import")
            if begins and (not line[0].isspace() or _at_module_level(text, start, line)):
                made.extend(_names(text, start, line, words))
            behind = behind or ((not begins or ";" in line or ":" in line) and _BEHIND.search(line) is not None)
        place = text.find("import", place + 6)
    return made, behind and _ODD.search(text) is not None


def _at_module_level(text: str, start: int, line: str) -> bool:
    """Whether an indented line stands in no function, and under no `if TYPE_CHECKING`."""
    depth = depth_of(line)
    while depth and start > 0:
        before = text.rfind("\n", 0, start - 1) + 1
        above = text[before : start - 1]
        start = before
        bare = above.lstrip()
        if not bare or bare[0] in "#)]}" or len(above) - len(bare) >= depth:
            continue
        depth = len(above) - len(bare)
        if bare.startswith(("def ", "async def ")) or "TYPE_CHECKING" in bare:
            return False
    return True


def _names(text: str, start: int, line: str, words: list[str]) -> list[Pair]:
    if words[0] == "import":
        named = line.partition("#")[0].strip().removeprefix("import")
        return [(one.split()[0], None) for one in named.split(",") if one.split()]
    if len(words) < 3 or words[2] != "import":
        return []
    listed = line.partition(" import ")[2]
    if "(" not in listed and "#" not in listed and "\\" not in listed:
        plain = [one.split() for one in listed.split(",")]
        return [(words[1], one[0]) for one in plain if one] or [(words[1], None)]
    if "(" in listed:
        opened = text.index("(", start)
        listed = text[opened + 1 : max(text.find(")", opened), opened)]
    elif listed.rstrip().endswith("\\"):
        following = text.find("\n", text.find("\n", start) + 1)
        listed = text[start : following if following >= 0 else len(text)].partition(" import ")[2].replace("\\", " ")
    members = [one.split("#")[0].split() for part in listed.split("\n") for one in part.partition("#")[0].split(",")]
    return [(words[1], one[0]) for one in members if one] or [(words[1], None)]
