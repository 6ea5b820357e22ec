"""The strings of a file that name modules: what a worker is told to import, applications of Django, the settings module."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.changes import assigns_last
from taskguard.facts.model import Call, Const, Dict, Op, Ref, Seq
from taskguard.facts.placed import naming
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Facts

DOTTED = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
WORD = regex(r"[A-Za-z_]\w*\Z")
# Names of settings, and keywords, whose strings are modules.
NAMES = frozenset(
    "ROOT_URLCONF WSGI_APPLICATION ASGI_APPLICATION include imports CELERY_IMPORTS CELERY_INCLUDE celery_imports".split()
)
# What the worker is told to import has just the name that it is told.
TOLD = 5


def names_in(facts: Facts) -> Iterator[tuple[str, int]]:
    """The strings of a file that name modules, and how much they count: of applications, `include`, the settings module."""
    for binding in selections.bindings_named(facts, NAMES, "_APPS"):
        name = binding.name
        if binding.value is not None and (name in NAMES or name.endswith("_APPS")):
            yield from ((one, _weight(name)) for one in _strings(binding.value, name.endswith("_APPS")))
    for assign in assigns_last(facts, NAMES, "_APPS"):
        if isinstance(assign.target, Ref):
            last = assign.target.name.rpartition(".")[2]
            if last in NAMES or last.endswith("_APPS"):
                yield from ((one, _weight(last)) for one in _strings(assign.value, last.endswith("_APPS")))
    for site in naming(facts, NAMES, "autodiscover_tasks", "setdefault"):
        call = site.call
        last = call.callee.rpartition(".")[2]
        if last == "autodiscover_tasks" and call.args:
            yield from ((one, TOLD) for one in _strings(call.args[0], True))
        if (
            last == "setdefault"
            and len(call.args) == 2
            and isinstance(call.args[0], Const)
            and call.args[0].value == "DJANGO_SETTINGS_MODULE"
        ):
            yield from ((one, 1) for one in _strings(call.args[1], True))
        for keyword in call.keywords:
            if keyword.name in NAMES:
                yield from ((one, _weight(keyword.name)) for one in _strings(keyword.value, True))


def _weight(name: str) -> int:
    return TOLD if name.lower().endswith(("include", "imports")) else 1


def _strings(expr: Expr, words: bool) -> Iterator[str]:
    if isinstance(expr, Const):
        if isinstance(expr.value, str) and (DOTTED.match(expr.value) or (words and WORD.match(expr.value))):
            yield expr.value
    elif isinstance(expr, Seq):
        for one in expr.items:
            yield from _strings(one, words)
    elif isinstance(expr, Op):
        for one in expr.operands:
            yield from _strings(one, words)
    elif isinstance(expr, Call):
        for one in expr.args:
            yield from _strings(one, words)
    elif isinstance(expr, Dict):
        for _, value in expr.items:
            yield from _strings(value, words)
