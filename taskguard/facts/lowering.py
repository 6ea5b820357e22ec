"""Newer syntax brought to an older form on the same lines, so that the host's `ast` reads it.

Every change is an edit of the text. What the edits moved goes back to its place afterwards, and what stands for an
f-string becomes one again: so the tree is that of a newer host, but for type parameters, which are left out.
"""

from __future__ import annotations

import re

from taskguard.facts.edits import HOST, Edit, line_ends, pieces
from taskguard.facts.lexer import Token, tokens
from taskguard.facts.strings import string_edits
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What Python 2 binds the exception to, and Python 3.14 would take for another class: a name in small letters that nothing brings in.
_BOUND = regex(r"[a-z_]\w*")
_TYPED = regex(r"\b(?:def|class|type)[ \t\\]+\w+\s*\[")


class Lowered(Record):
    """A text in older syntax. `marks` are the names that stand for an f-string and for one of its fields.

    `aliases` are those edits that made an assignment of a `type` statement.
    """

    text: str
    edits: tuple[Edit, ...]
    marks: tuple[str, str]
    aliases: frozenset[Edit]


def lower(text: str) -> Lowered | None:
    """The text in the host's syntax, None where it holds nothing newer. A broken string, and what follows it, stays as it is."""
    found = tokens(text)
    marks = (_free("__formatted", text), _free("__field", text))
    edits = [*string_edits(text, found, marks)]
    aliases: set[Edit] = set()
    statements = Statements(text, found)
    for at in statements.starts():
        word = found[at].text
        if word == "except" and HOST < (3, 14):
            edits += statements.handler(at)
        elif word in ("def", "class") and HOST < (3, 13):
            edits += statements.parameters(at + 2)
        elif word == "type" and HOST < (3, 13) and (made := statements.alias(at)):
            edits += made
            aliases.update(made[:1] if HOST < (3, 12) else ())
    if HOST < (3, 11):
        edits += statements.stars()
    edits.sort(key=lambda edit: edit.start)
    return Lowered("".join(pieces(text, edits)), tuple(edits), marks, frozenset(aliases)) if edits else None


def type_parameters(text: str) -> frozenset[str]:
    """The names that stand as type parameters behind a `def`, `class` or `type` of a text: a tree that was lowered has them no more."""
    if _TYPED.search(text) is None:
        return frozenset()
    found = tokens(text)
    statements = Statements(text, found)
    named = (statements.named(at + 2) for at in statements.starts() if found[at].text in ("def", "class", "type"))
    return frozenset(name for each in named for name in each)


def _free(word: str, text: str) -> str:
    while word in text:
        word += "_"
    return word


