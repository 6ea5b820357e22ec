"""Names of a module that a function binds as its own ones, and reads before that."""

from __future__ import annotations

from taskguard.facts.selections import rebound
from taskguard.project.celery.forgotten import is_unsent
from taskguard.project.hazards.bodies.text_questions import early_reads
from taskguard.project.python.aside import put_aside
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.early_reads import Early
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module


def early_locals(module: Module) -> Iterator[tuple[Function, Early]]:
    """All of them in a file with tasks, by function; tasks that nobody sends left out."""
    tasks = tasks_in(module)
    if not tasks or put_aside(module):
        return
    for qualname, names in rebound(module.facts):
        function = module.function(qualname)
        if function is None or any(one.qualname == qualname and is_unsent(one) for one in tasks):
            continue
        for one in early_reads(module.project, module.path, function, *names):
            yield function, one
