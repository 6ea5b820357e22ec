"""Routes that Celery cannot use (celery/app/routes.py: `prepare`, `MapRoute`, `Router.route`)."""

from __future__ import annotations

import re

from taskguard import celery_options
from taskguard.diagnostics import Related
from taskguard.facts.model import Const, Dict, Seq
from taskguard.facts.questions import finds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.pieces import list_pieces
from taskguard.project.celery.routes import followed, routes_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Instance, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Route, Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project

# `apply_async` hands its own arguments and the route's options to `send_task`: these are then given twice (celery/app/amqp.py).
CRASHING = frozenset("expires countdown eta retries ignore_result time_limit soft_time_limit".split())


def invalid_routes(system: System) -> Iterator[Fault]:
    """All faults of the routes, each place once."""
    seen: set[tuple[str, object]] = set()
    for service in in_use(system):
        for fault in (*_flat(service), *(fault for route in routes_of(service) for fault in _route(route))):
            if (fault.path, fault.span) not in seen:
                seen.add((fault.path, fault.span))
                yield fault
    yield from _thrown_away(system)


def _thrown_away(system: System) -> Iterator[Fault]:
    """The routes with options that a message takes along and nobody reads, once for each file and set of options, at the first such route."""
    told: dict[tuple[str, tuple[str, ...]], dict[object, Route]] = {}
    for service in in_use(system):
        for route in routes_of(service) if not service.test else ():
            names = tuple(str(one) for one in route.options.entries if _is_unread(one))
            if names and route.kind not in ("function", "unknown") and not in_tests(route.path):
                told.setdefault((route.path, names), {})[route.span] = route
    for (path, names), routes in told.items():
        if any(_is_asked_for(system.project, one) for one in names):
            continue
        first, *others = routes.values()
        meant = celery_options.meant_in_call(names[0], "send_task")[0]
        yield Fault(
            path, first.span, f"no route gives a task {_listed(names)}: the message takes it along, and nobody reads it",
            f"did you mean `{meant}`?" if meant else "give it where the task is declared, or in `task_annotations`", symbol=first.pattern,
            related=tuple(Related(path, one.span.line, "so it is with this route") for one in others),
        )  # fmt: skip


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _is_unread(name: object) -> bool:
    """Whether a name is one of those that only the declaration of a task has, or one that is misspelt."""
    if not isinstance(name, str) or name in CRASHING or celery_options.is_call_option(name, "send_task"):
        return False
    return celery_options.of_declaration(name) or bool(celery_options.meant_in_call(name, "send_task")[0])


def _is_asked_for(project: Project, name: str) -> bool:
    """Whether some file that speaks of routes asks a dict for such an option itself: the project then does with it what Celery does not."""
    asks = re.compile(rf"(?:\[|\.(?:get|pop|setdefault)\()\s*[\"']{re.escape(name)}[\"']")
    return any(finds(project, path, asks) for path in project.search("routes", "ROUTES") if not in_tests(path))


def _flat(service: Service) -> Iterator[Fault]:
    """Pairs one level too flat: each pair is taken for a router of its own."""
    setting = configuration(service).get("task_routes")
    for part in setting.parts if setting is not None else ():
        target = followed(part) if isinstance(part, Bound) else None
        if target is None or not isinstance(target.expr, Seq):
            continue
        for piece in list_pieces(part).items:
            expr = piece.value.expr
            if (
                isinstance(expr, Seq)
                and len(expr.items) == 2
                and isinstance(expr.items[0], Const)
                and isinstance(expr.items[1], Dict | Const)
            ):
                pattern = expr.items[0].value
                if isinstance(pattern, str) and len(pattern) != 2:
                    yield Fault(
                        piece.path, piece.span, f'the pair of "{pattern}" stands where a router is expected: each publish fails with ValueError',
                        "put the pairs into a list inside the list: task_routes = ([(…, …), (…, …)],)", symbol=pattern,
                    )  # fmt: skip


def _route(route: Route) -> Iterator[Fault]:
    if route.kind in ("function", "unknown"):
        return
    if route.kind == "exact" and ("?" in route.pattern or "[" in route.pattern):
        yield Fault(
            route.path, route.span, f'"{route.pattern}" is taken as a name, not as a pattern: only a key with * is one',
            "use * or a regular expression: re.compile(…)", symbol=route.pattern,
        )  # fmt: skip
    yield from _value(route)
    for name, held in route.options.entries.items():
        if name in CRASHING:
            span = held.expr.span if isinstance(held, Bound) else route.options_span
            path = held.module.path if isinstance(held, Bound) else route.path
            yield Fault(
                path, span, f'a route cannot give "{name}": each publish to it fails with TypeError', "set it on the task, or in the call",
                symbol=route.pattern,
            )  # fmt: skip


def _value(route: Route) -> Iterator[Fault]:
    """A route that is neither a dict nor the name of a queue."""
    bound = route.value
    if bound is None:
        return
    value = value_of(bound)
    if not isinstance(value, Known):
        return
    held = value.value
    if isinstance(held, Instance) and held.name.startswith("kombu.") and held.name.endswith(".Queue"):
        said = "a Queue"
    elif held is None or isinstance(held, int | float):
        said = repr(held)
    elif (
        isinstance(held, list | tuple)
        and held
        and all(isinstance(one, str) for one in held)
        and not any(len(one) == 2 for one in held)
    ):
        said = "a list"
    else:
        return
    yield Fault(
        route.path, route.options_span, f"the route is {said}, neither a dict nor the name of a queue: each publish to it fails",
        'write {"queue": …}', symbol=route.pattern,
    )  # fmt: skip
