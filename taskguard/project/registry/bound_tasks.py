"""Tasks that stand under another name than their function has: `send = app.task(_send)` is registered as `_send`."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Ref
from taskguard.project.python.flow import is_none
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task


def tasks_bound(module: Module, name: str) -> list[Task]:
    """The tasks that a name of a module is; none where it may be something else, other than the bare function or nothing in their place."""
    made: list[Task] = []
    for one in module.entries(name):
        tasks = _called(module, one)
        if not tasks and not _is_bare(module, one):
            return []
        made += tasks
    return made if all(isinstance(task.name, Known) for task in made) else []


def _called(module: Module, entry: object) -> list[Task]:
    if not isinstance(entry, Binding) or not isinstance(entry.value, Call):
        return []
    return [one for one in tasks_in(module) if one.form == "call" and one.span == entry.value.span]


def _is_bare(module: Module, entry: object) -> bool:
    """Whether an entry is a function of the module, or nothing."""
    value = entry.value if isinstance(entry, Binding) else None
    if isinstance(value, Ref):
        found = resolve(module, value.name)
        return found.kind == "symbol" and found.module is not None and found.module.function(found.path) is not None
    return is_none(value)
