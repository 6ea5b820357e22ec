"""Methods of task classes that take less than Celery's own, where something calls them as it calls these.

`delay` and signatures give `apply_async` the arguments as `(args, kwargs)` by position, `retry` and a signature with options these by name beside (celery/app/task.py, celery/canvas.py);
`autoretry_for` calls `retry(exc=…)` (celery/app/autoretry.py), and a worker calls `__call__` with what the task is sent with (celery/app/trace.py).
"""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Attr
from taskguard.project.diagnosis.declarations.task_hooks import takes
from taskguard.project.hazards.calls.call_arguments import direct
from taskguard.project.hazards.calls.dispatched import SENDING, sending_files, sent_by
from taskguard.project.hazards.calls.fitting import misfits
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import base_open, lineage_of
from taskguard.project.tasks.app_names import task_class
from taskguard.project.tasks.bases import locate
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Literal

    from taskguard.facts.model import Function
    from taskguard.project.hazards.calls.dispatched import Sent
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

    NarrowKind = Literal["position", "options", "automatic", "arguments"]

METHODS = ("apply_async", "retry", "__call__")
WORDS = tuple(f"def {one}(" for one in METHODS)


class Use(Record):
    """Where a task is sent or run again so that a method is called with more than it takes, and what the code calls there."""

    path: str
    line: int
    said: str


class Narrowed(Record):
    """A method that does not take what it is called with: args and kwargs by `position`, the `options` by name, those of an `automatic` retry, or the `arguments` of the task."""

    module: Module
    function: Function
    span: Span
    lines: tuple[int, ...]
    kind: NarrowKind
    use: Use


def narrowed_methods(project: Project) -> Iterator[Narrowed]:
    """All of them, by file."""
    for path in project.search(*WORDS):
        module = project.modules[path]
        for klass in module.facts.classes if not in_tests(path) and not hidden(path) else ():
            for name in METHODS:
                function = module.function(f"{klass.qualname}.{name}") if name in klass.methods else None
                if function is None or function.decorators or function.guard or not _may_narrow(function):
                    continue
                if not task_class(module, klass):
                    continue
                found = _narrowed(module, function, f"{module.name}.{klass.qualname}")
                if found is not None:
                    span = Span(function.span.line, function.span.column, function.head_end, 1)
                    yield Narrowed(module, function, span, (function.span.line, function.head_end), *found)


def _may_narrow(function: Function) -> bool:
    """Whether a method surely takes less than any call may have."""
    first = function.params[0] if function.params else None
    if first is None or first.kind not in ("positional", "both"):
        return False
    kinds = {one.kind for one in function.params}
    return not {"var", "rest"} <= kinds or any(one.kind == "keyword" and one.default is None for one in function.params)


def _narrowed(module: Module, function: Function, dotted: str) -> tuple[NarrowKind, Use] | None:
    """What a method does not take, with a place where it is called so."""
    project, rest = module.project, any(one.kind == "rest" for one in function.params)
    if function.name == "apply_async":
        if not takes(function.params, 3):
            use = _first(project, dotted, function, _by_position)
            return ("position", use) if use is not None else None
        if not rest:
            use = _first(project, dotted, function, _with_options) or _again(project, dotted, function)
            return ("options", use) if use is not None else None
        return None
    if function.name == "retry":
        named = {one.name for one in function.params[1:] if one.kind in ("both", "keyword")}
        again = _automatic(project, dotted, function) if not rest and "exc" not in named else None
        return ("automatic", again) if again is not None else None
    use = _first(project, dotted, function, _unfitting)
    return ("arguments", use) if use is not None else None


def _has_it(task: Task, dotted: str, method: str, *others: str) -> bool:
    """Whether the method of that class is the one that a task has, and no class before it or after it has one of the others."""
    names = lineage_of(task)[0]
    if dotted not in names or base_open(task):
        return False
    held = [found for name in names if (found := locate(task.module.project, name, task.module)) is not None]
    owners = [f"{home.name}.{klass.qualname}" for home, klass in held if klass.has(method)]
    return owners[:1] == [dotted] and not any(klass.has(*others) for _, klass in held)


def _first(
    project: Project, dotted: str, function: Function, asked: Callable[[Module, Function, Sent], bool]
) -> Use | None:
    """The first place where a task with that method is sent so."""
    other = ("delay", "signature", "s", "si") if function.name == "apply_async" else ("apply_async", "delay")
    for path, one in _sent(project):
        task = one.task
        if task is None or not _has_it(task, dotted, function.name, *other):
            continue
        if asked(project.modules[path], function, one):
            return Use(path, one.called.call.span.line, f"{one.name}.{one.called.call.method}(…)")
    return None


@query
def _sent(project: Project) -> tuple[tuple[str, Sent], ...]:
    """All calls that send a task that is known, with the files."""
    paths = sending_files(project)
    return tuple(
        (module.path, one)
        for module, function in functions_in(project, paths, SENDING)
        for one in sent_by(module, function)
        if one.task is not None
    )


def _by_position(module: Module, function: Function, one: Sent) -> bool:
    """`send.delay(1)`, `send.s(1).apply_async()`, and `send.apply_async((1,), {})` of a method that takes no two."""
    call = one.called.call
    if call.method == "delay" or isinstance(call.func, Attr):
        return True
    return bool(misfits(function.params[1:], direct(module, "", call)))


def _with_options(module: Module, function: Function, one: Sent) -> bool:
    """`send.apply_async((1,), countdown=3)` of a method that takes no options."""
    call = one.called.call
    if call.method != "apply_async" or isinstance(call.func, Attr):
        return False
    return any(each.kind == "unknown" for each in misfits(function.params[1:], direct(module, "", call), False))


def _unfitting(module: Module, function: Function, one: Sent) -> bool:
    """`send.delay(pk=1)`, where the `__call__` takes no such."""
    call = one.called.call
    plain = call.method == "delay" and not isinstance(call.func, Attr)
    return plain and bool(misfits(function.params[1:], direct(module, "", call)))


def _again(project: Project, dotted: str, function: Function) -> Use | None:
    """Where a task runs itself again, by `self.retry()` or by `autoretry_for`: what it was sent with goes along as options."""
    for task in all_tasks(project):
        if in_tests(task.path) or not _has_it(task, dotted, function.name, "retry", "signature_from_request"):
            continue
        for run in runs_in(task.module):
            if run.task is task and run.own and f"{run.own}.retry" in run.function.calls:
                return Use(task.path, task.line, f"{run.own}.retry(…)")
    return _automatic(project, dotted, function)


def _automatic(project: Project, dotted: str, function: Function) -> Use | None:
    """A task that is run again by itself where it fails."""
    for task in all_tasks(project):
        given = task.option("autoretry_for")
        if isinstance(given, Known) and given.value and not in_tests(task.path):
            others = () if function.name == "retry" else ("retry", "signature_from_request")
            if _has_it(task, dotted, function.name, *others):
                return Use(task.path, task.line, "autoretry_for")
    return None
