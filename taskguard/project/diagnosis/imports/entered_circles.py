"""Circles of modules that a worker without Django comes to in the one order in which they fail: the web comes in by another of them, and works."""

from __future__ import annotations

from taskguard.components import components
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import documented, launched
from taskguard.project.diagnosis.imports.circles import MOST, Loading, is_plain, targets
from taskguard.project.diagnosis.imports.mutual import sure_imports
from taskguard.project.facades.cycles import around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.facades.loading import Early
    from taskguard.project.python.project import Module

FEWEST = 2


def entered_circles(system: System) -> Iterator[Early]:
    """The import of each that fails when the worker loads it. Told only where all that it loads before is known, in its order."""
    for service in system.live if system.project.complete else ():
        starts = _starts(service)
        if not starts:
            continue
        for circle in components([one.path for one in starts], lambda path: _loads(system, path)):
            if not FEWEST <= len(circle) <= MOST:
                continue
            members = {path: system.project.modules[path] for path in sorted(circle)}
            first = _Way(system, members).first(starts) if is_plain(members, packages=True) else None
            early = Loading(members).load(first) if first is not None else None
            if early is not None and not around(early.package, early.module):  # that is told of every package
                yield early


def _starts(service: Service) -> tuple[Module, ...]:
    """The module of the app and those of `include` or `imports`, in the order in which each worker loads them; empty where that is not sure."""
    found = discovery_of(service)
    if service.test or found.open or found.is_django:
        return ()
    if any(one is not service.module for one in (*launched(service, own=True), *documented(service))):
        return ()
    told = [one for one in found.wanted if one.how not in ("app", "imports", "include")]
    kinds = {one.how for one in found.wanted} - {"app"}
    return () if told or len(kinds) != 1 else (service.module, *found.starts)


def _loads(system: System, path: str) -> tuple[str, ...]:
    module = system.project.modules[path]
    return (*system.graph.parents(module), *system.graph.imported(module))


class _Way:
    """The modules that a worker loads, one after the other, until it comes to a circle."""

    def __init__(self, system: System, members: dict[str, Module]) -> None:
        self.system, self.members = system, members
        self.seen: set[str] = set()

    def first(self, starts: tuple[Module, ...]) -> Module | None:
        """The module of the circle that is loaded first; None where an import that may run, or may not, leads there before."""
        for one in starts:
            found = self._visit(one)
            if found is not None:
                return None if isinstance(found, bool) else found
        return None

    def _visit(self, module: Module) -> Module | bool | None:
        """The member that loading a module comes to; None where it comes to none, False where that cannot be told."""
        if module.path in self.members:
            return module
        if module.path in self.seen:
            return None
        self.seen.add(module.path)
        if module.unreadable or self._may_lead(module):
            return False
        modules = self.system.project.modules
        before = (modules[path] for path in self.system.graph.parents(module))
        after = (modules[path] for one in sure_imports(module) for path in targets(module, one))
        for one in (*before, *after):
            found = self._visit(one)
            if found is not None:
                return found
        return None

    def _may_lead(self, module: Module) -> bool:
        """Whether an import in a function, under a condition or in a `try` of a module leads to the circle."""
        sure = set(sure_imports(module))
        queue = [path for one in module.facts.imports if one not in sure for path in targets(module, one)]
        known = set(queue)
        for path in queue:
            if path in self.members:
                return True
            for other in _loads(self.system, path):
                if other not in known:
                    known.add(other)
                    queue.append(other)
        return False
