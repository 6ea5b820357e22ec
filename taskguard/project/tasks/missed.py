"""Who sends or names a task, and who imports or names a module of tasks: what nobody does, nobody misses."""

from __future__ import annotations

import re

from taskguard.facts.questions import every, finds, holds
from taskguard.facts.selections import made_by_calls
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


# What is set of a task by its name in a table of routes or annotations sends nothing.
SET_OF = r"[\"']{name}[\"']\s*:\s*\{{(?:\s|#[^\n]*\n)*[\"'](?:queue|exchange|routing_key|priority|(?:soft_)?time_limit|rate_limit|max_retries|default_retry_delay|acks_late|ignore_result)[\"']"


@query
def is_missed(task: Task) -> bool:
    """Whether some code outside tests sends a task, or names it by a string."""
    return is_sent(task) or _is_named_beside(task)


def is_sent(task: Task) -> bool:
    """The same, but for strings in the file of the task, which may set something of it."""
    project = task.module.project
    return any(finds(project, task.path, _sends(one)) for one in words_of(task)) or is_sent_elsewhere(task)


@query
def words_of(task: Task) -> tuple[str, ...]:
    """The words by which code has a task: that of its function or class, and the variables that hold what `app.task(function)` gives back."""
    last = task.qualname.rpartition(".")[2]
    held = made_by_calls(task.module.facts) if task.form == "call" else ()
    variables = (one.name for one in held if one.value is not None and one.value.span == task.span)
    return tuple(dict.fromkeys((last, *variables)))


def _is_named_beside(task: Task) -> bool:
    """Whether a string in the file of a task is its name, but for the one that gives it: in a schedule, or in a `send_task`."""
    name = task.name.value
    if not isinstance(name, str):
        return False
    return _says(task.module.project, task.path, name, int(task.name_source == "explicit"))


def _says(project: Project, path: str, name: str, times: int = 0) -> bool:
    """Whether a file has the name of a task as a string more often than so, where something else is said of it than by which queue it goes."""
    if not holds(project, path, f'"{name}"', f"'{name}'"):
        return False
    said, is_set = (re.compile(one.format(name=re.escape(name))) for one in (r"[\"']{name}[\"']", SET_OF))
    return len(every(project, path, said)) > times + len(every(project, path, is_set))


def _sends(word: str) -> re.Pattern[str]:
    return re.compile(rf"{unled(word)}\.{SENDS}")


@query
def is_sent_elsewhere(task: Task) -> bool:
    """The same of code in other files."""
    return any(_is_sent_by(task, one) for one in words_of(task)) or _is_written_out(task)


def _is_written_out(task: Task) -> bool:
    """Whether another file has the name that is written out for a task, as a string: nothing there need have a word of its function."""
    name, project = task.name.value, task.module.project
    if task.name_source != "explicit" or not isinstance(name, str):
        return False
    others = (path for path in project.search(name) if path != task.path and not in_tests(path))
    return any(_says(project, path, name) for path in others)


def _is_sent_by(task: Task, last: str) -> bool:
    """Whether other files send a task by one of its words, or name it."""
    module, sends = task.module, _sends(last)
    project = module.project
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
    if task.name.known and _says(project, path, str(task.name.value)):
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


def needs_arguments(task: Task) -> bool:
    """Whether a task cannot be run without arguments, as far as its function says."""
    function, bound = task.function, task.option("bind")
    if function is None or not (bound.known or bound.absent):
        return False
    own = function.params[1:] if bound.value else function.params
    return any(one.default is None and one.kind in ("positional", "both", "keyword") for one in own)
