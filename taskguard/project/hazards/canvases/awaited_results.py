"""Results of tasks that a coroutine waits for with `await`: an `AsyncResult` is no awaitable."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Ref, Seq, Star
from taskguard.facts.statements import Inner
from taskguard.patterns import regex
from taskguard.project.hazards.calls.dispatched import SENDING
from taskguard.project.hazards.calls.functions import functions_saying
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.hazards.canvases.unsendable import gives_result
from taskguard.project.python.flow import below, body_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.requirements import is_listed
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module, Project

WORDS = (".delay(", ".apply_async(", ".send_task(")
SENDS = (*sorted(SENDING), "send_task")
# What `asyncio` awaits of what it is given.
GATHERING = frozenset(
    "asyncio.gather asyncio.wait_for asyncio.shield asyncio.create_task asyncio.ensure_future".split()
)
WAITS = regex(r"\bawait\b|\basyncio\b|\b(?:gather|wait_for|shield|create_task|ensure_future)\(")
# What changes Celery so that its tasks are sent by coroutines.
ASYNC_CELERY = ("celery_pool_asyncio", "celery_aio_pool", "aio_celery", "celery_asyncio")


class Awaited(Record):
    """What sends and is awaited: `name` is what the code calls the result, `at` the place where it is awaited."""

    module: Module
    scope: str
    at: Expr
    name: str


def awaited_results(project: Project) -> Iterator[Awaited]:
    """All of them, by file."""
    for module, function in functions_saying(project, project.search(*WORDS), WAITS):
        if function.may_call(*SENDS):
            found = list(_in_function(module, function))
            if found and _is_changed(project):
                return
            yield from found


def _in_function(module: Module, function: Function) -> Iterator[Awaited]:
    body = body_of(module, function)
    scope = function.qualname
    for spot in spots_of(body, inner=True) if body is not None else ():
        for expr in expressions(spot.statement):
            for one, _ in below(expr):
                for waited in _waited_for(module, scope, one):
                    name = _result(module, scope, waited)
                    if name:
                        yield Awaited(module, scope, waited, name)


def _waited_for(module: Module, scope: str, expr: Expr) -> Iterator[Expr]:
    """What `await` and its like in `asyncio` need to be awaitable."""
    if isinstance(expr, Inner) and expr.kind == "await":
        yield from expr.parts
    elif isinstance(expr, Call) and expr.args and resolve(module, expr.callee, scope).path in GATHERING:
        for one in expr.args if expr.callee.endswith("gather") else expr.args[:1]:
            yield from _each(one)


def _each(expr: Expr) -> Iterator[Expr]:
    """An argument, or those that `*[…]` makes."""
    if not isinstance(expr, Star):
        yield expr
    elif isinstance(expr.value, Seq):
        yield from expr.value.items
    elif isinstance(expr.value, Inner) and expr.value.kind in ("comprehension", "generator"):
        yield from expr.value.parts[-1:]


def _result(module: Module, scope: str, expr: Expr) -> str:
    """What the result is called that an expression surely is; empty where it may be something else."""
    if isinstance(expr, Ref):
        values = bound_values(module, scope, expr.name)
        return expr.name if values and all(gives_result(module, scope, one) for one in values) else ""
    if not isinstance(expr, Call) or not gives_result(module, scope, expr):
        return ""
    return f"{expr.callee}(…)" if expr.callee else "this"


def _is_changed(project: Project) -> bool:
    """Whether a library may have given the tasks of the project coroutines for `delay` and `apply_async`."""
    return bool(project.search(*ASYNC_CELERY)) or any(is_listed(project, one) for one in ASYNC_CELERY)
