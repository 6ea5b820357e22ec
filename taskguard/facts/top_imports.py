"""The imports that run when a module is loaded, read from a text of which nothing else is parsed."""

from __future__ import annotations

import re

from taskguard.facts.exports import ExportReader
from taskguard.facts.expressions import Converter
from taskguard.facts.grammar import parse
from taskguard.facts.walk import Walker
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Import

_FIRST = regex(r"(?:from|import)\b")
_START = regex(r"\n(?:from|import)\b")
_STATEMENT = regex(
    r"(?:from[ \t]+[.\w]+[ \t]+import\b[ \t]*(?:\((?:[^()#]|#[^\n]*\n)*\)|[^\n(\\;#]+)|import[ \t]+[^\n(\\;#]+)[ \t]*(?:#[^\n]*)?$",
    re.MULTILINE,
)
# An import behind something else on its line.
_BEHIND = regex(r"[;:][ \t]*(?:from|import)[ \t]")
_JOINED = regex(r"\\\n[ \t]*(?:from|import)[ \t]")
_INDENTED = regex(r"\n[ \t]+(?:from|import)[ \t]")
_STRING = regex(
    r'#[^\n]*|"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\[\s\S]|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\n]|\\[\s\S])*"|\'(?:[^\'\\\n]|\\[\s\S])*\''
)
# What is below these runs later, or not always.
_LATER = regex(r"(?:(?:async[ \t]+)?def|if|elif|try|except)\b")


def top_imports(text: str, heads: frozenset[str] | None = None) -> tuple[Import, ...] | None:
    """The imports at module level and in bodies of classes that no branch guards, as `extract` has them; None where it takes a parser to tell.

    With `heads` absolute imports of modules whose names begin with none of them may be left out.

    A text that does not parse may have some as well.
    """
    if "\r" in text or "\f" in text or _BEHIND.search(text) or ("\\\n" in text and _JOINED.search(text)):
        return None
    places = []
    first = [0] if _FIRST.match(text) else []
    for start in (*first, *(found.start() + 1 for found in _START.finditer(text))):
        whole = _STATEMENT.match(text, start)
        if whole is None:
            return None
        places.append(whole)
    if places and _in_string(text, places[-1].start()):
        return None
    if _INDENTED.search(text) and not _all_later(text):
        return None
    if heads is not None:
        places = [place for place in places if not heads.isdisjoint(_heads(place[0]))]
    if not places:
        return ()
    kept: list[str] = []
    end = 0
    for place in places:
        kept += ["\n" * text.count("\n", end, place.start()), place[0]]
        end = place.end()
    statements = "".join(kept)
    try:
        tree = parse(statements)
    except SyntaxError:
        return None
    walker = Walker(Converter(statements))
    walker.module(tree, ExportReader(walker.converter))
    return tuple(walker.imports)


def _heads(statement: str) -> set[str]:
    """What the names of the modules begin with that a statement imports; empty for a relative import."""
    words = statement.partition("#")[0].split(None, 2)
    listed = [words[1]] if words[0] == "from" else " ".join(words[1:]).split(",")
    return {one.strip().partition(".")[0].partition(" ")[0] for one in listed}


def _in_string(text: str, last: int) -> bool:
    """Whether a line that looks like an import, the last of which is at `last`, may stand in a string of several lines."""
    if text.find('"""', 0, last) < 0 and text.find("'''", 0, last) < 0:
        return False
    for string in _STRING.finditer(text):
        if string.start() > last:
            return False
        if _START.search(text, string.start(), string.end()):
            return True
    return False


def _all_later(text: str) -> bool:
    """Whether all indented imports stand in functions or under conditions."""
    around: list[tuple[int, str]] = []
    for line in text.split("\n"):
        code = line.lstrip(" \t")
        if not code or code[0] in "#)]}":
            continue
        width = len(line) - len(code)
        while around and around[-1][0] >= width:
            around.pop()
        importing = width and code.startswith(("from ", "import ", "from\t", "import\t"))
        if importing and not any(_LATER.match(one) for _, one in around):
            return False
        around.append((width, code))
    return True
