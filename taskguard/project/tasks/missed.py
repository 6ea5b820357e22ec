"""Who sends or names a task, and who imports or names a module of tasks: what nobody does, nobody misses."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds, holds
from taskguard.patterns import unled
from taskguard.project.python.imports import imports_of
from taskguard.project.python.old_python import beside
from taskguard.project.python.scripts import MAIN
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

SENDS = r"(?:delay|apply_async|delay_on_commit|apply_async_on_commit|si?|subtask|signature|chunks|starmap|map)\b"

WORD = r"\w"
# What stands before a name of a task that is no more than that of its function.
CALLED_BY = r"(?:\b(?:send_task|signature|subtask|getattr)\([^()\n]*|\btasks\[|[\"']task[\"'][ \t]*:[ \t]*)"


@query
def is_missed(task: Task) -> bool:
    """Whether some code outside tests sends a task, or names it by a string."""
    return finds(task.module.project, task.path, _sends(task)) or is_sent_elsewhere(task)


def _sends(task: Task) -> re.Pattern[str]:
    return re.compile(rf"{unled(task.qualname.rpartition('.')[2])}\.{SENDS}")


@query
def is_sent_elsewhere(task: Task) -> bool:
    """The same of code in other files."""
    module, last = task.module, task.qualname.rpartition(".")[2]
    project, sends = module.project, _sends(task)
    by_module = re.compile(rf"\.{re.escape(last)}(?<=\w\.{re.escape(last)})\.{SENDS}")
    for path in project.search(last):
        if path == task.path or in_tests(path):
            continue
        if _names(project, path, task, last):
            return True
        direct, through = finds(project, path, sends), finds(project, path, by_module)
        if not direct and not through:
            continue
        other = project.modules[path]
        taken = {one.name for one in other.facts.imports if module.path in _targets(other, one.module, one.name)}
        if (direct and taken & {last, "*"}) or (through and taken) or other.facts.failure is not None:
            return True
    return any(_names(project, path, task, last) for path in project.markers)


def _names(project: Project, path: str, task: Task, last: str) -> bool:
    """Whether a string in a file is the name of a task, or what a call takes it by."""
    if task.name.known and holds(project, path, f'"{task.name.value}"', f"'{task.name.value}'"):
        return True
    if not holds(project, path, f'"{last}"', f"'{last}'"):
        return False
    return finds(project, path, re.compile(CALLED_BY + rf"[\"']{re.escape(last)}[\"']"))


def is_referred(module: Module, seen: frozenset[str] = frozenset()) -> bool:
    """Whether other code outside tests imports a module, or a string or a deployment file has its name. That a script imports it which is run by hand
    itself, and which nothing refers to, does not count."""
    seen |= {module.path}
    project, last = module.project, module.name.rpartition(".")[2]
    by_name, by_path = re.compile(rf"{unled(module.name)}(?!\w)"), re.compile(rf"{unled(module.path, WORD)}\b")
    quoted = re.compile(rf"[\"']{re.escape(module.name)}(?!\w)")
    for path in project.holders(last):
        other = project.modules[path]
        if path in seen or in_tests(path):
            continue
        if holds(project, path, f'"{module.name}', f"'{module.name}") and finds(project, path, quoted):
            return True
        if any(module.path in _targets(other, one.module, one.name) for one in other.facts.imports) and not (
            finds(project, path, MAIN) and not is_referred(other, seen)
        ):
            return True
    return any(finds(project, path, by_name) or finds(project, path, by_path) for path in project.markers)


def _targets(module: Module, name: str, member: str | None) -> tuple[str, ...]:
    """The files that an import names, those among them that it would name in Python 2."""
    near = beside(module, name)
    return (*imports_of(module.project).targets(module, name, member), *((near.path,) if near is not None else ()))
