"""Two modules of a worker that import names from each other at module level, so that whichever is loaded first finds the other half made."""

from __future__ import annotations

from taskguard.facts.model import Import
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import launched
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.cycles import around
from taskguard.project.facades.loading import Early
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name, live
from taskguard.project.python.own_names import writes_own_names
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module


def mutual_imports(system: System) -> Iterator[Early]:
    """The imports that fail in each worker: where both orders fail, or where the worker starts from the module whose order fails. Each pair once."""
    told: set[frozenset[str]] = set()
    for service in system.live if system.project.complete else ():
        if service.test:
            continue
        paths = discovery_of(service).named
        for path in sorted(paths):
            for other in system.graph.imported(system.project.modules[path]):
                pair = frozenset((path, other))
                if other == path or pair in told or path not in system.graph.imported(system.project.modules[other]):
                    continue
                told.add(pair)
                yield from _pair(service, system.project.modules[path], system.project.modules[other])


def _pair(service: Service, one: Module, other: Module) -> Iterator[Early]:
    if not (_asks(one, other) and _asks(other, one)):
        return
    if any(in_tests(held.path) or held.unreadable or held.path.endswith(".pyi") for held in (one, other)):
        return
    if around(one, other) or around(other, one):
        return  # a package is always loaded first: that is told of every package
    swap = other is service.module or (bool(tasks_in(other)) and not tasks_in(one) and one is not service.module)
    first, second = (other, one) if swap else (one, other)
    early, late = _fails(first, second), _fails(second, first)
    if early is not None and (late is not None or starts_from(service, first)):
        yield early
    elif late is not None and early is None and starts_from(service, second):
        yield late


def _fails(first: Module, second: Module) -> Early | None:
    """The import of `second` that fails where `first` is loaded before it: of a name that `first` binds below its import of `second`."""
    begun = next((one.span for one in sure_imports(first) if _means(first, one, second)), None)
    if begun is None:
        return None
    for one in sure_imports(second):
        if not _means(second, one, first):
            continue
        line = bound_below(first, one.name or "", begun) if may_lack(first, one) else 0
        if line:
            return Early(second, one, first, line, None, ())
    return None


def may_lack(target: Module, one: Import) -> bool:
    """Whether a module that is being loaded may lack what an import asks of it, for all that its text shows."""
    name = one.name or "*"
    if name == "*" or name.startswith("__") or target.submodule(name) is not None:
        return False
    return not (writes_own_names(target) or target.facts.getattr_names != () or target.stars)


def _asks(one: Module, other: Module) -> bool:
    """Whether a module surely loads another, as its text shows."""
    return any(not held.scope and _means(one, held, other) for held in imports_of(one.project).running(one))


def bound_below(module: Module, name: str, begun: Span) -> int:
    """The line that binds a name below a place, 0 where a line above may do so."""
    entries = live(module, name)
    if not entries or any(entry.span < begun or entry.span == begun for entry in entries):
        return 0
    plain = [entry for entry in entries if not entry.guard]
    return plain[0].span.line if plain else 0


def sure_imports(module: Module) -> Iterator[Import]:
    """The imports that surely run when a module is loaded, in their order."""
    yield from sorted(
        (one for one in module.facts.imports if not one.scope and not one.guard), key=lambda one: one.span
    )


def _means(module: Module, one: Import, target: Module) -> bool:
    """Whether an import loads `target`, by its own name."""
    absolute = absolute_name(module, one.module)
    if absolute == target.name:
        return True
    return (
        bool(one.name)
        and f"{absolute}.{one.name}" == target.name
        and module.project.find(target.name, module) is target
    )


def starts_from(service: Service, module: Module) -> bool:
    """Whether each worker begins with a module, be it the app's or one that hands it on: deployment files start no other, and the packages around it import nothing else before."""
    if launched(service, own=True) != [module]:
        return False
    graph = celery_of(service.project).graph
    above = graph.parents(module)
    held = {module.path, *above}
    return all(set(graph.imported(service.project.modules[path])) <= held for path in above)
