"""Web processes of Flask and FastAPI that send shared tasks and never import the module that makes the app: as `unloaded` tells of Django."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Ref
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.imports import Startup
from taskguard.project.celery.loaded import importing
from taskguard.project.diagnosis.apps.default_app import where_lost
from taskguard.project.diagnosis.apps.unloaded import (
    importers_of,
    lost_sends,
    sends_of,
    shared_tasks,
)
from taskguard.project.python.names import resolve
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

APPS = frozenset(("flask.Flask", "flask.app.Flask", "fastapi.FastAPI", "fastapi.applications.FastAPI", "quart.Quart"))
ROUTERS = APPS | {"flask.Blueprint", "flask.blueprints.Blueprint", "fastapi.APIRouter", "fastapi.routing.APIRouter", "quart.Blueprint"}  # fmt: skip
ROUTES = frozenset("route get post put delete patch websocket api_route".split())
# Words of which one stands in each file that makes an application for the web.
MAKING = (
    "Flask(",
    "FastAPI(",
    "Quart(",
    "Starlette(",
    "Sanic(",
    "web.Application(",
    "Litestar(",
    "get_wsgi_application",
    "get_asgi_application",
)


def unloaded_web(system: System) -> Iterator[Fault]:
    """The apps that no module imports besides a worker's own, though handlers of requests send shared tasks."""
    for service in system.live:
        shared = shared_tasks(service)
        goes = where_lost(service) if shared and _plain(system, service) else ""
        importers = importers_of(service) if goes else None
        if importers is None:
            continue
        held = _loaded(service)
        sends = [one for one in sends_of(shared, _counts, goes) if one.module.path not in held]
        if sends:
            yield _told(service, importers, sends, goes)


def _loaded(service: Service) -> dict[str, None]:
    """The paths that a worker loads, as far as no factory is called for it: what a factory imports the web process loads alone."""
    discovery = discovery_of(service)
    startup = Startup(lambda module: (), (), discovery.startup.started, discovery.startup.calls)
    return discovery.graph.reached(discovery.starts, startup, unparsed=True).paths


def _plain(system: System, service: Service) -> bool:
    """Whether it is the one app there is, made at module level in a module that makes no application for the web."""
    project = service.project
    if len(system.serving) != 1 or service.test or service.maker_scope:
        return False
    if service.module.is_package or service.module.unreadable or not service.module.name or "." in service.variable:
        return False
    if service.call.keyword("set_as_current") is not None or discovery_of(service).is_django:
        return False
    text = project.text(service.path) or ""
    return not any(word in text for word in MAKING) and any(
        not in_tests(project.modules[path].path) for path in project.search(*MAKING)
    )


def _counts(module: Module, scope: str) -> bool:
    """Whether a function is called for requests, in a module that the application has."""
    return is_routed(module, scope) and _is_used(module)


def is_routed(module: Module, scope: str) -> bool:
    """Whether a function is what a router calls for a request."""
    function = module.function(scope.partition(".<locals>")[0])
    return function is not None and is_route(module, function, ROUTERS)


def is_route(module: Module, function: Function, routers: frozenset[str]) -> bool:
    """Whether a decorator gives a function to an object of one of these classes, as a route."""
    for one in function.decorators:
        head, _, last = (one.callee if isinstance(one, Call) else "").rpartition(".")
        if last in ROUTES and head and made_as(module, head) in routers:
            return True
    return False


def made_as(module: Module, name: str) -> str:
    """The class outside the project of which a module level variable is an instance."""
    found = resolve(module, name)
    entry = found.module.entry(found.path) if found.kind == "symbol" and found.module is not None else None
    value = entry.value if isinstance(entry, Binding) else None
    if found.module is None or not isinstance(value, Call) or not isinstance(value.func, Ref):
        return ""
    made = resolve(found.module, value.callee)
    return made.path if made.kind == "external" else ""


def _is_used(module: Module) -> bool:
    """Whether a module makes the application itself, or another one imports it."""
    text = module.project.text(module.path) or ""
    return any(word in text for word in MAKING) or next(importing(module.project, module), None) is not None


def _told(service: Service, importers: list[Module], sends: list[Send], goes: str) -> Fault:
    name, sent = service.module.name, f"{sends[0].task.qualname}, sent in {sends[0].module.path},"
    advice = f"import {name} where the application for the web is made"
    return lost_sends(service, sends, f"no web process imports {name}: {sent}", advice, goes, *importers)
