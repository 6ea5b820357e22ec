"""Modules with tasks that no worker imports when it starts."""

from __future__ import annotations

from taskguard.project.celery.discovered import holds_each
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import beats_only
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.registration.left_behind import left_behind, why_unwanted
from taskguard.project.diagnosis.registration.unmissed import is_unmissed
from taskguard.project.python.imports import leading_out
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task


class Unregistered(Record):
    """A module whose `tasks` no worker of `services` registers; `doubt` says why that is no proof."""

    module: Module
    tasks: tuple[Task, ...]
    services: tuple[Service, ...]
    doubt: str = ""


@query
def to_register(module: Module) -> tuple[Task, ...]:
    """The tasks of a module that a worker registers when it imports it; none where nothing can import it, or only tests do."""
    if not tasks_in(module) or not _importable(module) or in_tests(module.path):
        return ()
    return tuple(
        task
        for task in tasks_in(module)
        if "<locals>" not in task.qualname and task.guard != "type_checking" and not _is_method(task)
    )


@query
def registrars(module: Module) -> tuple[Service, ...]:
    """The services whose workers may have the tasks of a module, tests left out; those that only beat starts where there are no others."""
    found = dict.fromkeys(one for task in to_register(module) for one in services_of(task) if not one.test)
    return tuple(one for one in found if not beats_only(one)) or tuple(found)


def told_by(module: Module) -> tuple[str, ...]:
    """The files that tell these whether they import it."""
    return tuple(dict.fromkeys(file for one in registrars(module) for file in discovery_of(one).files_for(module)))


@query
def unregistered(module: Module) -> Unregistered | None:
    """What is wrong with a module of tasks; None where a worker imports it, or nobody misses it."""
    tasks, services = to_register(module), registrars(module)
    if not services:
        return None
    made = Unregistered(module, tasks, services)
    system = celery_of(module.project)
    if all(system.foreign(task) for task in tasks):
        why = system.crowded or "its app is made outside the project"
        return made.replace(doubt=f"which worker imports {module.name} cannot be told: {why}")
    answers = holds_each([discovery_of(one) for one in services], module)
    if True in answers:
        return None
    if None in answers:
        why = next((why for one in services if (why := discovery_of(one).doubt(module))), "")
        return made.replace(doubt=f"whether a worker imports {module.name} cannot be told: {why}")
    if is_unmissed(module, tasks, services) or left_behind(module, tasks):
        return None
    why = why_unwanted(module, tasks)
    return made.replace(doubt=f"whether a worker should import {module.name} cannot be told: {why}" if why else "")


def is_told(module: Module) -> bool:
    """Whether it is said of a module that no worker imports it."""
    found = unregistered(module)
    return found is not None and not found.doubt


def _is_method(task: Task) -> bool:
    """Whether a task is a method that wants its instance, which nothing passes: each run fails, whoever registers it (TG206)."""
    if not task.in_class or task.function is None or task.option("bind").value:
        return False
    return any(one.name == "self" for one in task.function.params[:1])


def _importable(module: Module) -> bool:
    """Whether an import can name the module at all, and does not fail at once: one whose dots lead out of its root is a draft for another place."""
    if not module.name or not all(part.isidentifier() for part in module.name.split(".")):
        return False
    return leading_out(module) is None
