"""Where a worker may start besides the module that makes the app, and which functions run at start-up."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.import_selections import imports_in
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.text_questions import FACTORIES, starts
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Module, Project

# `-A` may name any module that binds the app: `celery -A run_celery.app worker`. These words say that one is meant for it.
WORDS = ("celery", "worker", "beat", "queue")
WEB = frozenset("manage wsgi asgi setup conftest gunicorn_config".split())
# What starts a worker from within a program.
WORKS = regex(r"worker_main|\.Worker\(|\.start\(|__main__")
FACTORY_WORDS = tuple(f"def {name}" for name in FACTORIES)


def entry_modules(service: Service) -> list[Module]:
    """The modules that a worker is started with: those that deployment files name, and those without tasks of their own that bind the
    app and look as if they were meant for it."""
    made = launched(service)
    held = {one.path for one in (service.module, *made)}
    looking = [one for one in _binding(celery_of(service.project)).get(service, ()) if one.path not in held]
    return made + ([one for one in looking if _starts_itself(one)] if looking and _all_told(service) else looking)


def _all_told(service: Service) -> bool:
    """Whether deployment files start workers, each from a module that binds an app, one of them this one: no other module is meant for that."""
    system, launches = celery_of(service.project), service.project.evidence.deployment.launches
    workers = [one for one in launches if one.step == "worker"]
    if not any(started_by(service, (one,)) for one in workers):
        return False
    return all(any(started_by(app, (one,)) for app in system.live) for one in workers)


def _starts_itself(module: Module) -> bool:
    """Whether a module may start a worker by its own code, or what is written about the project names it as the one to start from."""
    project = module.project
    if finds(project, module.path, WORKS):
        return True
    return any(one.app.partition(":")[0] in (module.name, f"{module.name}.app") for one in written_down(project))


@query
def _binding(system: System) -> dict[Service, list[Module]]:
    """The modules without tasks of their own that bind an app and look as if they were meant for a worker, by the app."""
    made: dict[Service, list[Module]] = {}
    for module in system.project.looked_at:
        if not may_start(module):
            continue
        own = imports_in(module.facts, system.project.heads, "")
        bound = dict.fromkeys(one.bound for one in own if one.bound)
        apps = {app: None for name in bound if (app := system.apps.at(module, name)) is not None}
        for app in apps if apps and not tasks_in(module) else ():
            made.setdefault(app, []).append(module)
    return made


def launched(service: Service, own: bool = False) -> list[Module]:
    """The modules that `celery -A` names in deployment files, where they bind the app (celery/app/utils.py, `find_app`); with `own` the app's module too."""
    return [
        one
        for one in started_by(service, service.project.evidence.deployment.launches)
        if own or one is not service.module
    ]


@query
def beats_only(service: Service) -> bool:
    """Whether deployment files start beat of an app, no worker, and workers of other apps: what beat imports no worker has from it."""
    launches = service.project.evidence.deployment.launches
    own = [one for one in launches if started_by(service, (one,))]
    return bool(own) and all(one.step == "beat" for one in own) and any(one.step == "worker" for one in launches)


def documented(service: Service) -> list[Module]:
    """The modules that `celery -A` names in what is written about the project, or in a comment or text of its code, where they bind the app."""
    return started_by(service, written_down(service.project))


@query
def written_down(project: Project) -> tuple[Launch, ...]:
    """The starts of Celery in what is written about the project, and in comments and texts of its code."""
    made: list[Launch] = []
    for path in sorted({*project.notes, *project.search("celery -A", "celery --app")}):
        if not in_tests(path):
            made += starts(project, path, path)
    return tuple(made)


def started_by(service: Service, launches: Iterable[Launch]) -> list[Module]:
    """The modules that these starts of Celery name, where they bind the app; those in which no app can be seen, too, where the project has only this one."""
    project, made = service.project, {}
    for launch in launches:
        name, _, attribute = launch.app.partition(":")
        module = project.find(name, service.module)
        if module is None and not attribute:
            name, _, attribute = name.rpartition(".")
            module = project.find(name, service.module) if name else None
        if module is None:
            continue
        apps, found = celery_of(project).apps, False
        for one in (module, module.submodule("celery")):
            names = [attribute] if attribute else [*(one.table() if one is not None else ())]
            held = {apps.at(one, name) for name in names} - {None} if one is not None else set()
            found = found or bool(held)
            if one is not None and service in held:
                made[one.path] = one
                break
        if not found and celery_of(project).serving == [service]:
            made[module.path] = module  # `flask_app.extensions["celery"]`: which app else?
    return list(made.values())


def may_start(module: Module) -> bool:
    """Whether the name of a module is one that a worker is started with."""
    last = module.name.rpartition(".")[2].lower()
    if in_tests(module.path) or last in WEB:
        return False
    return bool(last) and ("." not in module.name or any(word in last for word in WORDS))


def factories(module: Module) -> tuple[str, ...]:
    """The functions of a module that are called while an application is made."""
    return tuple(one.qualname for one in selections.beginning(module.facts, *FACTORIES))
