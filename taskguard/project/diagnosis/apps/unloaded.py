"""Apps that only a worker imports: what a Django process sends with a shared task goes to Celery's default app then.

`shared_task` asks for the current app at each use (celery/app/__init__.py). That is the app that the process has made, and where it
has made none an app without any configuration, whose broker is the RabbitMQ of this machine (celery/_state.py, `_get_current_app`).
"""

from __future__ import annotations

import re

from taskguard.diagnostics import Related
from taskguard.facts import selections
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.celery.django import reads_settings, settings_modules
from taskguard.project.celery.installed import installed_apps
from taskguard.project.celery.loaded import importing
from taskguard.project.celery.registered import tasks_of
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.apps.default_app import is_lost, where_lost
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.imports.named_imports import COMPUTED, SWEEPING, is_web
from taskguard.project.facades.unheard import is_unheard
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

SENDS = frozenset("delay apply_async delay_on_commit apply_async_on_commit".split())
SENT = regex(r"\.(?:delay|apply_async)(?:_on_commit)?\s*\(")
WEB_CLASSES = ("View", "ViewSet", "APIView", "Admin", "Form", "Serializer", "Consumer")
MOST = 40


class Send(Record):
    """A place outside the workers' code that sends a shared task."""

    task: Task
    module: Module
    line: int


def unloaded_apps(system: System) -> Iterator[Fault]:
    """The apps of Django projects that no module imports besides a worker's own, though views and commands send shared tasks."""
    for service in system.live:
        if not _plain(system, service):
            continue
        shared = shared_tasks(service)
        importers = importers_of(service) if shared else None
        goes = where_lost(service) if importers is not None else ""
        if importers is None or not goes:
            continue
        sends = sends_of(shared, _sent_by_web, goes)
        if sends:
            yield _told(service, importers, sends, goes)


def shared_tasks(service: Service) -> list[Task]:
    """The functions that `shared_task` makes tasks of a service."""
    return [
        one for one in tasks_of(service) if not one.app and not in_tests(one.module.path) and one.form == "function"
    ]


def _plain(system: System, service: Service) -> bool:
    """Whether it is the one app of a Django project, made at module level, in a module that Django does not import by itself."""
    others = [one for one in system.live if one is not service and not one.test and set(one.roots) & set(service.roots)]
    if service.test or others or service.module.is_package or service.module.unreadable or service.maker_scope:
        return False
    if "." in service.variable or service.call.keyword("set_as_current") is not None or not reads_settings(service):
        return False
    held = settings_modules(service)
    return bool(held.modules) and not held.open and service.module not in held.modules


# -- who imports the app -----------------------------------------------------------------------------------------------------


def importers_of(service: Service) -> list[Module] | None:
    """The modules by which the app is imported, in turn, if all of them are modules of tasks; None where other code may import it."""
    project, found = service.project, [service.module]
    seen = {service.path}
    for target in found:
        for module in importing(project, target):
            if module.path in seen:
                continue
            alone = module.is_package and _is_alone(service, module)
            if not alone and (module.is_package or not _of_tasks(module) or len(seen) > MOST):
                return None
            seen.add(module.path)
            found.append(module)
    return None if _by_string(service, found) else found[1:]


def _is_alone(service: Service, package: Module) -> bool:
    """Whether the package around the app holds nothing else, and is no application that Django imports: only a worker asks for it."""
    prefix = f"{package.name}."
    if not service.module.name.startswith(prefix) or not package.name:
        return False
    inside = [
        one for one in service.project.modules.values() if one.name.startswith(prefix) and one is not service.module
    ]
    if any(not _of_tasks(one) for one in inside):
        return False
    held = installed_apps(service)
    return (
        not held.open
        and package.name not in {one.package for one in held.apps}
        and not any(one.written.startswith(prefix) for one in held.apps)
    )


def _of_tasks(module: Module) -> bool:
    return bool(tasks_in(module)) or "tasks" in module.name.split(".")


def _by_string(service: Service, found: list[Module]) -> bool:
    """Whether code may import one of the modules by a name in a string, or all modules there are."""
    project = service.project
    lasts = "|".join(sorted({re.escape(one.name.rpartition(".")[2]) for one in found}))
    computed = re.compile(rf"[\"'][\w.{{}}%]*\b(?:{lasts})\b[\w.]*[\"']")
    for path in project.search(*COMPUTED, *SWEEPING):
        if in_tests(path) or path == service.path:
            continue
        text = project.text(path) or ""
        if computed.search(text) or any(word in text for word in SWEEPING):
            return True
    own = {f"{service.module.name}.{task.qualname}" for task in tasks_in(service.module)}
    named = re.compile(rf"[\"']({re.escape(service.module.name)}(?:[.:]\w+)*)[\"']")
    held = [
        one
        for one in project.search(service.module.name.rpartition(".")[2])
        if one != service.path and not in_tests(one)
    ]
    if any(one not in own for path in held for one in every(project, path, named)):
        return True
    started = re.compile(rf"\bimport\b[ =]*{re.escape(service.module.name)}\b")
    return any(finds(project, path, started) for path in sorted(project.markers))


