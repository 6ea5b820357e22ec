"""What is sent as if it were a signature, and is none: the result of a task, and a chord without a body."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Const, Dict, Expr, Star
from taskguard.project.hazards.calls.dispatched import SENDING, sending
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.python.flow import body_of, calls_of, is_none, is_own, is_plain, returned
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.registry.effective import base_attributes, base_open
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module, Project

    UnsendableKind = Literal["result", "bodiless"]

WORDS = (".delay(", ".apply_async(", "chord(")
# What a signature has, and no result.
LACKING = frozenset("set apply_async delay s si clone on_error link link_error signature subtask".split())
# Those of them whose calls are kept of each file.
CHAINED = ("apply_async", "delay", "s", "si", "signature", "subtask")
DEEPEST = 3  # functions that hand on what another one gives
CHORD = frozenset(("celery.chord", "celery.canvas.chord"))


class Unsendable(Record):
    """A call that raises AttributeError: `method` of a `result`, or of a chord that is `bodiless`. `name` is what the code calls the one or the other."""

    module: Module
    scope: str
    call: Call
    kind: UnsendableKind
    name: str
    method: str


def unsendable(project: Project) -> Iterator[Unsendable]:
    """All of them, by file: those that are sent where they are made, and results with a name."""
    paths = project.search(*WORDS)
    for path in paths:
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for site in (*selections.calling(module.facts, *CHAINED), *selections.calling_made(module.facts, "chord")):
            found = _result(module, site.scope, site.call) or _bodiless(module, site.scope, site.call)
            if found is not None:
                yield found
    for module, function in functions_in(project, paths, LACKING):
        if function.may_call(*SENDING) and any(_may_be_result(function, one) for one in function.calls):
            yield from _named(module, function)


def _result(module: Module, scope: str, call: Call) -> Unsendable | None:
    """A method of a signature, asked at once of what sending gives: `send.delay().apply_async()`."""
    if not isinstance(call.func, Attr) or call.func.name not in LACKING:
        return None
    of = call.func.of
    gives = gives_result(module, scope, of) or _hands_result(module, scope, of)
    name = f"{of.callee}(…)" if isinstance(of, Call) and of.callee else "this"
    return Unsendable(module, scope, call, "result", name, call.func.name) if gives else None


def _may_be_result(function: Function, called: str) -> bool:
    head, _, method = called.rpartition(".")
    return method in LACKING and "." not in head and bool(head) and function.binds(head)


def _named(module: Module, function: Function) -> Iterator[Unsendable]:
    """Methods of a signature that are asked of a result by its name: the first one of each, behind which nothing is done."""
    body = body_of(module, function)
    told: set[str] = set()
    scope = function.qualname
    for called in calls_of(body) if body is not None else ():
        name, _, method = called.call.callee.rpartition(".")
        if name in told or not _may_be_result(function, called.call.callee) or is_own(called.within, name):
            continue
        values = bound_values(module, scope, name)
        if values and all(gives_result(module, scope, one) for one in values):
            told.add(name)
            yield Unsendable(module, scope, called.call, "result", name, method)


def gives_result(module: Module, scope: str, expr: Expr) -> bool:
    """Whether an expression surely sends, and by methods of Celery's own."""
    if not isinstance(expr, Call):
        return False
    method = expr.method
    found = sending(module, scope, expr) if method in SENDING or method == "send_task" else None
    task = found[0] if found is not None else None
    if task is not None:
        return not base_open(task) and base_attributes(task).isdisjoint(SENDING)
    return found is not None


def _hands_result(module: Module, scope: str, expr: Expr, depth: int = 0) -> bool:
    """Whether an expression calls a function of the project that gives back what sending gives, wherever it gives something back, itself or through another one."""
    found = resolve(module, expr.callee, scope) if isinstance(expr, Call) and expr.callee else None
    home = found.module if found is not None and found.kind == "symbol" else None
    function = home.function(found.path) if home is not None and found is not None else None
    if home is None or function is None or not is_plain(home, function) or depth > DEEPEST:
        return False
    body = body_of(home, function)
    back = returned(body) if body else []
    return bool(back) and all(
        one is not None
        and (gives_result(home, function.qualname, one) or _hands_result(home, function.qualname, one, depth + 1))
        for one in back
    )


def _bodiless(module: Module, scope: str, call: Call) -> Unsendable | None:
    """`chord(header)()` and its like, where neither the chord nor the call has the body."""
    method = call.func.name if isinstance(call.func, Attr) else ""
    made = call.func.of if isinstance(call.func, Attr) else call.func
    if not isinstance(made, Call) or (method and method not in SENDING) or not made.callee:
        return None
    if made.callee.rpartition(".")[2] != "chord" or resolve(module, made.callee, scope).path not in CHORD:
        return None
    if len(made.args) > 1 or _starred(made) or made.keyword("body") is not None:
        return None
    bodiless = not _starred(call) and not _given(call, method)
    return Unsendable(module, scope, call, "bodiless", "chord(…)", method) if bodiless else None


def _starred(call: Call) -> bool:
    return any(isinstance(one, Star) for one in call.args) or any(one.name is None for one in call.keywords)


def _given(call: Call, method: str) -> bool:
    """Whether a call may give the body: the chord itself takes it first, `delay` by its name, and `apply_async` among its `kwargs` alone."""
    if method == "delay":
        return call.keyword("body") is not None
    if not method:
        body = call.args[0] if call.args else call.keyword("body")
        return body is not None and not is_none(body)
    held = call.args[1] if len(call.args) > 1 else call.keyword("kwargs")
    if isinstance(held, Dict):
        return any(not isinstance(key, Const) or key.value == "body" for key, _ in held.items)
    return held is not None and not is_none(held)
