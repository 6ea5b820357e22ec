"""Patches that are made and never begun: `patch` of the standard library gives a patcher, which `start()`, `with` or a decorator has yet to turn on (run)."""

from __future__ import annotations

import re

from taskguard.facts.model import Attr, Call, Ref
from taskguard.facts.questions import finds
from taskguard.project.facades.patch_calls import SETS, words_of
from taskguard.project.facades.unrun import around
from taskguard.project.python.names import resolved_name
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Span
    from taskguard.facts.model import CallSite, Expr
    from taskguard.project.python.project import Module

MOCK = ("unittest.mock.patch", "mock.patch", "mock.mock.patch")
# A line after which the next one goes on with it.
GOES_ON = ("(", "[", "{", ",", "\\", "=", ":=")


def never_started(user: Module, site: CallSite) -> bool:
    """Whether a call makes a patcher that nobody has: it is dropped at once, or kept under a name that nothing says again."""
    words = words_of(site)
    name = "" if words[-1] in SETS else resolved_name(user, ".".join(words))
    if not any(name == one or name.startswith(f"{one}.") for one in MOCK):
        return False
    kept = _kept(user).get(site.call.span)
    return _dropped(user, site.call.span) if kept is None else _unsaid(user, kept, site)


@query
def _kept(user: Module) -> dict[Span, Expr | str]:
    """What the calls of a file are assigned to: a name of a module or class, or what a function assigns."""
    made: dict[Span, Expr | str] = {}
    for one in user.facts.assigns:
        if isinstance(one.value, Call):
            made[one.value.span] = one.target
    for binding in (*user.facts.bindings, *(held for one in user.facts.classes for held in one.attributes)):
        if isinstance(binding.value, Call):
            made[binding.value.span] = binding.name
    return made


def _unsaid(user: Module, kept: Expr | str, site: CallSite) -> bool:
    """Whether nothing says the name again: in the function for its own, anywhere for one of an object, a class or a module."""
    if not isinstance(kept, str | Ref | Attr):
        return False
    name = kept if isinstance(kept, str) else kept.name
    last = name.rpartition(".")[2]
    project, word = user.project, re.compile(rf"\b{re.escape(last)}\b")
    if isinstance(kept, Ref) and "." not in name:
        return len(word.findall(around(user, site.call.span.line))) == 1
    if len(word.findall(project.text(user.path) or "")) != 1:
        return False
    return not any(path != user.path and finds(project, path, word) for path in project.search(last))


def _dropped(user: Module, span: Span) -> bool:
    """Whether a call is a statement of its own."""
    lines = (user.project.text(user.path) or "").splitlines()
    before, after = lines[span.line - 1][: span.column - 1], lines[span.end_line - 1][span.end_column - 1 :]
    if before.strip() or after.partition("#")[0].strip():
        return False
    above = next((one.rstrip() for one in reversed(lines[: span.line - 1]) if one.strip()), "")
    return not above.partition("#")[0].rstrip().endswith(GOES_ON)
