"""How the code uses tasks: what a body calls, and which attributes of a task somebody reads."""

from __future__ import annotations

import re

from taskguard.facts.model import Binding, Call, Expr, Import, Ref
from taskguard.facts.questions import every, finds
from taskguard.facts.selections import written_name
from taskguard.patterns import regex
from taskguard.project.python import text_questions as texts
from taskguard.project.python.names import absolute_name, resolve, resolved_name
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import base_of
from taskguard.project.tasks.bases import ancestry, locate
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# Methods of a base class that run around every body: what they call need not stand in the body.
AROUND = ("__call__", "before_start", "after_return")
DEEPEST = 3
# What stands in a file in which `self` may be a task.
SPEAKS_OF_TASKS = regex(r"celery|\bself\.re(?:quest|try)\b|\b[Tt]asks?\b", re.I)
# Options that are attributes of much else.
SHARED_WORDS = frozenset(("max_retries", "time_limit", "rate_limit"))


def body_calls(task: Task, wanted: str) -> bool | None:
    """Whether the body of a task, a decorator below the task decorator or the base class around it calls `wanted`.

    None where a name that may be the wanted one cannot be followed, or the body is not there.
    """
    bodies = list(_bodies(task))
    if not bodies:
        return None
    doubt = False
    for name in task.below:
        if _is(name, wanted):
            return True
    seen: set[tuple[str, str]] = set()
    for module, function in bodies:
        answer = _calls(module, function, _targets(task.module, wanted), seen, 0)
        if answer:
            return True
        doubt = doubt or answer is None
    return None if doubt else False


def _bodies(task: Task) -> Iterator[tuple[Module, Function]]:
    if task.function is not None:
        yield task.home, task.function
    elif task.klass is not None:
        yield from _methods(task, task.dotted, ("run",))
    base = base_of(task)
    if isinstance(base, Known):
        yield from _methods(task, base.value.dotted, AROUND)


def _methods(task: Task, dotted: str, names: tuple[str, ...]) -> Iterator[tuple[Module, Function]]:
    project = task.module.project
    found: set[str] = set()
    for ancestor in ancestry(task.module, dotted)[0]:
        held = locate(project, ancestor, task.module)
        for name in names if held is not None else ():
            method = held[0].function(f"{held[1].qualname}.{name}") if held is not None else None
            if held is not None and method is not None and name not in found:
                found.add(name)
                yield held[0], method


def _targets(module: Module, wanted: str) -> tuple[str, ...]:
    """The wanted name as written and as it is finally called, where the project defines or re-exports it."""
    project = module.project
    parts = wanted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        holder = project.find(".".join(parts[:cut]), module)
        if holder is not None:
            final = resolved_name(holder, ".".join(parts[cut:]))
            return (wanted, final) if final else (wanted,)
    return (wanted,)


def _calls(
    module: Module, function: Function, wanted: tuple[str, ...], seen: set[tuple[str, str]], depth: int
) -> bool | None:
    seen.add((module.path, function.qualname))
    lasts = {one.rpartition(".")[2] for one in wanted}
    doubt = False
    others: list[str] = []
    # The decorators of the task itself are told apart by where they stand; those of a function that it calls all run.
    for written in (*function.calls, *(_decorators(function) if depth else ())):
        name = _receiver(module, function, written)
        if _source(module, function, name)[1] not in lasts:
            others.append(name)
            continue
        found = resolve(module, name, function.qualname)
        if any(_is(found.dotted, one) or _is(written, one) for one in wanted):
            return True
        doubt = doubt or found.kind == "unknown"
    for name in others if depth < DEEPEST else ():
        holder = _source(module, function, name)[0]
        if holder is None or not _worth(holder, module, wanted):
            continue
        found = resolve(module, name, function.qualname)
        target = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
        if target is None or found.module is None or (found.module.path, target.qualname) in seen:
            continue
        answer = _calls(found.module, target, wanted, seen, depth + 1)
        if answer:
            return True
        doubt = doubt or answer is None
    return None if doubt else False


def _decorators(function: Function) -> Iterator[str]:
    for expr in function.decorators:
        name = written_name(expr)
        if name:
            yield name


def _source(module: Module, function: Function, written: str) -> tuple[Module | None, str]:
    """The project module that a name is imported from (or this one), and its last part there, told without reading that module."""
    first, _, rest = written.partition(".")
    local = module.local(function.qualname, first)
    entry = module.entry(first) if local is None else local
    if not isinstance(entry, Import):
        return module, written.rpartition(".")[2]
    absolute = absolute_name(module, entry.module)
    if entry.name:
        return module.project.find(absolute, module), rest.rpartition(".")[2] or entry.name
    path = f"{absolute}.{rest}" if entry.name == "" else f"{first}.{rest}"
    holder, _, last = path.rpartition(".")
    return module.project.find(holder, module), last


