"""Routes that match no task, and routes that a task's own queue beats."""

from __future__ import annotations

from taskguard.errors import nearest
from taskguard.facts.model import Call
from taskguard.facts.questions import holds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use, made_idle
from taskguard.project.celery.model import Route, Service
from taskguard.project.celery.queues import default_queue
from taskguard.project.celery.references import references_of
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import matches, queue_by_route, route_for, routes_of, routes_open
from taskguard.project.celery.settled import settled_value
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.unstarted import runs_nowhere
from taskguard.project.diagnosis.registration.former_packages import was_called
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.values import Known
from taskguard.project.registry.annotations import annotated
from taskguard.project.registry.lookup import BUILTIN, elsewhere
from taskguard.project.registry.registry import registry_of
from taskguard.project.registry.unseen import unseen
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Place
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

WILD = frozenset("*?[](){}|+^$\\")


class Idle(Record):
    """A route without a task. `doubt` says why that is no proof; empty where it is one."""

    route: Route
    doubt: str = ""
    help: str = ""
    depends: tuple[str, ...] = ()
    certain: bool = True


# So many patterns of an app are compared with all names.
MOST = 300


def idle_routes(project: Project) -> Iterator[Idle]:
    """The patterns, by service and in the order of the routes, that match no name of the project."""
    names = {*registry_of(project).by_name, *BUILTIN}
    names.update(
        one.name.value
        for one in references_of(celery_of(project))
        if one.kind != "route" and isinstance(one.name.value, str) and "*" not in one.name.value
    )
    # A path whose task has another name is the name of none, whoever writes it.
    paths = {one.dotted for one in registry_of(project).tasks if isinstance(one.name, Known)}
    names -= paths.difference(registry_of(project).by_name, BUILTIN)
    for service in in_use(celery_of(project)):
        held = [one for one in routes_of(service) if one.kind in ("glob", "regex") and one.pattern != "*"]
        again = _on_app_too(service, held)
        patterns = [one for one in held if one not in again]
        for place, route in enumerate(patterns):
            if place >= MOST:
                yield Idle(route, f"there are more than {MOST} patterns before it")
            else:
                if any(matches(route, name) is not False for name in names) or _declared_elsewhere(project, route):
                    continue
                if _changes_nothing(service, route) and not _by_path(project, route):
                    continue
                if _said_otherwise(service, route):
                    continue
                found = judged(project, service, route)
                if found.doubt or not runs_nowhere(service):
                    yield found


def _on_app_too(service: Service, routes: list[Route]) -> list[Route]:
    """The routes of a dict that the app is given, as far as its source has the same patterns: what is said of these is said there."""
    setting = configuration(service).get("task_routes")
    places = setting.places if setting is not None else ()
    if not any(one.direct for one in places) or all(one.direct for one in places):
        return []
    own = [one for one in routes if any(place.direct and _stands_in(one, place) for place in places)]
    sourced = {one.pattern for one in routes if any(not place.direct and _stands_in(one, place) for place in places)}
    return [one for one in own if one.pattern in sourced]


def _stands_in(route: Route, place: Place) -> bool:
    """Whether a route is written out where a setting is given."""
    if not isinstance(place.value, Bound) or route.path != place.value.module.path:
        return False
    whole = place.value.expr.span
    return whole.line <= route.span.line <= whole.end_line


def _changes_nothing(service: Service, route: Route) -> bool:
    """Whether a route leads where messages go without it: to the default queue, and no route behind it may be for what it was written for."""
    given, default = route.options.entries.get("queue"), default_queue(service)
    if given is None or len(route.options.entries) > 1 or route.options.open or routes_open(service):
        return False
    if not isinstance(default, Known) or value_of(given).value != default.value:
        return False
    if default.value in route.pattern.split("."):
        return False  # a queue that is called after the tasks is theirs, though all others share it
    routes = routes_of(service)
    return not any(_overlap(route, later) for later in routes[routes.index(route) + 1 :])


