"""What is asked of what `delay_on_commit()` and `apply_async_on_commit()` give back, which is None (celery/contrib/django/task.py)."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Cond, Op, Ref
from taskguard.facts.statements import If, Inner, Let, Loop
from taskguard.project.celery.signatures import task_at
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import below, body_of, expressions, is_own, spots_of
from taskguard.project.registry.effective import base_attributes, base_open
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project

METHODS = ("delay_on_commit", "apply_async_on_commit")
WORD = "_on_commit("
# Those for which it makes no difference that it is None.
CATCHING = frozenset(("AttributeError", "Exception", "BaseException"))


class OfNone(Record):
    """An attribute asked of what a task that is sent on commit gives back. `name` is what the code calls that."""

    module: Module
    scope: str
    at: Expr
    name: str
    attribute: str
    method: str


def asked_of_none(project: Project) -> Iterator[OfNone]:
    """The first one of each name, and each that is asked at once, by file."""
    for module, function in functions_in(project, project.search(WORD), METHODS):
        body = body_of(module, function)
        if body is not None:
            yield from _in_function(module, function, body)


def _in_function(module: Module, function: Function, body: Body) -> Iterator[OfNone]:
    scope, told = function.qualname, set[str]()
    for spot in spots_of(body, inner=True):
        for expr in expressions(spot.statement):
            for one, within in below(expr):
                if isinstance(one, Attr) and not one.name.startswith("__"):
                    method = _on_commit(module, scope, one.of)
                    if method and isinstance(one.of, Call) and not is_caught(spot, CATCHING, bare=True):
                        yield OfNone(module, scope, one, f"{one.of.callee}(…)", one.name, method)
                    continue
                name, _, rest = one.name.partition(".") if isinstance(one, Ref) else ("", "", "")
                if not rest or rest.startswith("__") or name in told or not function.binds(name):
                    continue
                if is_own(within, name) or is_caught(spot, CATCHING, bare=True) or _is_tested(body, name):
                    continue
                methods = [_on_commit(module, scope, value) for value in bound_values(module, scope, name)]
                if methods and all(methods):
                    told.add(name)
                    yield OfNone(module, scope, one, name, rest.partition(".")[0], methods[0])


def _on_commit(module: Module, scope: str, expr: Expr) -> str:
    """The method by which an expression sends a task on commit, if it is Celery's own."""
    head, _, method = expr.callee.rpartition(".") if isinstance(expr, Call) else ("", "", "")
    if method not in METHODS or not head:
        return ""
    task = task_at(Bound(Ref(head, expr.span), module, scope), head)
    surely = task is not None and not base_open(task) and base_attributes(task).isdisjoint(METHODS)
    return method if surely else ""


def _is_tested(body: Body, name: str) -> bool:
    """Whether something in the function asks whether there is a result: `if result`, `result and result.id`, `getattr(result, …)`."""
    for spot in spots_of(body, inner=True):
        one = spot.statement
        written = one.targets if isinstance(one, Let) else ()
        for expr in expressions(one):
            for each, within in below(expr):
                if not isinstance(each, Ref) or each.name != name or any(each is target for target in written):
                    continue
                if isinstance(one, If | Loop) or any(_asks(held) for held in within):
                    return True
    return False


def _asks(expr: Expr) -> bool:
    if isinstance(expr, Call):
        return expr.callee in ("getattr", "hasattr", "isinstance", "bool")
    return isinstance(expr, Op | Cond) or (isinstance(expr, Inner) and expr.kind in ("assignment", "comparison"))
