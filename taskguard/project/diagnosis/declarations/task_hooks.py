"""The methods of task classes that Celery itself calls, held against what it passes."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.selections import written_name
from taskguard.project.python.names import resolved_name
from taskguard.project.python.values import Known, Name
from taskguard.project.tasks.app_names import task_class
from taskguard.project.tasks.bases import lineage, locate
from taskguard.project.tasks.celery_names import CELERY_TASK
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Class, Function, Param
    from taskguard.project.python.project import Module, Project

# What Celery passes, by position (celery/app/trace.py, `build_tracer` and `TraceInfo`; celery/app/task.py), and what a TypeError there does.
HOOKS = {
    "before_start": ("task_id args kwargs", "a TypeError in place of each run"),
    "on_success": ("retval task_id args kwargs", "a TypeError after each run that succeeds"),
    "on_failure": ("exc task_id args kwargs einfo", "a TypeError after each run that fails"),
    "on_retry": ("exc task_id args kwargs einfo", "a TypeError at each retry"),
    "after_return": ("status retval task_id args kwargs einfo", "a TypeError after each run"),
    "shadow_name": ("args kwargs options", "a TypeError each time the task is sent"),
    "on_replace": ("sig", "a TypeError each time the task replaces itself"),
}
TRANSPARENT = frozenset(("override", "typing.override", "typing_extensions.override", "abc.abstractmethod"))


class HookMistake(Record):
    """A hook that does not take what Celery passes. `wanted` is how it is to be declared, `effect` what happens now; `swapped` says that it takes the
    parameters in another order. `doubt` is set where that cannot be told."""

    path: str
    dotted: str
    name: str
    wanted: str
    effect: str
    span: Span
    lines: tuple[int, ...]
    swapped: bool = False
    doubt: str = ""


def hook_mistakes(project: Project) -> Iterator[HookMistake]:
    """The hooks of task classes, of classes that these inherit from, and of decorators (`on_failure=…`), by path and line."""
    made: dict[tuple[str, Span], HookMistake] = {}
    families = [
        held for module in project.looked_at for klass in module.facts.classes if (held := [*_family(module, klass)])
    ]
    hidden = _hidden(project, families)
    for family in families:
        for holder, one in family:
            for name in HOOKS:
                function = holder.function(f"{one.qualname}.{name}")
                if function is not None and (holder.path, function.qualname) not in hidden:
                    _judge(made, holder, function, name, method=True)
    for module in project.looked_at:
        for task in tasks_in(module):
            for name in HOOKS:
                given = task.option(name)
                if isinstance(given, Known) and isinstance(given.value, Name):
                    _given(made, module, name, given.value.dotted)
    yield from sorted(made.values(), key=lambda one: (one.path, one.span))


def _family(module: Module, klass: Class) -> Iterator[tuple[Module, Class]]:
    """A task class, and the classes of the project that it inherits from; nothing for other classes."""
    if not klass.bases or not task_class(module, klass):
        return
    yield module, klass
    names, _, _ = lineage(module.project, f"{module.name}.{klass.qualname}", module)
    for dotted in names[1:]:
        held = locate(module.project, dotted, module) if dotted not in CELERY_TASK else None
        if held is not None:
            yield held


def _hidden(project: Project, families: list[list[tuple[Module, Class]]]) -> set[tuple[str, str]]:
    """The hooks that Celery never calls: no task names the class as its base, and each class that is made of it has its own. Path and qualified name."""
    named = {
        given.value.dotted
        for task in all_tasks(project)
        if isinstance(given := task.option("base"), Known) and isinstance(given.value, Name)
    }
    called: set[tuple[str, str]] = set()
    seen: set[tuple[str, str]] = set()
    above = {(holder.path, one.qualname) for family in families for holder, one in family[1:]}
    for family in families:
        holder, one = family[0]
        heads = (holder.path, one.qualname) not in above or f"{holder.name}.{one.qualname}" in named
        for name in HOOKS:
            held = [
                (each.path, f"{klass.qualname}.{name}")
                for each, klass in family
                if each.function(f"{klass.qualname}.{name}")
            ]
            seen.update(held)
            called.update(held[:1] if heads else ())
    return seen - called


def _given(made: dict[tuple[str, Span], HookMistake], module: Module, name: str, dotted: str) -> None:
    """A function that a decorator is given becomes a method of the task: it is passed the task first (celery/app/base.py, `_task_from_fun`)."""
    head, _, last = dotted.rpartition(".")
    holder = module.project.find(head, module)
    function = holder.function(last) if holder is not None else None
    if holder is not None and function is not None and function.holder == "module":
        _judge(made, holder, function, name, method=False)


def _judge(
    made: dict[tuple[str, Span], HookMistake], holder: Module, function: Function, name: str, method: bool
) -> None:
    words, effect = HOOKS[name]
    wanted = words.split()
    passed, why = _passed_first(holder, function, method)
    fits = takes(function.params, len(wanted) + passed)
    swapped = fits and _swapped(function.params[passed:], wanted)
    if fits and not swapped:
        return
    span = Span(function.span.line, function.span.column, function.head_end, 1)
    first = ["self"] if passed or why else []
    why = why or ("a hook that is defined under a condition" if function.guard else "")
    made[holder.path, span] = HookMistake(
        holder.path,
        f"{holder.name}.{function.qualname}" if holder.name else function.qualname,
        name,
        f"def {function.name}({', '.join([*first, *wanted])})",
        effect,
        span,
        (function.span.line, function.head_end),
        swapped,
        why,
    )


def _passed_first(holder: Module, function: Function, method: bool) -> tuple[int, str]:
    """How many arguments (the task, the class) come before Celery's own, and why that cannot be told."""
    first = 1
    for expr in function.decorators:
        written = written_name(expr)
        if written == "staticmethod" and method:
            first = 0
        elif not (written == "classmethod" and method) and resolved_name(holder, written) not in TRANSPARENT:
            return 1, "its decorator may pass other arguments"
    return first, ""


def takes(params: tuple[Param, ...], count: int) -> bool:
    """Whether a function can be called with so many arguments by position."""
    places = [one for one in params if one.kind in ("positional", "both")]
    if any(one.kind == "keyword" and one.default is None for one in params):
        return False
    if len([one for one in places if one.default is None]) > count:
        return False
    return len(places) >= count or any(one.kind == "var" for one in params)


def _swapped(params: tuple[Param, ...], wanted: list[str]) -> bool:
    """Whether the parameters have just Celery's names, in another order."""
    names = [one.name for one in params if one.kind in ("positional", "both")][: len(wanted)]
    return names != wanted and sorted(names) == sorted(wanted)