def _worth(holder: Module, module: Module, wanted: tuple[str, ...]) -> bool:
    """Whether a function of `holder` may call what is wanted: a file that neither matters to Celery nor holds its name is not read for that."""
    project = module.project
    if holder is module or holder.path in project.looked_at_paths:
        return True
    return any(all(holder.path in project.holders(part) for part in one.split(".")[-2:]) for one in wanted)


def _receiver(module: Module, function: Function, written: str) -> str:
    """`TaskMetrics.start` for `metrics.start` where `metrics = TaskMetrics()`."""
    first, _, rest = written.partition(".")
    if not rest:
        return written
    made: Expr | None = None
    for assign in module.places.assigns_in(function.qualname):
        if isinstance(assign.target, Ref) and assign.target.name == first:
            made = assign.value
    if made is None:
        entry = module.entry(first)
        made = entry.value if isinstance(entry, Binding) else None
    return f"{made.callee}.{rest}" if isinstance(made, Call) and made.callee else written


def _is(name: str, wanted: str) -> bool:
    """Whether a dotted name is the wanted one or ends in it."""
    return bool(name) and (name == wanted or name.endswith("." + wanted))


def reads_unbound(task: Task, name: str) -> bool:
    """Whether the body of a task reads a name that nothing in its file binds."""
    function, module = task.function, task.home
    if function is None or function.binds(name) or module.function(function.qualname) is not function or module.stars:
        return False
    return texts.reads_unbound(module.project, module.path, function, name)


# What only a task has of what people pass to one.
TASK_ATTRIBUTES = frozenset(
    "AsyncResult add_to_chord app apply_async backend default_retry_delay delay max_retries replace request retry send_event update_state".split()
)


def is_the_task(task: Task, name: str) -> bool:
    """Whether the body uses its parameter `name` as the task that it is passed: it asks it for nothing else than a task has."""
    used = _uses(task, name)
    return used is not None and bool(used) and used <= TASK_ATTRIBUTES


def unused(task: Task, name: str) -> bool:
    """Whether the body does not use its parameter `name`."""
    used = _uses(task, name)
    return used is not None and not used


def _uses(task: Task, name: str) -> frozenset[str] | None:
    if task.function is None:
        return None
    return texts.uses_of_parameter(task.module.project, task.home.path, task.function, name)


def is_read(task: Task, name: str) -> bool | None:
    """Whether some code of the project reads the attribute `name` of a task: `self.name`, `some_task.name`, `getattr(task, "name")`.

    A word of several parts is taken to be the task's whatever object it is read from: `retry_backoff` is nobody else's. `max_retries` is: jobs, steps and
    clients of the project's own have one.
    """
    project = task.module.project
    if not project.complete:
        return None
    found = of_tasks(project, name) if name in SHARED_WORDS else readers(project, name)
    receivers = found - {"conf"}  # `app.conf.task_time_limit` is a setting
    own = task.qualname.rpartition(".")[2]
    return any(
        ("_" in name.strip("_") and name not in SHARED_WORDS)
        or one in ("self", "cls", "sender", own)
        or one.endswith("task")
        for one in receivers
    )


@query
def of_tasks(project: Project, name: str) -> frozenset[str]:
    """Those of `readers`, without what a class of another kind reads of itself: its file is a test, or speaks neither of Celery nor of what a task asks itself for."""
    made = set[str]()
    for path in project.search(name):
        found = texts.readers(project, path, name)
        may_be_task = not in_tests(path) and finds(project, path, SPEAKS_OF_TASKS)
        made |= found if may_be_task else found - {"self", "cls"}
    return frozenset(made)


@query
def readers(project: Project, name: str) -> frozenset[str]:
    """The last names of the objects whose attribute `name` is read somewhere in the project."""
    return frozenset(one for path in project.search(name) for one in texts.readers(project, path, name))


def is_mentioned(task: Task, name: str) -> bool | None:
    """Whether the project has the word `name` in another file, or more than once in the task's own."""
    project = task.module.project
    if not project.complete:
        return None
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(len(every(project, path, word)) > (path == task.path) for path in project.search(name))


def takes_itself(task: Task, name: str, idle: bool = True) -> bool:
    """Whether the body uses its first parameter `name` as the task, or (`idle`) for nothing: it is there to take the task."""
    return is_the_task(task, name) or (idle and unused(task, name))


def only_awaited(task: Task) -> bool:
    """Whether some code calls the function of a task as a coroutine, and the project has its name for nothing else: nobody sends it."""
    project, function = task.module.project, task.function
    if function is None or task.in_class or task.name.value != task.dotted:
        return False
    counts = [texts.awaited_uses(project, path, function.name) for path in project.search(function.name)]
    return sum(awaited for awaited, _ in counts) > 0 and not any(others for _, others in counts)
