"""Modules with tasks that no worker imports and that nobody seems to want: scripts that are run by hand, what a second app left over, what another task has
replaced, and what cannot even be imported."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds, holds
from taskguard.patterns import unled
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import documented, launched
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import queue_by_route
from taskguard.project.celery.schedules import beat_of, loose_entries
from taskguard.project.celery.system import celery_of
from taskguard.project.python.commented import taken_out_of
from taskguard.project.python.exported import binds_name
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.old_python import beside
from taskguard.project.python.scripts import MAIN
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.registry import registry_of
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.project.tasks.missed import WORD, is_missed, is_referred, is_sent_elsewhere, needs_arguments
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task


def left_behind(module: Module, tasks: Sequence[Task]) -> bool:
    """Whether nobody misses the tasks of a module: each is sent by nobody, and an import of them was taken out, another task that a worker has and
    that is scheduled took the place of one, the module cannot even be imported, or nobody does and all tasks want arguments, as no schedule in a
    database would give them, where other tasks of the project are sent."""
    if _has_twin(module) and not any(map(is_sent_elsewhere, tasks)) and not is_referred(module):
        return True
    if any(is_missed(one) for one in tasks):
        return False
    return (
        _taken_out(module)
        or _replaced(tasks)
        or (
            (
                _fails(module)
                or (all(map(needs_arguments, tasks)) and _others_are_missed(module) and not any(map(_is_routed, tasks)))
            )
            and not is_referred(module)
        )
    )


def _others_are_missed(module: Module) -> bool:
    """Whether some code sends a task of another module."""
    others = (one for one in all_tasks(module.project) if one.module is not module and not in_tests(one.path))
    return any(is_missed(one) for one in others)


def _is_routed(task: Task) -> bool:
    """Whether a route is there for a task, by its name or a pattern."""
    name = task.name.value
    return isinstance(name, str) and any(not queue_by_route(one, name).absent for one in services_of(task))


def why_unwanted(module: Module, tasks: Sequence[Task]) -> str:
    """Why it cannot be told whether a worker should have a module; empty where nothing says so."""
    partly = _named_in_part(module)
    if partly:
        return f"{partly} cannot be read as a whole, and names it"
    if any(is_missed(one) for one in tasks):
        return ""
    if finds(module.project, module.path, MAIN) and not is_referred(module):
        return "it is a script that is run by hand, and nobody sends its tasks"
    services = [service for task in tasks for service in services_of(task) if not service.test]
    folders = {f"{root}/" if root else "" for service in services for root in service.roots}
    if services and not any(module.path.startswith(one) for one in folders) and not is_referred(module):
        return "it lies outside of the folders from which its app imports, and nobody sends its tasks"
    if _of_idle_app(module, tasks):
        return "no start of its app is written anywhere, that of another is, and nobody sends its tasks"
    return ""


def _taken_out(module: Module) -> bool:
    """Whether a comment keeps an import of a module, in a file that a worker imports and that imports other modules with tasks from around it."""
    project, package = module.project, module.name.rpartition(".")[0]
    for other in taken_out_of(module):
        live = {
            path for one in other.facts.imports for path in imports_of(project).targets(other, one.module, one.name)
        }
        beside_it = [project.modules[one] for one in live if one != module.path]
        if any(f"{one.name}.".startswith(f"{package}.") and tasks_in(one) for one in beside_it) and any(
            discovery_of(service).holds(other) for service in services_of(tasks_in(module)[0])
        ):
            return True
    return False


# Modules that each application has one of.
COMMON = frozenset("tasks task celery jobs worker workers utils helpers services signals models views".split())


def _has_twin(module: Module) -> bool:
    """Whether a file of the same name in another folder is imported by a worker: it took the place of this one."""
    last = module.path.rpartition("/")[2]
    if last.removesuffix(".py") in COMMON or module.is_package:
        return False
    twins = [
        one
        for path, one in module.project.modules.items()
        if path.endswith(f"/{last}") and one is not module and not in_tests(path)
    ]
    live = celery_of(module.project).live
    return any(discovery_of(service).holds(one) for one in twins for service in live)


def _replaced(tasks: Sequence[Task]) -> bool:
    """Whether a task has a namesake that a worker registers and a schedule names, or each has one in another folder, of more words than one."""
    held = [(one, [other for other in namesakes(one) if other.name.known]) for one in tasks]
    if all(_elsewhere(one, others) for one, others in held):
        return True
    scheduled = scheduled_names(celery_of(tasks[0].module.project))
    return any(other.name.value in scheduled for _, others in held for other in others)


def _elsewhere(task: Task, others: Iterable[Task]) -> bool:
    """Whether one of its namesakes lies in another folder, or is imported from where it is: then that one is meant."""
    folder = task.path.rpartition("/")[0]
    telling = "_" in task.qualname.rpartition(".")[2].strip("_")
    return telling and any(one.path.rpartition("/")[0] != folder or is_missed(one) for one in others)


def namesakes(task: Task) -> list[Task]:
    """The tasks of other files whose functions are called the same, and that a worker registers."""
    alike = registry_of(task.module.project).last_words.get(task.qualname.rpartition(".")[2], ())
    return [
        other
        for other in alike
        if other.module is not task.module
        and any(discovery_of(service).holds(other.module) for service in services_of(other))
    ]


@query
def scheduled_names(system: System) -> frozenset[str]:
    """The names of the tasks that schedules name."""
    entries = [one for service in system.live for one in beat_of(service)]
    found = (one.task.value for one in (*entries, *loose_entries(system)))
    return frozenset(one for one in found if isinstance(one, str))


def _fails(module: Module) -> bool:
    """Whether a module surely cannot be imported: it takes a name from a module of the project that does not bind it, or, as Python 2 reads it, from one
    beside it (Python 3 finds none there), or it imports a module that a package of the project does not have."""
    project = module.project
    for one in module.facts.imports:
        if one.scope or one.guard or not one.module:
            continue
        absolute = absolute_name(module, one.module)
        found = project.find(absolute, module) if absolute else None
        if found is None and absolute and _is_gone(module, absolute):
            return True
        if not one.name or one.name == "*":
            continue
        held = found if found is not None else beside(module, one.module)
        if held is not None and binds_name(held, one.name) is False and held.submodule(one.name) is None:
            return True
    return False


def _is_gone(module: Module, dotted: str) -> bool:
    """Whether a dotted name leads out of a package of the project, from the same root, that has no such module and no folder of the name."""
    project, parts = module.project, dotted.split(".")
    for length in range(2, len(parts) + 1):
        part = ".".join(parts[:length])
        if project.find(part, module) is None:
            package = project.find(part.rpartition(".")[0], module)
            return (
                package is not None
                and package.path.endswith("/__init__.py")
                and package.root == module.root
                and not any(name.startswith(f"{part}.") for name in project.by_name)
            )
    return False


def _of_idle_app(module: Module, tasks: Iterable[Task]) -> bool:
    """Whether all tasks are of one app whose start is written nowhere, while that of another one is."""
    system = celery_of(module.project)
    owners = {system.owner(one) for one in tasks}
    if len(owners) != 1 or None in owners:
        return False
    return not any(_starts(one) for one in owners if one) and any(
        _starts(one) for one in system.live if one not in owners
    )


def _starts(service: Service) -> bool:
    return bool(launched(service, own=True) or documented(service))


def _named_in_part(module: Module) -> str:
    """A file outside tests that is not parsed, or only in part, and whose text may import a module; empty where there is none."""
    project, (package, _, last) = module.project, module.name.rpartition(".")
    by_name = re.compile(rf"{unled(module.name)}(?!\w)")
    by_package = re.compile(
        rf"{unled('from', WORD)}[ \t]+{re.escape(package)}[ \t]+import\b[^\n]*\b{re.escape(last)}\b"
    )
    near = re.compile(
        rf"^[ \t]*(?:from[ \t]+\.?{re.escape(last)}[ \t]+import\b|import[ \t]+{re.escape(last)}\b|from[ \t]+\.[ \t]+import\b[^\n]*\b{re.escape(last)}\b)",
        re.M,
    )
    for path in project.holders(last):
        if path == module.path or in_tests(path):
            continue
        other = project.modules[path]
        told = (
            package
            and holds(project, path, package)
            and (finds(project, path, by_name) or finds(project, path, by_package))
        )
        if not told and path.rpartition("/")[0] == module.path.rpartition("/")[0]:
            told = finds(project, path, near)
        if told and other.facts.failure is not None:
            return other.name or path
    return ""
