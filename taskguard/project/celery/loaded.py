"""Whether anybody loads a module that says something about an app, as far as deployment files name all modules that Celery starts from."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.entries import documented, started_by
from taskguard.project.celery.system import celery_of
from taskguard.project.python.imports import imports_of
from taskguard.project.python.testing import in_put_aside, in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Module, Project

# Modules that frameworks and Celery import by their names.
BY_NAME = frozenset(
    "tasks models apps admin urls settings celery celeryconfig conftest manage wsgi asgi signals receivers main app".split()
)
# Code that imports names which it makes up.
SWEEPS = regex(r"\b(?:import_module|__import__|walk_packages|iter_modules|import_string|exec)\(")

# How code starts beat itself.
BEATS = ("worker_main", "start(argv", "celery.bin", "celery.apps.beat", "Beat(", "subprocess")
# What a module has that somebody may run by itself.
RUN = ("__main__", "worker_main", ".start(", "Worker(")


@query
def is_idle(service: Service, module: Module) -> bool:
    """Whether nobody seems to load a module: Celery starts from others, no code imports it or names it in a string, no command runs it. Then what it
    says about the app holds for those alone who run it by hand, if for anybody."""
    return module not in (service.module, service.maker) and _unloaded(service, module)


def _unloaded(service: Service, module: Module) -> bool:
    project, last = service.project, module.name.rpartition(".")[2]
    if module.is_package or not last or last in BY_NAME or in_tests(module.path):
        return False
    held = project.evidence.deployment
    launches = [one for one in held.launches if not in_tests(one.path)]
    started = [_started(service, one) for one in launches]
    if not started or held.unclear or not all(started) or any(module in one for one in started):
        return False
    if any(True for _ in importing(project, module)):
        return False
    return not _named(project, module, last) and module not in documented(service)


@query
def stands_alone(module: Module) -> bool:
    """Whether nobody but tests imports a module or names it in a string, nor may import all of its folder, and no deployment file names it or its file.
    The key of an entry (`"schedule": 60`) names no module, and no module loads itself."""
    importers = any(True for _ in importing(module.project, module))
    return not importers and not _named(module.project, module, module.name.rpartition(".")[2], keys=False)


def is_set(service: Service) -> bool:
    """Whether the settings name the app."""
    return any(one.app.replace(":", ".") in service.names for one in service.project.settings.apps)


@query
def made_idle(service: Service) -> bool:
    """Whether the app itself is made in a module that nobody seems to load: a left-over beside the one that workers start from. It says nothing then
    of what a worker has. One that can be run by hand, or that the settings name, counts. So is one in a folder that is put aside, even if it is the only one."""
    project, module = service.project, service.module
    if in_put_aside(module.path):
        return not is_set(service)
    if service.test or is_set(service):
        return False
    if any(holds(project, module.path, word) for word in RUN):
        return False
    launches = project.evidence.deployment.launches
    # Whoever starts other projects of the repository says nothing of this one.
    near = [one for launch in launches for one in _started(service, launch) if one.root == module.root]
    return bool(near) and _unloaded(service, module)


@query
def beats_elsewhere(service: Service) -> bool:
    """Whether each start of beat that the deployment has is one of another app, and no start of Celery is of this one: nobody sends what it schedules.
    One that can be run by hand, or that the settings or what is written about the project name, counts as started."""
    project, held = service.project, service.project.evidence.deployment
    if service.test or held.unclear or is_set(service):
        return False
    launches = [one for one in held.launches if not in_tests(one.path)]
    beats = [one for one in launches if one.beat]
    if not beats or started_by(service, launches) or documented(service):
        return False
    others = [one for one in celery_of(project).live if one is not service]
    if not all(any(started_by(other, [one]) for other in others) for one in beats):
        return False
    # Whoever starts other projects of the repository says nothing of this one.
    near = [one for other in others for one in started_by(other, beats) if one.root == service.module.root]
    return bool(near) and not any(holds(project, service.path, word) for word in BEATS)


@query
def in_use(system: System) -> tuple[Service, ...]:
    """The live services without those that nobody seems to load."""
    return tuple(one for one in system.live if not made_idle(one))


def _started(service: Service, launch: Launch) -> list[Module]:
    """The modules that a start of Celery may load first; none where that cannot be told."""
    name, _, attribute = launch.app.partition(":")
    found = service.project.find(name, service.module)
    if found is None and not attribute:
        found = service.project.find(name.rpartition(".")[0], service.module)
    inner = found.submodule("celery") if found is not None else None
    return [one for one in (found, inner) if one is not None]


def _named(project: Project, module: Module, last: str, keys: bool = True) -> bool:
    """Whether code names a module in a string, or may import any of its folder, or a deployment file names it or its file. Without `keys` neither a key of a dict is a name, nor what stands in the module itself."""
    quoted = re.compile(rf"[\"'](?:[\w./-]*[./])?{re.escape(last)}(?:\.py|[.:]\w+)?[\"']")
    if not keys:
        quoted = re.compile(rf"{quoted.pattern}(?!(?<=[\"']{re.escape(last)}[\"'])[ \t]*:)")
    for path in project.search(last):
        if (keys or path != module.path) and not in_tests(path) and finds(project, path, quoted):
            return True
    folder = module.path.rpartition("/")[0]
    around = (one for one in project.modules if one.rpartition("/")[0] == folder)
    if any(finds(project, one, SWEEPS) for one in around):
        return True
    written = re.compile(rf"(?<![\w.]){re.escape(module.name)}(?!\w)|(?<![\w-]){re.escape(last)}\.py\b")
    return any(finds(project, one, written) for one in sorted(project.markers))


def importing(project: Project, target: Module, tests: bool = False) -> Iterator[Module]:
    """The modules, besides those of tests unless `tests`, that import a module, in whatever function they do so."""
    word, targets = target.name.rpartition(".")[2], celery_of(project).graph.targets
    for path in project.search(word) if word else ():
        module = project.modules[path]
        if module is target or (in_tests(module.path) and not tests):
            continue
        written = imports_of(project).written(path)
        if written is not None and not any(target.path in targets(module, *one) for one in written):
            continue
        facts = module.facts
        if facts.failure is not None or any(
            target.path in targets(module, one.module, one.name)
            for one in facts.imports
            if one.guard != "type_checking"
        ):
            yield module
