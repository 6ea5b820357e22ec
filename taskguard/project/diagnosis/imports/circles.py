"""Circles of three or more modules that a worker loads, each of which imports the next at module level, and that fail whichever of them is loaded first."""

from __future__ import annotations

from taskguard.components import components
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import launched
from taskguard.project.diagnosis.imports.mutual import bound_below, may_lack, starts_from, sure_imports
from taskguard.project.facades.cycles import around
from taskguard.project.facades.loading import Early
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Import
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# Two modules are `mutual_imports`; in larger circles the order in which all else is loaded decides too much.
FEWEST, MOST = 3, 12


def circular_imports(system: System) -> Iterator[Early]:
    """The import of each circle that fails when the worker loads it."""
    project = system.project
    workers = [(one, discovery_of(one).named) for one in system.live if project.complete and not one.test]
    starts = dict.fromkeys(path for _, named in workers for path in named)
    for circle in components(starts, lambda path: _loads(system, path)):
        if not FEWEST <= len(circle) <= MOST:
            continue
        members = {path: project.modules[path] for path in sorted(circle)}
        service, named = next((each for each in workers if not members.keys().isdisjoint(each[1])), workers[0])
        begun = (one.path for one in (*launched(service, own=True), service.module))
        first = next((members[path] for path in (*begun, *named) if path in members), None)
        if first is None or not _is_judged(service, members):
            continue
        early = Loading(members).load(first)
        if early is not None and (
            starts_from(service, first) or all(Loading(members).load(one) is not None for one in members.values())
        ):
            yield early


def _loads(system: System, path: str) -> tuple[str, ...]:
    """What loading a file loads before or within: the packages around it, and what it imports."""
    module = system.project.modules[path]
    return (*system.graph.parents(module), *system.graph.imported(module))


def _is_judged(service: Service, members: dict[str, Module]) -> bool:
    """Whether all that these modules do with one another is plain, and they are of the worker's own."""
    return any(one is service.module or tasks_in(one) for one in members.values()) and is_plain(members)


def is_plain(members: dict[str, Module], packages: bool = False) -> bool:
    """Whether all that these modules do with one another is an import at module level that surely runs. With `packages` one may be a package around another."""
    modules = members.values()
    if any(in_tests(one.path) or one.unreadable or one.path.endswith(".pyi") for one in modules):
        return False
    if not packages and any(around(one, other) for one in modules for other in modules if one is not other):
        return False  # a package is always loaded first: that is told of every package
    for module in modules:
        sure = set(sure_imports(module))
        if any(one not in sure and not members.keys().isdisjoint(targets(module, one)) for one in module.facts.imports):
            return False
    return True


def targets(module: Module, one: Import) -> tuple[str, ...]:
    """The files that an import may load; none under `if TYPE_CHECKING`."""
    return imports_of(module.project).targets(module, one.module, one.name) if one.guard != "type_checking" else ()


class Loading:
    """The modules of a circle being loaded, from one of them on. What they import besides leads to none of them."""

    def __init__(self, members: dict[str, Module]) -> None:
        self.members = members
        self.reached: dict[str, Span | None] = {}  # where each module that is being loaded is; None where it is done
        self.stack: list[Module] = []

    def load(self, module: Module) -> Early | None:
        """The first import that fails."""
        for package in self._packages(module):
            early = self.load(package)
            if early is not None:
                return early
        if module.path in self.reached:
            return None  # its package has loaded it, or is about to
        self.stack.append(module)
        for one in sure_imports(module):
            self.reached[module.path] = one.span
            early = self._import(module, one)
            if early is not None:
                return early
        self.reached[module.path] = None
        self.stack.pop()
        return None

    def _packages(self, module: Module) -> Iterator[Module]:
        """The packages around a module that are not begun when their turn comes, the outermost first: Python loads them before it."""
        for one in sorted((one for one in self.members.values() if around(one, module)), key=lambda one: len(one.name)):
            if one.path not in self.reached:
                yield one

    def _import(self, module: Module, one: Import) -> Early | None:
        for path in targets(module, one):
            target = self.members.get(path)
            if target is None or target is module:
                continue
            if path not in self.reached:
                early = self.load(target)
                if early is not None:
                    return early
            elif target.name == absolute_name(module, one.module) and may_lack(target, one):
                name = one.name or ""
                at = self.reached[path]
                line = bound_below(target, name, at) if at is not None else 0
                if line:
                    return Early(module, one, target, line, None, tuple(self.stack[self.stack.index(target) + 1 : -1]))
        return None
