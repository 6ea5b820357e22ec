"""The functions that workers run: the bodies of tasks."""

from __future__ import annotations

from taskguard.facts.model import Function
from taskguard.project.celery.forgotten import is_unsent
from taskguard.project.python.flow import body_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

    T = TypeVar("T")


class Run(Record):
    """The function that a task runs. `own` is the name under which it has the task itself, empty where it has it under none."""

    task: Task
    function: Function
    own: str

    @property
    def module(self) -> Module:
        """The file of the task and of its function."""
        return self.task.module

    @property
    def body(self) -> Body | None:
        """What the function does; None where its text is not there."""
        return body_of(self.module, self.function)


@query
def runs_in(module: Module) -> tuple[Run, ...]:
    """What the tasks of a file run, as far as it stands in the same file. No function is parsed for that."""
    return tuple(_runs(module))


def found_in(module: Module, look: Callable[[Run], Iterable[T]]) -> Iterator[tuple[Run, list[T]]]:
    """What a look at each function finds that a task of a file runs, without tests, and without tasks that nobody sends: what these do wrong, they do to nobody."""
    for run in runs_in(module) if not in_tests(module.path) else ():
        found = list(look(run))
        if found and not is_unsent(run.task):
            yield run, found


@query
def _by_function(module: Module) -> dict[str, list[Run]]:
    made: dict[str, list[Run]] = {}
    for one in runs_in(module):
        made.setdefault(one.function.qualname, []).append(one)
    return made


def runs_of(module: Module, qualname: str) -> list[Run]:
    """Of `runs_in` those of the function of that qualified name."""
    return _by_function(module).get(qualname, [])


def _runs(module: Module) -> Iterator[Run]:
    for task in tasks_in(module):
        function = task.function
        if function is None and task.klass is not None:
            function = module.function(f"{task.klass.qualname}.run")
        if function is None or module.function(function.qualname) is not function:
            continue
        yield Run(task, function, _own_name(task, function))


def _own_name(task: Task, function: Function) -> str:
    first = function.params[0].name if function.params and function.params[0].kind in ("positional", "both") else ""
    if task.form == "class":
        return first
    bind = task.option("bind")
    if isinstance(bind, Known):
        return first if bind.value and not task.in_class else ""
    return first if first == "self" and not task.in_class and not bind.absent else ""
