"""Modules taken for the Celery app in them: `from config import celery_app`, which is a submodule, and then `@celery_app.task`."""

from __future__ import annotations

from taskguard.facts.model import Call, Ref
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.taken import import_of
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Import
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

# What an app has, and hardly a module.
TASK = "task"


class TakenApp(Record):
    """An import in `module` that leads to the module of the app `service`, whose `task` is then asked of the module itself."""

    module: Module
    imported: Import
    service: Service


def taken_apps(project: Project) -> Iterator[TakenApp]:
    """The imports of modules that decorate tasks as apps do, each once for a file."""
    homes = {one.module: one for one in celery_of(project).services if not one.test and one.variable}
    words = {one.name.rpartition(".")[2] for one in homes}
    for path in project.search(*(f"{word}.{TASK}" for word in words)) if words else ():
        module = project.modules[path]
        told: set[tuple[Import, Service]] = set()
        for head, scope in () if in_tests(path) or module.unreadable else _decorating(module):
            found = resolve(module, head, scope)
            service = homes.get(found.module) if found.kind == "module" and found.module is not None else None
            if service is None or binds_name(service.module, TASK) is not False:
                continue
            imported = import_of(module, head.partition(".")[0], scope)
            if imported is None or imported.guard or (imported, service) in told:
                continue
            told.add((imported, service))
            yield TakenApp(module, imported, service)


def _decorating(module: Module) -> Iterator[tuple[str, str]]:
    """What `.task` is asked of by decorators, and where."""
    for function in module.facts.functions:
        for one in function.decorators:
            head, _, last = _dotted(one).rpartition(".")
            if head and last == TASK:
                yield head, function.qualname.rpartition(".")[0].removesuffix(".<locals>")


def _dotted(decorator: Expr) -> str:
    if isinstance(decorator, Call):
        return decorator.callee
    return decorator.name if isinstance(decorator, Ref) else ""