# -- who sends ---------------------------------------------------------------------------------------------------------------


def sends_of(shared: list[Task], counts: Callable[[Module, str], bool], goes: str) -> list[Send]:
    """Where code sends one of these tasks, by path and line: files with tasks and tests left out, the scopes that do not count, and what gets where it should although the default app sends it."""
    made: dict[tuple[str, int], Send] = {}
    project = shared[0].module.project
    by_name: dict[str, list[Task]] = {}
    for task in shared:
        by_name.setdefault(task.qualname, []).append(task)
    for path in project.search(*by_name):
        module = project.modules[path]
        if in_tests(module.path) or tasks_in(module) or not finds(project, path, SENT):
            continue
        for site in selections.calling(module.facts, *SENDS):
            head, _, method = site.call.callee.rpartition(".")
            if method not in SENDS or not head:
                continue
            sent = task_at(Bound(site.call, module, site.scope), head)
            if sent is None or sent not in by_name.get(sent.qualname, ()):
                continue
            if counts(module, site.scope) and is_lost(sent, site.call, goes):
                made.setdefault((path, site.call.span.line), Send(sent, module, site.call.span.line))
    return [made[place] for place in sorted(made)]


def _sent_by_web(module: Module, scope: str) -> bool:
    """Whether a web process or a command comes to a place: not in a file of receivers that nobody imports."""
    return (_in_web(module, scope) or _called_in_web(module, scope)) and not is_unheard(module)


def _in_web(module: Module, scope: str) -> bool:
    """Whether a place is one that a web process or a command runs, by the name of its module, its class or a parameter."""
    if any(f"{one.module}.{one.name}".startswith("celery.signals") for one in module.facts.imports):
        return False  # a worker's signals run in the worker
    if is_web(module):
        return True
    function = module.function(scope)
    if function is not None and any(one.name in ("request", "info") for one in function.params):
        return True
    first = scope.partition(".")[0]
    klass = module.klass(first)
    bases = [getattr(one, "name", "").rpartition(".")[2] for one in klass.bases] if klass is not None else []
    return any(base.endswith(WEB_CLASSES) for base in bases)


def _called_in_web(module: Module, scope: str) -> bool:
    """Whether a module of the web process imports this one, and calls the function or class around the place."""
    name, project = scope.partition(".")[0], module.project
    if not name:
        return False
    called = re.compile(rf"\b{name}\b\s*[(.]")
    for path in project.search(name):
        other = project.modules[path]
        if other is module or in_tests(other.path) or tasks_in(other) or not is_web(other):
            continue
        if called.search(project.text(path) or "") and imports_from(other, module):
            return True
    return False


def imports_from(user: Module, module: Module) -> bool:
    """Whether a module imports another one, or something of it."""
    targets = celery_of(module.project).graph.targets
    return any(module.path in targets(user, one.module, one.name) for one in user.facts.imports)


def _told(service: Service, importers: list[Module], sends: list[Send], goes: str) -> Fault:
    task, module = sends[0].task, sends[0].module
    package = service.project.find(service.module.package, service.module) if service.module.package else None
    where = f"in {package.path}" if package is not None else "in the settings' package"
    base = service.module.name.rpartition(".")[2]
    return lost_sends(
        service,
        sends,
        f"no Django process imports {service.module.name}: {task.qualname}, sent in {module.path},",
        f"import it when Django starts: `from .{base} import {service.variable}` {where}",
        goes,
        *importers,
        *((package,) if package is not None else ()),
    )


def lost_sends(service: Service, sends: list[Send], why: str, advice: str, goes: str, *read: Module) -> Fault:
    """What is said of sends that go to the default app, by which they get to what `goes` says; `read` are the modules that had a part in the verdict, besides those of the sends."""
    files = [*(one.module.path for one in sends), *(one.task.path for one in sends), *(one.path for one in read)]
    return Fault(
        service.path, service.span, f"{why} goes to Celery's default app and its {goes}", advice, symbol=service.dotted,
        related=tuple(Related(one.module.path, one.line, f"{one.task.qualname} is sent by the default app here") for one in sends[:5]),
        depends=tuple(dict.fromkeys(one for one in files if one != service.path)),
    )  # fmt: skip
