"""Which factories of an application the start of a worker may call: where that start is written down, those that a file names which it may import."""

from __future__ import annotations

from functools import cache

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.celery.entries import FACTORY_WORDS, factories, launched
from taskguard.project.celery.imports import Startup, remembered
from taskguard.project.celery.starting import START_SIGNALS, calls_of, handlers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskguard.project.celery.imports import Graph
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module

    Called = tuple[Module, str]

# What stands behind a name that is called or handed on, and before one that is; `DEFINING` before the name of a function.
BEHIND = regex(r"[ \t]*[(,)\]}.]")
BEFORE = regex(r"(?:[=:(,\[][ \t]?|[ \t][ \t])\Z")
DEFINING = regex(r"\bdef \Z")
LETTER = regex(r"\w")


def application_startup(
    service: Service, graph: Graph, starts: list[Module], started: Callable[[Module], Iterable[Called]]
) -> Startup:
    """What runs when a worker without Django starts: factories, and what a signal of its start calls.

    The names of factories alone do not say whether the worker calls them: it is taken for granted where nothing says how the worker is started. Where
    that is known, what it may import is taken as if all were called, and whoever names one there may call it, or hand it on.
    """
    whole = Startup(remembered(_made), (*FACTORY_WORDS, *START_SIGNALS), started, calls_of)
    if not launched(service, own=True):
        return whole
    holders = service.project.holders

    @cache
    def reached() -> frozenset[str]:
        return frozenset(graph.reached(starts, whole, unparsed=True).paths)

    def run(module: Module) -> tuple[str, ...]:
        called = [
            one
            for one in factories(module)
            if any(_names(module, one, path) for path in holders(_last(one)) & reached())
        ]
        return (*called, *handlers(module))

    return whole.replace(functions=remembered(run))


def _made(module: Module) -> tuple[str, ...]:
    return (*factories(module), *handlers(module))


def _names(module: Module, qualname: str, path: str) -> bool:
    """Whether a file calls a function of that name, hands it on, or has it in a string; its own definition and an import of it alone do not count."""
    return _is_used(module.project, path, _last(qualname))


@Question
def _is_used(text: str, name: str) -> bool:
    """Whether a text has a name in other places than its definition and an import. No pattern is made of it: names are asked for by the hundred."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if at and text[at - 1] in "\"'":
            return True
        if not LETTER.match(text, end) and (
            (BEHIND.match(text, end) and not DEFINING.search(text, max(at - 5, 0), at))
            or BEFORE.search(text, max(at - 2, 0), at)
        ):
            return True
        at = text.find(name, at + 1)
    return False


def _last(qualname: str) -> str:
    return qualname.rpartition(".")[2]
