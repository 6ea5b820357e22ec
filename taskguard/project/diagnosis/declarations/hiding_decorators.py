"""Decorators that make of a task a plain function: what stands above a task decorator, as far as it can be told what it gives back."""

from __future__ import annotations

from taskguard.facts.model import Call, Ref
from taskguard.facts.selections import written_name
from taskguard.project.python.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Function, Step
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

# What gives back a function of its own, called with options or without (each run with a task of `app.task` and of `shared_task`).
HIDING = frozenset(
    """
    backoff.on_exception backoff.on_predicate contextlib.contextmanager django.db.transaction.atomic
    django.utils.timezone.override django.utils.translation.override functools.cache functools.lru_cache ratelimit.limits ratelimit.sleep_and_retry
    retrying.retry sentry_sdk.monitor sentry_sdk.crons.monitor sentry_sdk.trace tenacity.retry
    """.split()
)
DEEPEST = 3


def hiding(task: Task) -> Iterator[tuple[Expr, str]]:
    """The decorators above that of a task which surely give back a function of their own, with the names that they are written by."""
    function, module = task.function, task.module
    if function is None or task.form != "function":
        return
    scope = function.qualname.rpartition(".")[0].removesuffix(".<locals>")
    for expr in function.decorators[: len(task.above)]:
        written = written_name(expr)
        if written and gives_function(module, expr, written, scope):
            yield expr, written


def gives_function(module: Module, expr: Expr, written: str, scope: str) -> bool:
    """Whether a decorator surely gives back a function of its own, without what it was given being handed on as it is."""
    found = resolve(module, written, scope)
    if found.kind == "external":
        return found.path in HIDING
    function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
    if function is None or found.module is None or function.holder == "class":
        return False
    return _gives(found.module, function, 2 if isinstance(expr, Call) else 1, 0)


def _gives(holder: Module, function: Function, levels: int, depth: int) -> bool:
    """Whether each return of a decorator (`levels` 1) or of a maker of decorators (2) is a plain function of its own."""
    prefix = f"{function.qualname}.<locals>."
    inner = {
        one.name: one for one in holder.places.functions_in(function.qualname) if "." not in one.qualname[len(prefix) :]
    }
    if function.steps is None or function.is_async or function.is_generator or depth > DEEPEST:
        return False
    given = list(_returned(function.steps))
    if not given or not inner:
        return False
    return all(_is_own(holder, inner, one, levels, depth) for one in given)


def _is_own(holder: Module, inner: dict[str, Function], value: Expr | None, levels: int, depth: int) -> bool:
    if isinstance(value, Call) and value.args and isinstance(value.args[-1], Ref) and levels == 1:
        # `wraps(func)(run)`, `update_wrapper(run, func)`
        wrapped = value.func.callee if isinstance(value.func, Call) else value.callee
        if wrapped.rpartition(".")[2] == "update_wrapper":
            value = value.args[0]
        elif wrapped.rpartition(".")[2] == "wraps":
            value = value.args[-1]
    made = inner.get(value.name) if isinstance(value, Ref) else None
    if made is None:
        return False
    if levels > 1:
        return _gives(holder, made, levels - 1, depth + 1)
    plain = all(_wraps(one) for one in made.decorators)
    return plain and not holder.places.functions_in(made.qualname) and _runs(made)


def _wraps(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.callee.rpartition(".")[2] == "wraps"


def _runs(made: Function) -> bool:
    """Whether a function takes what its caller gives: it stands for the decorated one, and is no decorator itself."""
    return any(one.kind in ("var", "rest") for one in made.params) or len(made.params) != 1


def _returned(steps: tuple[Step, ...]) -> Iterator[Expr | None]:
    for step in steps:
        if step.kind == "return":
            yield step.expr
        elif step.kind == "call":
            call = step.expr
            if isinstance(call, Call) and call.callee.rpartition(".")[2] in ("setattr", "update"):
                yield None  # what the function gets besides cannot be told
        yield from _returned(step.body)
        yield from _returned(step.orelse)
