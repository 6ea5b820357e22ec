"""Imports in a branch that an argument chooses: `if kind == "mail": from .mail import send`."""

from __future__ import annotations

import re

from taskguard.facts.lines import END, depth_of, lines_between
from taskguard.facts.questions import LinesQuestion
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module

CHOICE = regex(r"(?:el)?if[ \t]+\(?(\w+)[ \t]*==[ \t]*(?:\"[^\"]*\"|'[^']*')\)?[ \t]*:[ \t]*(?:#.*)?")
# What a branch may stand in besides: whether a `try` expects the failure is told by the guard.
AROUND = regex(r"try[ \t]*:.*|(?:async[ \t]+)?(?:with|for)\b.*:[ \t]*(?:#.*)?|while\b.*:[ \t]*(?:#.*)?")


def chosen_by_argument(module: Module, one: Import) -> bool:
    """Whether nothing but the value of a parameter decides if a function runs an import: whoever gives that value sees it fail."""
    function = module.function(one.scope) if one.guard == "if" and one.scope else None
    if function is None:
        return False
    params = tuple(sorted({param.name for param in function.params}))
    first = function.span.line
    return _chosen(module.project, module.path, function, one.span.line - first, function.head_end - first, params)


@LinesQuestion
def _chosen(text: str, first: int, last: int, line: int, head: int, params: tuple[str, ...]) -> bool:
    """The same of the function that begins in the line `first`: its head ends `head` lines below, and the import stands `line` lines below."""
    lines = END.split(lines_between(text, first, last))
    if not head < line < len(lines):
        return False  # the function has the name of an earlier one, and that has the import
    depth, chosen = depth_of(lines[line]), False
    if not re.match(r"\s*(?:from|import)\b", lines[line]):
        return False  # behind something on its line
    for above in reversed(lines[head + 1 : line]):
        code = above.strip()
        if not code or code.startswith("#") or depth_of(above) >= depth:
            continue
        found = CHOICE.fullmatch(code)
        if found is None and not AROUND.fullmatch(code):
            return False
        if found is not None and found[1] not in params:
            return False
        depth, chosen = depth_of(above), chosen or found is not None
    return chosen
