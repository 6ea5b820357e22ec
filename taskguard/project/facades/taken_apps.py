"""Modules taken for the Celery app in them: `from config import celery_app`, which is a submodule, and then `@celery_app.task`."""

from __future__ import annotations

from taskguard.facts.selections import written_name
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.taken import mistaken
from taskguard.project.python.names import absolute_name
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Import
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
        asked = () if in_tests(path) or module.unreadable else _decorating(module)
        for imported, target, _ in mistaken(module, asked, homes):
            # `shop/__init__.py` makes `shop` and then says `import shop.tasks`, which binds it anew: what that loads takes the app still.
            if absolute_name(module, imported.module) != target.name:
                yield TakenApp(module, imported, homes[target])


def _decorating(module: Module) -> Iterator[tuple[str, str, str]]:
    """What `.task` is asked of by decorators, and where."""
    for function in module.facts.functions:
        for one in function.decorators:
            head, _, last = written_name(one).rpartition(".")
            if head and last == TASK:
                yield head, TASK, function.qualname.rpartition(".")[0].removesuffix(".<locals>")