def _said_otherwise(service: Service, route: Route) -> bool:
    """Whether the tasks for which a route was written by their paths go to its queue all the same: they say it themselves, or another route does by their names."""
    given = route.options.entries.get("queue")
    if given is None or len(route.options.entries) > 1 or route.options.open:
        return False
    wanted = value_of(given)
    meant = _by_path(service.project, route)
    return bool(meant) and isinstance(wanted, Known) and all(_goes_to(service, one, wanted) for one in meant)


def _goes_to(service: Service, task: Task, wanted: Known) -> bool:
    queue = task.option("queue")
    if queue.absent and isinstance(task.name, Known):
        queue = queue_by_route(service, str(task.name.value))
    return isinstance(queue, Known) and queue.value == wanted.value


def _overlap(route: Route, other: Route) -> bool:
    """Whether a name may match both."""
    if other.kind == "exact":
        return matches(route, other.pattern) is not False
    mine, its = literal_start(route), literal_start(other)
    return other.kind not in ("glob", "regex") or mine.startswith(its) or its.startswith(mine)


def _declared_elsewhere(project: Project, route: Route) -> bool:
    """Whether the settings list task names that the pattern may be for."""
    listed = project.settings_at(route.path).celery.task_names
    return elsewhere(project, route.path, route.pattern) or any(matches(route, name) for name in listed)


def judged(project: Project, service: Service, route: Route) -> Idle:
    start = literal_start(route)
    for task in registry_of(project).unnamed:
        return Idle(route, f"the name of the task {task.dotted} cannot be told")
    for module in project.looked_at:
        if module.unreadable and (module.name.startswith(start.rstrip(".")) or start.startswith(f"{module.name}.")):
            return Idle(route, f"{module.path} cannot be read as Python")
    for module, dotted in _perhaps_tasks(project, route, start):
        return Idle(route, f"{dotted} has a decorator in {module.path} that may make it a task")
    if start and not ours(project, start):
        if was_called(service, start.rstrip("."), [literal_start(one).rstrip(".") for one in routes_of(service)]):
            return Idle(
                route,
                help="the package has another name by now, and so have its tasks: mend the pattern",
                depends=(service.module.path,),
                certain=False,
            )
        return Idle(route, "no module and no task of the project begins so: it may be for a library or another service")
    if why := unseen(project, service.roots, start.rpartition(".")[0]) if "." in start else "":
        return Idle(route, why)
    from taskguard.project.diagnosis.registration.unmissed import commented

    if start.endswith(".") and start.rstrip(".") in commented(service):
        return Idle(route, "a comment keeps its module among those that the worker is to import one day")
    place = project.find(start.rstrip("."), service.module) if start.endswith(".") else None
    if place is not None and is_placeholder(place):
        return Idle(route, f"{place.path} is empty as yet")
    if place is None and (package := _without_tasks(project, service, start)):
        return Idle(route, f"{package} has no tasks as yet")
    meant = _by_path(project, route)
    depends = tuple(dict.fromkeys((*(task.path for task in meant), *_folder(project, service, start))))
    if meant:
        named = ", ".join(f'"{task.name.value}"' for task in meant[:3])
        return Idle(
            route,
            help=f"patterns match names: the {'task' if len(meant) == 1 else 'tasks'} there {'is' if len(meant) == 1 else 'are'} named {named}",
            depends=depends,
        )
    near = (
        nearest(start.rstrip("."), {name.rpartition(".")[0] for name in registry_of(project).by_name})
        if start
        else None
    )
    return Idle(
        route,
        help=f'did you mean "{near}.*"?' if near else "mend the pattern, or take the route out",
        depends=depends,
        certain=bool(start),
    )


def is_placeholder(module: Module) -> bool:
    """Whether a module holds nothing yet, nor does one below it."""
    prefix = f"{module.name}."
    held = [
        module,
        *(one for one in module.project.modules.values() if module.is_package and one.name.startswith(prefix)),
    ]
    return all(one.facts.failure is None and not module.project.code_lines(one.path) for one in held)


