"""Names that nothing binds, where a task is sent or declared by them, in the body of a task, and those that Celery has."""

from __future__ import annotations

from taskguard.facts.signal_names import SIGNALS
from taskguard.project.celery.starting import handlers
from taskguard.project.hazards.bodies.unbound_names import CELERYS, DECLARED, HOMES, SENT, may_lack, unbound_names
from taskguard.project.python.aside import put_aside
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.hazards.bodies.unbound_names import Unbound
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# Celery up to 3 registers classes of tasks by itself, and some projects make their tasks in ways that nobody follows.
IMPORTED = ("from celery import", "import celery\n", "from celery.")


class Unseen(Record):
    """An unbound name, with the task of the project that may be meant; `again` are its uses in other tasks of the file, which the same import mends.
    `within` says what the name stands in: a `task`, or what a `signal` of Celery calls; empty where that is all the same."""

    module: Module
    use: Unbound
    meant: Task | None
    again: tuple[Unbound, ...] = ()
    within: str = ""

    @property
    def home(self) -> str:
        """The module from which it is imported, empty where nobody knows."""
        own = self.meant.module.name if self.meant is not None else ""
        return own or HOMES.get(self.use.name, "")


def unbound_tasks(project: Project) -> Iterator[Unseen]:
    """All of them, by file; none in a project without tasks and Celery, where `delay` may be of another library."""
    tasks = all_tasks(project)
    if not tasks and not project.search(*IMPORTED):
        return
    for path in project.search(*SENT, *DECLARED, *sorted(CELERYS)):
        module = project.modules[path]
        if in_tests(path) or hidden(path) or not may_lack(project, path) or put_aside(module):
            continue
        found = unbound_names(project, path, module.facts)
        if found:
            from taskguard.project.facades.never_loaded import never_loaded, no_worker_loads
            from taskguard.project.facades.switched_off import retired
        told: dict[object, Unseen] = {}
        for one in found:
            within = _around(module, one) if one.use == "body" else ""
            if (one.use == "body" and not within) or never_loaded(module) or no_worker_loads(module) or retired(module):
                continue
            key = (one.name, one.holder)
            if (first := told.get(key)) is not None and one.use == "body":
                told[key] = first.replace(again=(*first.again, one))
                continue
            named = [task for task in tasks if task.qualname == one.name] if not one.declares else []
            meant = named[0] if len(named) == 1 and named[0].path != path else None
            told[key] = Unseen(module, one, meant, within=within)
        yield from told.values()


def _around(module: Module, one: Unbound) -> str:
    """`task` where a name stands in the body of one that somebody may send, below the line of its `def` or in a method of its class, `signal` in a function that a signal of Celery calls; empty elsewhere."""
    from taskguard.project.celery.forgotten import is_unsent

    for task in tasks_in(module):
        if (
            task.home is module
            and one.span.line > task.line
            and (one.scope == task.qualname or one.scope.startswith(f"{task.qualname}."))
            and not is_unsent(task)
        ):
            return "task"
    return "signal" if one.scope in handlers(module, SIGNALS) else ""
