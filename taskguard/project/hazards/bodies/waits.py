"""Bodies of tasks that wait for the result of another task."""

from __future__ import annotations

import re

from taskguard.facts.model import Attr, Call, Const, Expr, Function, Op, Ref, Seq, Star
from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import functions_calling
from taskguard.facts.statements import If, Inner, Let, Loop, Match, With
from taskguard.patterns import regex
from taskguard.project.celery.signatures import task_at
from taskguard.project.hazards.calls.runs import Run
from taskguard.project.hazards.limits.worker_pools import GREEN, pools_of
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import (
    Called,
    below,
    body_about,
    body_of,
    bound_in,
    calls_of,
    expressions,
    names_bound,
    parts_of,
    spots,
    spots_of,
)
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import finds_within
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project

# What waits for a result, each of them checked by Celery itself (celery/result.py, `assert_will_not_block`).
WAITING = frozenset("get wait join join_native collect".split())
# One of these is called, and not with a text, as a dict is: `get("key")`.
CALLED = regex(r"\.\s*(?:get|wait|join|join_native|collect)\s*\((?!\s*[\"'][^\"'\n]*[\"']\s*[,)])")
POLLS = regex(r"\.\s*ready\s*\(\s*\)|\.\s*(?:state|status)\b")
STATES = ("state", "status")
POLLING = (*STATES, "ready", "sleep")
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
# How a function waits that others call for it: by a name that says so, or with nothing that a dict or a list wants.
WAITS = regex(
    r"(?:\)\s*|(?:result|res|job|promise|answer|task)s?)\.(?:get|wait|join|join_native)\("
    r"|\w\.(?:get|wait|join|join_native)\(\s*(?:\)|(?:timeout|propagate|interval)\s*=)",
    re.IGNORECASE,
)
DEEPEST = 4


class Wait(Record):
    """A call that waits. `at` is where the body has it done: the call itself, or that of a function which does it, the one of the file `path`.

    `doubt` says why it may be in order; `polls`: it asks again and again, and Celery does not mind.
    """

    call: Call
    at: Call
    path: str
    doubt: str = ""
    polls: bool = False


def waits(run: Run) -> Iterator[Wait]:
    """The places of a body that wait for another task."""
    found = [*_own(run), *_by_others(run), *_polled(run)]
    doubt = "with gevent and eventlet a task may wait" if found and pools_of(run.task) & GREEN else ""
    yield from (one.replace(doubt=doubt) for one in found)


def _own(run: Run) -> Iterator[Wait]:
    for call in waiting(run.module, run.function):
        yield Wait(call, call, run.module.path)


def _polled(run: Run) -> Iterator[Wait]:
    """Loops that go round until a result is there: `while not result.ready(): sleep(1)`, `while result.state not in DONE: sleep(1)`."""
    module, function = run.module, run.function
    if function.is_async or not finds_within(module.project, module.path, function, POLLS):
        return
    body = body_about(module, function, POLLING)
    for spot, expr, within in parts_of(body) if body is not None else ():
        asked = _asked(expr)
        if asked is None or body is None:
            continue
        loops = [
            one for one in (*(around.statement for around in spot.around), spot.statement) if isinstance(one, Loop)
        ]
        until = any(one.kind == "while" and _sleeps(one) for one in loops)
        if until and Results(module, function.qualname, body).is_result(asked, within):
            call = expr if isinstance(expr, Call) else Call(expr, (), (), expr.span)
            yield Wait(call, call, module.path, polls=True)
            return


def _asked(expr: Expr) -> Expr | None:
    """What is asked whether it is there: `result` of `result.ready()` and `result.state`."""
    if isinstance(expr, Call):
        func = expr.func
        if isinstance(func, Attr):
            return func.of if func.name == "ready" else None
        head, _, method = expr.callee.rpartition(".")
        return Ref(head, expr.span) if head and method == "ready" else None
    if isinstance(expr, Attr):
        return expr.of if expr.name in STATES else None
    head, _, last = expr.name.rpartition(".") if isinstance(expr, Ref) else ("", "", "")
    return Ref(head, expr.span) if head and last in STATES else None