def _without_tasks(project: Project, service: Service, start: str) -> str:
    """The package in which a pattern looks for a module that is not there (`reports.tasks.*`), where nothing in it is a task and none is named after it; empty otherwise."""
    inner = start.rstrip(".").rpartition(".")[0] if start.endswith(".") else ""
    if not inner:
        return ""
    package = project.find(inner, service.module)
    prefix = f"{package.name}." if package is not None else f"{inner}."
    # A folder without `__init__.py` is a package as well.
    if not (package.is_package if package is not None else any(one.startswith(prefix) for one in _names(project))):
        return ""
    named = any(name.startswith((prefix, f"{inner}.")) for name in registry_of(project).by_name)
    held = any(f"{task.module.name}.".startswith(prefix) for task in registry_of(project).tasks)
    return "" if named or held else prefix.rstrip(".")


@query
def _names(project: Project) -> tuple[str, ...]:
    return tuple(one.name for one in project.modules.values())


def _perhaps_tasks(project: Project, route: Route, start: str) -> Iterator[tuple[Module, str]]:
    """The functions that the pattern matches by their paths, and that have a decorator of an app that nobody knows."""
    if not start.rstrip("."):
        return
    for module in project.modules.values():
        if not f"{module.name}.".startswith(start.rstrip(".") + ".") and not start.startswith(f"{module.name}."):
            continue
        if not module.name or module.path.endswith(".pyi") or not holds(project, module.path, "task"):
            continue
        known = {task.qualname for task in tasks_in(module)}
        for function in module.facts.functions:
            dotted = f"{module.name}.{function.name}"
            if function.qualname not in known and matches(route, dotted) is not False:
                written = [
                    one.callee if isinstance(one, Call) else getattr(one, "name", "") for one in function.decorators
                ]
                if any("task" in one.rpartition(".")[2].lower() for one in written):
                    yield module, dotted


def literal_start(route: Route) -> str:
    """What every name that a pattern matches begins with."""
    pattern = route.pattern.replace("\\.", ".") if route.kind == "regex" else route.pattern
    pattern = pattern.removeprefix("^") if route.kind == "regex" else pattern
    cut = next((place for place, char in enumerate(pattern) if char in WILD), len(pattern))
    start = pattern[:cut]
    if route.kind == "regex" and "." in start:
        return start.rpartition(".")[0] + "." if not start.endswith(".") else start
    return "" if route.kind == "regex" else start


def ours(project: Project, start: str) -> bool:
    """Whether names that begin so belong to the project: the first word is a package of it, or begins names of its tasks."""
    first, dot, _ = start.partition(".")
    if not dot:
        return any(name.startswith(first) for name in (*registry_of(project).by_name, *project.by_name))
    return first != "celery" and (
        first in project.by_name
        or any(name.startswith(f"{first}.") for name in (*registry_of(project).by_name, *project.by_name))
    )


def _by_path(project: Project, route: Route) -> list[Task]:
    """The tasks that the pattern would match by their dotted paths."""
    return [task for task in registry_of(project).tasks if isinstance(task.name, Known) and matches(route, task.dotted)]


def _folder(project: Project, service: Service, start: str) -> list[str]:
    """The file that the pattern names, whether it is there or not."""
    inside = start.rstrip(".").replace(".", "/")
    found = project.find(start.rstrip("."), service.module)
    if found is not None:
        return [found.path]
    return [f"{root}/{inside}.py" if root else f"{inside}.py" for root in service.roots] if inside else []


def shadowed_routes(system: System) -> Iterator[tuple[Task, Route, str, str]]:
    """Tasks whose own queue differs from that of a route for them alone: task, route, own queue, the route's queue.

    A pattern says what holds for those that say nothing themselves.
    """
    for task in all_tasks(system.project):
        own = settled_value(system, task.option("queue"), *services_of(task))
        if not isinstance(own, Known) or not isinstance(own.value, str) or not isinstance(task.name, Known):
            continue
        if not annotated(task, "queue").absent:
            continue
        for service in services_of(task):
            if made_idle(service):
                continue
            route = route_for(service, task.name.value)
            if isinstance(route, Route) and route.kind == "exact":
                queue = queue_by_route(service, task.name.value)
                if isinstance(queue, Known) and isinstance(queue.value, str) and queue.value != own.value:
                    yield task, route, own.value, queue.value
                    break
