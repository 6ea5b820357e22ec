"""Tasks whose body calls the task itself like a function, where another function of that name is meant, or where nothing ends it."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Import, Ref
from taskguard.facts.selections import local_imports
from taskguard.facts.statements import Do, Let, Return, Try, With
from taskguard.project.hazards.retries.resent import may_end, may_skip
from taskguard.project.python.flow import below, calls_of, expressions
from taskguard.project.python.names import resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Statement
    from taskguard.project.hazards.calls.runs import Run


# How the parameter is called that takes the key of a row.
KEYS = ("_id", "_pk", "_uuid")


class CallsItself(Record):
    """A call of a task by its own name in its body. `line` is that of the import or function that had the name before; 0 where nothing had. Then each run makes the call,
    or it gives a row, `given`, where the task takes its key."""

    call: Call
    line: int
    given: str = ""


def calls_itself(run: Run) -> Iterator[CallsItself]:
    """The first such call of a task."""
    task, function = run.task, run.function
    name = function.name
    if (
        task.form != "function"
        or function.holder != "module"
        or name not in function.called(frozenset((name,)))
        or function.binds(name)
    ):
        return
    meant = resolve(run.module, name, function.qualname)
    if (
        meant.kind != "symbol"
        or meant.module is not run.module
        or local_imports(run.module.facts, function.qualname, name)
    ):
        return
    held = run.module.entries(name)
    body = run.body if held and _place(held[-1]) == function.span.line and not function.guard else None
    if body is None or function.is_async or function.is_generator:
        return
    before = [one for one in held[:-1] if not one.guard and (isinstance(one, Import) or one.kind == "function")]
    called = next((one.call for one in calls_of(body) if one.call.callee == name), None)
    if before and called is not None:
        yield CallsItself(called, before[-1].span.line)
        return
    row = _row_given(function, called) if called is not None and not held[:-1] else ""
    if row and called is not None:
        yield CallsItself(called, 0, row)
        return
    for call in _each_run(body.statements, name) if not held[:-1] and not task.below else ():
        yield CallsItself(call, 0)
        return


def _row_given(function: Function, call: Call) -> str:
    """The row that a call gives to the function around for a parameter that is called like its key: `pack(order)` of `pack(order_id)`."""
    params = [one for one in function.params if one.kind in ("both", "positional")]
    for param, arg in zip(params, call.args, strict=False):
        if isinstance(arg, Ref) and any(param.name == f"{arg.name}{end}" for end in KEYS) and function.binds(arg.name):
            return arg.name
    return ""


def _place(entry: Binding | Import) -> int:
    return entry.span.line if isinstance(entry, Binding) and entry.kind == "function" else 0


def _each_run(statements: tuple[Statement, ...], name: str) -> Iterator[Call]:
    """The calls of a name that each run makes: up to the first statement that may end it."""
    for one in statements:
        if isinstance(one, Do | Let | Return):
            for expr in expressions(one):
                for held, within in below(expr):
                    if isinstance(held, Call) and held.callee == name and not any(map(may_skip, within)):
                        yield held
        elif isinstance(one, With):
            yield from _each_run(one.body, name)
        elif isinstance(one, Try):
            if not one.handlers:
                yield from _each_run(one.body, name)
            yield from _each_run(one.final, name)
        if may_end((one,)):
            return
