"""Queues to which the project sends what tasks of another service are called: a worker reads them that is none of the project's."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.project.celery.registered import tasks_of
from taskguard.project.celery.routes import matches, routes_of
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.sends import queue_name
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Route, Service
    from taskguard.project.celery.system import System


@query
def foreign_queues(system: System) -> frozenset[str]:
    """Of routes for names that no package of the project begins with, and of calls that send such a name."""
    return frozenset((*_of_routes(system), *_of_calls(system)))


def _of_routes(system: System) -> Iterator[str]:
    for service in system.live:
        for route in routes_of(service):
            held = route.options.entries.get("queue")
            if not isinstance(held, Bound) or not _is_foreign(system, route.pattern, _named_heads(system)):
                continue
            if not _takes(service, route):
                yield queue_name(held, system)[0] or ""


def _takes(service: Service, route: Route) -> bool:
    names = (task.name for task in tasks_of(service))
    return any(not isinstance(one, Known) or matches(route, one.value) is not False for one in names)


def _of_calls(system: System) -> Iterator[str]:
    for module in system.project.looked_at:
        for site in selections.calling(module.facts, "send_task", "signature") if not in_tests(module.path) else ():
            call = site.call
            queue = call.keyword("queue")
            if not call.callee or queue is None or not call.args:
                continue
            name = value_of(Bound(call.args[0], module, site.scope)).value
            if isinstance(name, str) and _is_foreign(system, name) and not system.named(name):
                yield queue_name(Bound(queue, module, site.scope), system)[0] or ""


def _is_foreign(system: System, name: str, own: frozenset[str] = frozenset()) -> bool:
    """Whether a name or pattern begins with a word that is no package of the project, and none of `own`."""
    head, dot, _ = name.partition(".")
    return bool(dot) and head.isidentifier() and head not in own and head not in own_packages(system)


@query
def _named_heads(system: System) -> frozenset[str]:
    """What the names begin with that tasks of the project are given: a route for such a name is meant for one of them, though it may be gone."""
    names = (task.name.value for service in system.live for task in tasks_of(service) if isinstance(task.name, Known))
    return frozenset(one.partition(".")[0] for one in names if isinstance(one, str) and "." in one)


@query
def own_packages(system: System) -> frozenset[str]:
    """What the dotted names of the project's modules begin with."""
    return frozenset(one.partition(".")[0] for one in system.project.by_name)
