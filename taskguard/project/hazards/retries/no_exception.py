"""What `retry(exc=…)` is given in place of an exception: it raises that when the retries are used up (celery/app/task.py; `raise "text"` is a TypeError)."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Dict, Expr, Op, Ref, Seq
from taskguard.facts.statements import If, Inner, Let, Loop
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import below, body_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import effective_option
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

TEXT = "a text"
MAKERS = frozenset("str repr traceback.format_exc json.dumps".split())


def no_exception(module: Module, function: Function, call: Call, task: Task | None) -> str:
    """What a call of `retry` surely gives for `exc` that is no exception; empty where it may be one, or the retries may never be used up."""
    given = call.keyword("exc")
    what = _what(module, function.qualname, given) if given is not None else ""
    if not what or _counts(module, function.qualname):
        return ""
    limit = call.keyword("max_retries")
    value = value_of(Bound(limit, module, function.qualname)) if limit is not None else None
    if value is None and task is not None:
        value = effective_option(task, "max_retries")
    return "" if isinstance(value, Known) and value.value is None else what


def _what(module: Module, scope: str, expr: Expr) -> str:
    if isinstance(expr, Const):
        return (TEXT if isinstance(expr.value, str) else repr(expr.value)) if expr.value else ""
    if isinstance(expr, Seq | Dict):
        return f"a {expr.kind if isinstance(expr, Seq) else 'dict'}" if expr.items else ""
    if isinstance(expr, Op):
        texts = (TEXT for one in expr.operands if _what(module, scope, one) == TEXT)
        return TEXT if expr.op == "f" else next(texts, "") if expr.op in ("%", "+") else ""
    if isinstance(expr, Inner):
        return TEXT if expr.kind == "f-string" else ""
    if isinstance(expr, Call):
        return TEXT if _makes_text(module, scope, expr) else ""
    if not isinstance(expr, Ref):
        return ""
    if resolve(module, expr.name, scope).kind != "local":
        value = value_of(Bound(expr, module, scope))
        return TEXT if isinstance(value, Known) and isinstance(value.value, str) and value.value else ""
    held = {_what(module, scope, one) if one != expr else "" for one in bound_values(module, scope, expr.name)}
    return held.pop() if len(held) == 1 else ""


def _makes_text(module: Module, scope: str, call: Call) -> bool:
    if isinstance(call.func, Attr):
        return call.func.name == "format" and isinstance(call.func.of, Const)
    found = resolve(module, call.callee, scope) if call.callee in MAKERS or call.callee == "format_exc" else None
    return found is not None and (found.path in MAKERS if found.kind == "external" else found.kind == "missing")


@query
def _counts(module: Module, qualname: str) -> bool:
    """Whether a function asks how often it was tried, and may not call `retry` a last time."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    return any(
        isinstance(one, Ref) and one.name.endswith("request.retries")
        for spot in (spots_of(body) if body is not None else ())
        if isinstance(spot.statement, If | Let | Loop)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
    )
