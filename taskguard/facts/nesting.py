"""What a statement holds of other statements, and on which lines of its file it stands."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left

from taskguard.facts.lines import lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def nested(node: ast.AST) -> Iterator[ast.AST]:
    """The statements right within a file, statement, handler or case, and its handlers and cases, in order; none of an expression."""
    if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case | ast.Module):
        for name in ("body", "handlers", "cases", "orelse", "finalbody"):
            yield from getattr(node, name, ())


def lines_with(words: Collection[str], text: str) -> list[int]:
    """The lines of a text that have one of these words, in order."""
    found = [one.start() for one in re.finditer(rf"\b(?:{'|'.join(sorted(words))})\b", text)]
    return sorted(set(map(lines_of(text).line, found)))


def has_one(lines: list[int], node: ast.AST) -> bool:
    """Whether what stands on some lines, decorators included, has one of these, which stand in order; so has what has no lines of its own."""
    last = getattr(node, "end_lineno", None)
    if last is None:
        return True
    first = min(one.lineno for one in (node, *getattr(node, "decorator_list", ())))
    place = bisect_left(lines, first)
    return place < len(lines) and lines[place] <= last
