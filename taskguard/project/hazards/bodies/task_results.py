"""Results of tasks that are running elsewhere, in the bodies of functions: which expressions are such, and where a function waits for one."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Expr, Function, Op, Ref, Seq, Star
from taskguard.facts.questions import holds
from taskguard.facts.statements import Inner, Let, Loop, With
from taskguard.patterns import regex
from taskguard.project.celery.signatures import task_at
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import (
    Called,
    below,
    body_about,
    bound_in,
    calls_of,
    expressions,
    names_bound,
    spots_of,
)
from taskguard.project.python.names import resolve
from taskguard.project.python.text_questions import finds_within
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

# What waits for a result, each of them checked by Celery itself (celery/result.py, `assert_will_not_block`).
WAITING = frozenset("get wait join join_native collect".split())
# One of these is called, and not with a text, as a dict is: `get("key")`.
CALLED = regex(r"\.\s*(?:get|wait|join|join_native|collect)\s*\((?!\s*[\"'][^\"'\n]*[\"']\s*[,)])")
CALLS = tuple(f".{word}(" for word in sorted(WAITING))
RESULTS = frozenset("AsyncResult GroupResult ResultSet".split())
SENDING = frozenset(("delay", "apply_async", "apply", "send_task"))
SENT = (*sorted(SENDING), *sorted(RESULTS), "group", "chain", "chord", "signature", "restore", "s", "si")
ENDINGS = ("*result", "*results")
CANVAS = frozenset(
    f"celery.{home}{name}"
    for home in ("", "canvas.")
    for name in ("group", "chain", "chord", "signature", "xmap", "chunks")
)
NONE: Mapping[str, bool] = {}
DEEPEST = 4


def waiting(module: Module, function: Function) -> tuple[Call, ...]:
    """The calls in a function itself that wait for the result of a task, and are not allowed to in a task."""
    return _waiting(module, function.qualname) if may_wait(module, function) else ()


def waiting_for(module: Module, function: Function, param: str, many: bool) -> tuple[Call, ...]:
    """The calls in a function itself that wait, where a parameter is the result of a task, or a list of `many`."""
    return _waiting(module, function.qualname, param, many) if _has_calls(module) else ()


def may_wait(module: Module, function: Function) -> bool:
    """Whether a function may both send a task, or ask for a result, and wait: nothing is parsed for that."""
    if module.function(function.qualname) is not function:
        return False
    if not _has_calls(module):
        return False
    return function.may_call(*SENT) or bool(function.called_ending("result", "results"))


@query
def _has_calls(module: Module) -> bool:
    return holds(module.project, module.path, *CALLS)


@query
def _waiting(module: Module, qualname: str, param: str = "", many: bool = False) -> tuple[Call, ...]:
    function = module.function(qualname)
    if function is None or not finds_within(module.project, module.path, function, CALLED):
        return ()
    body = body_about(module, function, WAITING)
    if body is None:
        return ()
    told = Results(module, qualname, body, {param: many} if param else {})
    return tuple(
        called.call for called in calls_of(body) if not called.later and _waits(called, told) and not is_allowed(called)
    )


def _waits(called: Called, told: Results) -> bool:
    call = called.call
    if isinstance(call.func, Attr):
        receiver: Expr = call.func.of
        method = call.func.name
    elif isinstance(call.func, Ref) and "." in call.func.name:
        head, _, method = call.func.name.rpartition(".")
        receiver = Ref(head, call.func.span)
    else:
        return False
    if method not in WAITING or (call.args and isinstance(call.args[0], Const) and isinstance(call.args[0].value, str)):
        return False
    return told.is_result(receiver, called.within)


def is_allowed(called: Called) -> bool:
    """Whether the code says that it may wait."""
    if any(one.name in ("disable_sync_subtasks", None) for one in called.call.keywords):
        return True
    for block in called.spot.around:
        held = block.statement
        for item, _ in held.items if isinstance(held, With) else ():
            if isinstance(item, Call) and item.callee.rpartition(".")[2] in ("allow_join_result", "denied_join_result"):
                return True
    return False


class Results:
    """Which expressions of a function are results of tasks that are running elsewhere.

    `handed` are the parameters that it is given such for, and whether each is a list of them; without `eager` what `apply()` gives is none.
    """

    def __init__(
        self, module: Module, scope: str, body: Body, handed: Mapping[str, bool] = NONE, *, eager: bool = True
    ) -> None:
        self.module = module
        self.scope = scope
        self.body = body
        self.eager = eager
        self.handed = {one: many for one, many in handed.items() if not bound_in(body, one)}

    def is_result(self, expr: Expr, within: tuple[Expr, ...] = (), depth: int = 0) -> bool:
        """Whether an expression surely is the result of a task, or of several."""
        if depth > DEEPEST:
            return False
        if isinstance(expr, Ref):
            return "." not in expr.name and self._named(expr.name, within, depth)
        if not isinstance(expr, Call):
            return False
        if isinstance(expr.func, Call | Op):
            return self.is_canvas(expr.func, depth)  # `group(…)()`, `(a.s() | b.s())()`
        method = expr.method
        if method in RESULTS:
            return True
        head = expr.callee.rpartition(".")[0]
        if method == "restore":
            return head.rpartition(".")[2] == "GroupResult"
        if method == "send_task":
            return bool(expr.args) and isinstance(expr.args[0], Const | Ref)
        if method not in SENDING:
            return not head and bool(expr.callee) and self._canvas_name(expr.callee, depth)
        if method == "apply" and not self.eager:
            return False
        if isinstance(expr.func, Attr):
            return self.is_canvas(expr.func.of, depth)
        if method == "apply":
            return self._is_task(head) or self._canvas_name(head, depth)
        return self._is_task(head) or self._canvas_name(head, depth) or self._foreign(head) or self._handed(head, expr)

    def is_canvas(self, expr: Expr, depth: int = 0) -> bool:
        """Whether an expression is a signature, or several put together."""
        if isinstance(expr, Ref):
            return self._canvas_name(expr.name, depth)
        if isinstance(expr, Op):
            return expr.op == "|" and any(self.is_canvas(one, depth + 1) for one in expr.operands)
        if not isinstance(expr, Call) or depth > DEEPEST:
            return False
        if isinstance(expr.func, Attr):
            return expr.func.name in ("set", "clone", "on_error") and self.is_canvas(expr.func.of, depth + 1)
        head, _, method = expr.callee.rpartition(".")
        if head and method in ("s", "si", "signature", "subtask"):
            return self._is_task(head)
        return resolve(self.module, expr.callee, self.scope).path in CANVAS if expr.callee else False

    def _canvas_name(self, name: str, depth: int) -> bool:
        if "." in name or depth > DEEPEST:
            return False
        values = [value for value, _ in bound_in(self.body, name)]
        return bool(values) and all(value is not None and self.is_canvas(value, depth + 1) for value in values)

    def _is_task(self, name: str) -> bool:
        return bool(name) and task_at(Bound(Ref(name, self.body.span), self.module, self.scope), name) is not None

    def _foreign(self, name: str) -> bool:
        """Whether a name is of something outside the project: `delay` and `apply_async` are those of a task there."""
        found = resolve(self.module, name, self.scope) if name else None
        return found is not None and found.kind == "external"

    def _handed(self, name: str, call: Call) -> bool:
        """Whether a parameter is sent that a task or a canvas is given for: `job.apply_async()`. That of a pool of processes wants a function."""
        sent = call.method == "apply_async" and not call.args and not any(one.name == "func" for one in call.keywords)
        return sent and any(one.name == name for one in self.body.params) and not bound_in(self.body, name)

    def _named(self, name: str, within: tuple[Expr, ...], depth: int) -> bool:
        for around in reversed(within):
            for target, over in around.over if isinstance(around, Inner) else ():
                if name in names_bound(target):
                    return over is not None and isinstance(target, Ref) and self.are_results(over, depth + 1)
        if self.handed.get(name) is False:
            return True
        found = False
        for value, spot in bound_in(self.body, name):
            if value is not None and self.is_result(value, (), depth + 1):
                found = True
                continue
            held = spot.statement
            each = value is None and isinstance(held, Loop) and isinstance(held.target, Ref)
            if each and isinstance(held, Loop) and self.are_results(held.head, depth + 1):
                found = True
                continue
            if isinstance(held, Let) and isinstance(value, Const) and value.value is None:
                continue
            return False
        return found

    def are_results(self, expr: Expr, depth: int = 0) -> bool:
        """Whether an expression is a list of results."""
        if depth > DEEPEST:
            return False
        if isinstance(expr, Inner) and expr.kind in ("comprehension", "generator") and expr.parts:
            return self.is_result(expr.parts[-1], (expr,), depth + 1)
        if isinstance(expr, Seq):
            return bool(expr.items) and all(
                self.is_result(one, (), depth + 1) for one in expr.items if not isinstance(one, Star)
            )
        if not isinstance(expr, Ref) or "." in expr.name:
            return False
        if expr.name in self.handed:
            return True  # the result of a group is gone through like a list
        values = [value for value, _ in bound_in(self.body, expr.name)]
        lists = [value for value in values if isinstance(value, Inner) or (isinstance(value, Seq) and value.items)]
        empty = [value for value in values if isinstance(value, Seq) and not value.items]
        if len(lists) + len(empty) < len(values) or not all(self.are_results(one, depth + 1) for one in lists):
            return False
        return bool(lists) or self._filled(expr.name, depth)

    def _filled(self, name: str, depth: int) -> bool:
        """Whether all that is put into a list are results."""
        put = [
            one.args[0]
            for spot in spots_of(self.body)
            for expr in expressions(spot.statement)
            for one, _ in below(expr)
            if isinstance(one, Call) and one.callee == f"{name}.append" and len(one.args) == 1
        ]
        return bool(put) and all(self.is_result(one, (), depth + 1) for one in put)
