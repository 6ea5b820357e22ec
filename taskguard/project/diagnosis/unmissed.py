"""Modules whose tasks nobody misses although no worker registers them: switched off by a comment, kept beside what is run, or a trial that nobody sends."""

from __future__ import annotations

import re

from taskguard.facts.questions import every, finds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.django import lineage, settings_modules
from taskguard.project.celery.registered import services_of
from taskguard.project.python.commented import LISTED
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.parked import is_parked
from taskguard.project.registry.registry import registry_of
from taskguard.project.tasks.copies import laid_aside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task


def is_unmissed(module: Module, tasks: Iterable[Task], services: Iterable[Service]) -> bool:
    """Whether the project shows that nobody misses the tasks of a module."""
    if (
        laid_aside(module)
        or is_parked(module)
        or all((task.trial and not sent(task)) or _shown_twice(task) for task in tasks)
    ):
        return True
    return any(switched_off(one, module) for one in services)


# Words of functions that show what a task looks like.
SHOWS = frozenset("example examples sample samples demo dummy hello".split())


def _shown_twice(task: Task) -> bool:
    """Whether a task is there for show, and a worker has another one of the same function name: that one is used."""
    last = task.qualname.rpartition(".")[2]
    if SHOWS.isdisjoint(last.lower().split("_")):
        return False
    alike = (one for one in registry_of(task.module.project).last_words.get(last, ()) if one.module is not task.module)
    return any(discovery_of(service).holds(one.module) for one in alike for service in services_of(one))


def switched_off(service: Service, module: Module) -> bool:
    """Whether a comment takes the module, or the application around it, out of the lists that a worker reads, and no other line names it."""
    found = discovery_of(service)
    live = {one.name for one in found.wanted} | found.packages
    for name in commented(service):
        package = name.rpartition(".")[0].removesuffix(".apps") if name.rpartition(".")[2][:1].isupper() else name
        if package and f"{module.name}.".startswith(f"{package}.") and package not in live:
            return True
    return False


def commented(service: Service) -> Iterator[str]:
    """The names in comments of the files that tell a worker what to import."""
    project = service.project
    told = {service.path: None}
    told.update((one.path, None) for held in settings_modules(service).modules for one in lineage(held))
    for name in ("imports", "include"):
        setting = configuration(service).get(name)
        told.update((one.path, None) for one in (setting.places if setting is not None else ()))
    for path in told:
        yield from every(project, path, LISTED)


def sent(task: Task) -> bool:
    """Whether some code sends the task, or names it by a string."""
    project, name = task.module.project, re.escape(task.qualname.rpartition(".")[2])
    sends = re.compile(rf"\b{name}\.(?:delay|apply_async|delay_on_commit|apply_async_on_commit)\b")
    named = re.compile(rf"[\"'](?:[\w.]+\.)?{name}[\"']")
    if finds(project, task.path, sends):
        return True
    others = (one for one in project.search(task.qualname.rpartition(".")[2]) if one != task.path)
    texts = [project.text(one) or "" for one in others if not in_tests(project.modules[one].path)]
    return any(sends.search(text) or named.search(text) for text in texts)