def _sleeps(loop: Loop) -> bool:
    """Whether a loop sleeps in each round, as one does that waits."""
    calls = [
        one.callee.rpartition(".")[2]
        for spot in spots(loop.body)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
        if isinstance(one, Call)
    ]
    return "sleep" in calls


def _by_others(run: Run) -> Iterator[Wait]:
    """What functions of the project do that the body calls, wherever they are called."""
    names = waiting_names(run.module.project)
    wanted = set(run.function.called(names))
    body = run.body if wanted else None
    for called in calls_of(body) if body is not None else ():
        if called.call.callee not in wanted or called.later or _allowed(called):
            continue
        for module, function in _meant(run, called.call.callee):
            for call in _surely(module, function.qualname)[:1]:
                wanted.discard(called.call.callee)
                yield Wait(call, called.call, module.path)


def _meant(run: Run, callee: str) -> Iterator[tuple[Module, Function]]:
    """The function that a body calls by this name: one of the project, or with `self.…` a method of the task's own class."""
    module: Module | None = run.module
    path, klass = "", run.task.klass
    head, _, method = callee.rpartition(".")
    if klass is not None and run.task.form == "class" and head and head == run.own:
        path = f"{klass.qualname}.{method}"
    else:
        found = resolve(run.module, callee, run.function.qualname)
        module, path = found.module if found.kind == "symbol" else None, found.path
    function = module.function(path) if module is not None else None
    if module is not None and function is not None and function is not run.function:
        yield module, function


@query
def waiting_names(project: Project) -> frozenset[str]:
    """The last names of the functions that tasks call and that wait for the result of a task on each way through them."""
    if not project.can_search:
        return frozenset()
    tasks = all_tasks(project)
    bodies = [one.function for one in tasks]
    bodies += [one.module.function(f"{one.klass.qualname}.run") for one in tasks if one.klass is not None]
    found: dict[str, list[Module]] = {}
    for path in project.search(".delay(", ".apply_async(", "send_task(", "AsyncResult("):
        if in_tests(path) or not holds(project, path, *CALLS) or not finds(project, path, WAITS):
            continue
        module = project.modules[path]
        for qualname, _ in functions_calling(module.facts, *SENT, *ENDINGS):
            found.setdefault(qualname, []).append(module)
    waiters = frozenset(one.rpartition(".")[2] for one in found)
    called = {name.rpartition(".")[2] for one in bodies if one is not None for name in one.called(waiters)}
    return frozenset(
        qualname.rpartition(".")[2]
        for qualname, modules in found.items()
        if qualname.rpartition(".")[2] in called and any(_surely_waits(one, qualname) for one in modules)
    )


def _surely_waits(module: Module, qualname: str) -> bool:
    function = module.function(qualname)
    return function is not None and _may_wait(module, function) and bool(_surely(module, qualname))


@query
def _surely(module: Module, qualname: str) -> tuple[Call, ...]:
    """The calls of a function that wait, and that no branch guards."""
    function = module.function(qualname)
    found = waiting(module, function) if function is not None else ()
    body = body_of(module, function) if found and function is not None else None
    bare = {
        called.call.span
        for called in (calls_of(body) if body is not None else ())
        if not any(isinstance(one.statement, If | Match) for one in called.spot.around)
    }
    return tuple(one for one in found if one.span in bare)


def waiting(module: Module, function: Function) -> tuple[Call, ...]:
    """The calls in a function itself that wait for the result of a task, and are not allowed to in a task."""
    return _waiting(module, function.qualname) if _may_wait(module, function) else ()


def _may_wait(module: Module, function: Function) -> bool:
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
def _waiting(module: Module, qualname: str) -> tuple[Call, ...]:
    function = module.function(qualname)
    if function is None or not finds_within(module.project, module.path, function, CALLED):
        return ()
    body = body_about(module, function, WAITING)
    if body is None:
        return ()
    told = Results(module, qualname, body)
    return tuple(
        called.call for called in calls_of(body) if not called.later and _waits(called, told) and not _allowed(called)
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


def _allowed(called: Called) -> bool:
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
    """Which expressions of a function are results of tasks that are running elsewhere."""

    def __init__(self, module: Module, scope: str, body: Body) -> None:
        self.module = module
        self.scope = scope
        self.body = body

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
