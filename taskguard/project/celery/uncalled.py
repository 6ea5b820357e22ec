"""Which factories of an application the start of a worker may call: where that start is written down, those that a file names which it may import."""

from __future__ import annotations

from functools import cache

from taskguard.project.celery.entries import FACTORY_WORDS, factories, launched
from taskguard.project.celery.imports import Startup, remembered
from taskguard.project.celery.starting import START_SIGNALS, calls_of, handlers
from taskguard.project.celery.text_questions import is_used

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskguard.project.celery.imports import Graph
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module

    Called = tuple[Module, str]


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
    return is_used(module.project, path, _last(qualname))


def _last(qualname: str) -> str:
    return qualname.rpartition(".")[2]