class Statements:
    """The statements of a text whose form may be too new."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self._text = text
        self._found = found
        self._closings = _closings(found)
        self._removed: set[int] = set()

    def _word(self, at: int) -> str:
        return self._found[at].text if at < len(self._found) else ""

    def starts(self) -> Iterator[int]:
        """Where a statement may begin. A `:` within one only makes for places where no statement can be."""
        begins = True
        for at, token in enumerate(self._found):
            if begins and token.kind == "name":
                yield at
            begins = token.kind == "line" or token.text in (";", ":") or (begins and token.text == "async")

    def _top(self, start: int, end: int) -> Iterator[int]:
        """The indexes of the tokens of a line from `start` to `end` that stand in no bracket within."""
        place = start
        while place < end and self._found[place].kind != "line":
            yield place
            place = self._closings.get(place, place + 1)

    def _blank(self, start: int, end: int) -> Edit:
        """Nothing in the place of a stretch outside of brackets: its ends of lines stay, continued."""
        return Edit(start, end, line_ends(self._text[start:end]).replace("\n", "\\\n"))

    def handler(self, at: int) -> Iterator[Edit]:
        """`except A, B:` gets its brackets, but for `except A, e:` of Python 2; `except*` loses its star where the host has none."""
        first = at + 1
        if self._word(first) == "*":
            if HOST < (3, 11):
                yield Edit(self._found[first].start, self._found[first].end, " ")
            first += 1
        comma = False
        for place in self._top(first, len(self._found)):
            word = self._found[place].text
            comma = comma or word == ","
            if word == "as":
                return
            if word == ":":
                if comma and place > first and not self._binds(place - 1):
                    yield Edit(self._found[first].start, self._found[first].start, "(")
                    yield Edit(self._found[place - 1].end, self._found[place - 1].end, ")")
                return

    def _binds(self, last: int) -> bool:
        """Whether a handler whose last name stands there is one of Python 2: that name is what it binds."""
        name = self._found[last].text
        if self._word(last - 1) != "," or _BOUND.fullmatch(name) is None:
            return False
        return re.search(rf"\b(?:import|as|class)\b[^\n]*\b{name}\b|^[ \t]*{name}[ \t]*=", self._text, re.M) is None

    def parameters(self, opening: int) -> list[Edit]:
        """Takes off the type parameters that open there: all before 3.12, those with a default in 3.12."""
        closing = self._closings.get(opening)
        if closing is None or self._word(opening) != "[" or closing == opening + 1:
            return []
        if HOST >= (3, 12) and all(self._found[place].text != "=" for place in self._top(opening + 1, closing)):
            return []
        self._removed.add(opening)
        return [self._blank(self._found[opening].start, self._found[closing].end)]

    def named(self, opening: int) -> Iterator[str]:
        """The type parameters that open there: what stands behind the bracket, a comma or the stars behind these."""
        closing = self._closings.get(opening)
        if closing is None or self._word(opening) != "[":
            return
        first = True
        for place in self._top(opening + 1, closing):
            token = self._found[place]
            if first and token.kind == "name":
                yield token.text
            first = token.text in (",", "*", "**")

    def alias(self, at: int) -> list[Edit]:
        """`type X[T] = y` becomes `X = y`; in 3.12 it loses its type parameters only."""
        name, after = at + 1, at + 2
        edits: list[Edit] = []
        if self._word(after) == "[":
            edits = self.parameters(after)
            after = self._closings.get(after, after) + 1
        if (
            self._word(after) != "="
            or self._found[name].kind != "name"
            or self._text.startswith("=", self._found[after].end)
        ):
            return []
        if HOST >= (3, 12):
            return edits
        return [self._blank(self._found[at].start, self._found[name].start), *edits]

    def stars(self) -> Iterator[Edit]:
        """`a[*b]` becomes `a[(*b,)]`, and `*args: *T` loses its second star."""
        found = self._found
        for at, token in enumerate(found):
            if token.text == "*" and at > 2 and found[at - 1].text == ":" and found[at - 3].text == "*":
                yield Edit(token.start, token.end, " ")
            closing = self._closings.get(at)
            if closing is None or at in self._removed or token.text != "[" or not at or not _ends_value(found[at - 1]):
                continue
            level = list(self._top(at + 1, closing))
            starred = any(found[place].text == "*" and found[place - 1].text in ("[", ",") for place in level)
            if starred and all(found[place].text != ":" for place in level):
                yield Edit(token.end, token.end, "(")
                yield Edit(found[closing].start, found[closing].start, ")" if found[closing - 1].text == "," else ",)")


def _ends_value(token: Token) -> bool:
    """Whether a `[` behind this token takes an item of something."""
    from keyword import iskeyword

    return token.text in (")", "]") or token.kind == "string" or (token.kind == "name" and not iskeyword(token.text))


def _closings(found: list[Token]) -> dict[int, int]:
    """The index of each opening bracket and of the one that closes it."""
    made: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(found):
        if token.text in ("(", "[", "{"):
            opened.append(at)
        elif token.text in (")", "]", "}") and opened:
            made[opened.pop()] = at
    return made
