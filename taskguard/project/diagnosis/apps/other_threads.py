"""Shared tasks that threads of FastAPI send: the current app is that of the thread which made it, and all other threads have the default app.

`Celery(…)` makes itself the current app of its thread (celery/_state.py, `_TLS`). Django's fix-up also makes it the default one (celery/fixups/django.py), FastAPI has
nothing of the kind, and runs each route that is a plain `def` in a thread of a pool.
"""

from __future__ import annotations

from taskguard.facts.selections import functions_calling
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.django import names_settings
from taskguard.project.diagnosis.apps.default_app import where_lost
from taskguard.project.diagnosis.apps.unloaded import (
    importers_of,
    imports_from,
    lost_sends,
    sends_of,
    shared_tasks,
)
from taskguard.project.diagnosis.apps.unloaded_web import is_route
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.diagnosis.apps.unloaded import Send
    from taskguard.project.diagnosis.faults import Fault
    from taskguard.project.python.project import Module

ROUTERS = frozenset("fastapi.FastAPI fastapi.applications.FastAPI fastapi.APIRouter fastapi.routing.APIRouter".split())


def sent_in_threads(system: System) -> Iterator[Fault]:
    """The apps whose shared tasks are sent in such threads."""
    for service in system.live:
        if service.test or service.maker_scope or "." in service.variable or service.module.unreadable:
            continue
        shared = shared_tasks(service)
        if not shared or not service.project.search("APIRouter", "FastAPI("):
            continue
        if discovery_of(service).is_django or names_settings(service) or service.call.keyword("set_as_current"):
            continue
        goes = where_lost(service)
        if not goes or importers_of(service) is not None:
            continue
        sends = sends_of(shared, _in_thread, goes)
        if sends:
            yield _told(service, sends, goes)


def _in_thread(module: Module, scope: str) -> bool:
    """Whether a place is in a route that is no coroutine, or in a function that such a route calls."""
    function = module.function(scope)
    if function is None or function.is_async:
        return False
    return _is_route(module, function) or any(True for _ in _routes_calling(module, function))


def _is_route(module: Module, function: Function) -> bool:
    return not function.is_async and is_route(module, function, ROUTERS)


def _routes_calling(module: Module, function: Function) -> Iterator[Function]:
    """The routes of other modules that call a function of this one by its name."""
    project = module.project
    for path in project.search(f"{function.name}(") if function.holder == "module" else ():
        other = project.modules[path]
        if in_tests(path) or not imports_from(other, module):
            continue
        for name, _ in functions_calling(other.facts, function.name):
            held = other.function(name)
            if held is not None and _is_route(other, held):
                yield held


def _told(service: Service, sends: list[Send], goes: str) -> Fault:
    task, module, app = sends[0].task, sends[0].module, service.variable
    why = f"{app} is the current app of the thread that makes it: {task.qualname}, which a thread of FastAPI sends in {module.path},"
    return lost_sends(service, sends, why, f"add `{app}.set_default()`, or declare the tasks with `@{app}.task`", goes)
