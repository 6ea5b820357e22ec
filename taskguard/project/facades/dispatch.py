"""Imports in a branch that an argument chooses: `if kind == "mail": from .mail import send`."""

from __future__ import annotations

import re

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
    params = {param.name for param in function.params}
    lines = (module.project.text(module.path) or "").splitlines()
    depth, chosen = _indent(lines[one.span.line - 1]), False
    if not re.match(r"\s*(?:from|import)\b", lines[one.span.line - 1]):
        return False  # behind something on its line
    for line in reversed(lines[function.head_end : one.span.line - 1]):
        text = line.strip()
        if not text or text.startswith("#") or _indent(line) >= depth:
            continue
        found = CHOICE.fullmatch(text)
        if found is None and not AROUND.fullmatch(text):
            return False
        if found is not None and found[1] not in params:
            return False
        depth, chosen = _indent(line), chosen or found is not None
    return chosen


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
