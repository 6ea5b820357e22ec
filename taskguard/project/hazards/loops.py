"""Tasks that make an event loop for each run, and use a pool of connections that outlives it.

SQLAlchemy's documentation, "Using multiple asyncio event loops": connections of a pool belong to the loop in which they were made, so an engine that several loops
use wants `NullPool`, or `dispose()` at the end of each.
"""

from __future__ import annotations

import re

from taskguard.facts.model import Binding, Call, Expr, Function, Ref
from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import written_name
from taskguard.patterns import regex
from taskguard.project.python.bound import Bound, value_of
from taskguard.project.python.flow import below, body_of, calls_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.hazards.runs import Run
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module

ENGINE = frozenset(
    (
        "sqlalchemy.ext.asyncio.create_async_engine",
        "sqlalchemy.ext.asyncio.engine.create_async_engine",
        "sqlmodel.ext.asyncio.create_async_engine",
    )
)
MAKERS = frozenset(("async_sessionmaker", "sessionmaker", "async_scoped_session"))
RUNNERS = frozenset(("asyncio.run", "asyncio.runners.run", "anyio.run"))
ADAPTERS = frozenset(("asgiref.sync.async_to_sync", "asgiref.sync.AsyncToSync"))
WORDS = ("asyncio.run(", "run_until_complete(", "async_to_sync", "anyio.run(")
# Outside of comments.
EMPTIED = regex(r"^[^#\n]*(?:\.dispose\(|\bNullPool\b)", re.M)
UNPOOLED = regex(r"^[^#\n]*\bNullPool\b", re.M)
DEEPEST = 3


class Pool(Record):
    """A variable of a module that holds connections: the engine, or what makes sessions of it. `place` is the module and line of the engine."""

    name: str
    module: Module
    line: int


class Mixed(Record):
    """A call that runs a coroutine in a loop of its own, and the pool that the coroutine takes connections from."""

    call: Call
    pool: Pool


def mixed_loops(run: Run) -> Iterator[Mixed]:
    """The first such call of a task."""
    function = run.function
    if function.is_async or not run.module.project.search("create_async_engine"):
        return
    body = run.body
    for called in calls_of(body) if body is not None else ():
        coroutine = None if called.later else _coroutine(run.module, function.qualname, called)
        if coroutine is None or body is None:
            continue
        pool = _used(run.module, function.qualname, coroutine, body)
        if pool is not None and not _disposed(run.module, pool):
            yield Mixed(called.call, pool)
            return


def _coroutine(module: Module, scope: str, called: Called) -> str | None:
    """The name of the function that a call runs in a loop of its own; None where it runs none."""
    call = called.call
    if isinstance(call.func, Call):  # `async_to_sync(send)(…)`
        made = call.func
        adapts = bool(made.callee) and resolve(module, made.callee, scope).path in ADAPTERS
        return _named(made.args[0]) if adapts and made.args else None
    given = call.args[0] if call.args else None
    name = written_name(given)
    if not call.callee or not name:
        return None
    found = resolve(module, call.callee, scope)
    if found.kind == "external":
        return name if found.path in RUNNERS else None
    if found.kind != "symbol" or found.module is None or not isinstance(given, Call):
        return None
    runner = found.module.function(found.path)
    return name if runner is not None and _makes_loop(found.module, runner.qualname) else None


def _named(expr: Expr | None) -> str:
    return expr.name if isinstance(expr, Ref) else ""


@query
def _makes_loop(module: Module, qualname: str) -> bool:
    """Whether a function runs the coroutine that it is given in a loop which it makes for that."""
    function = module.function(qualname)
    if function is None or function.is_async or not function.params:
        return False
    given = function.params[0].name
    makes = any(one.rpartition(".")[2] == "new_event_loop" for one in function.calls)
    body = body_of(module, function)
    for called in calls_of(body) if body is not None else ():
        last = called.call.callee.rpartition(".")[2]
        handed = any(_named(one) == given for one in called.call.args)
        if handed and ((last == "run_until_complete" and makes) or called.call.callee == "asyncio.run"):
            return True
    return False


def _used(module: Module, scope: str, name: str, body: Body, depth: int = 0) -> Pool | None:
    """The pool that a function uses, called by this name in another one: a function within that, or one of the project."""
    found = resolve(module, name, scope)
    if found.kind == "local":
        inner = [
            expr
            for spot in spots_of(body, inner=True)
            if any(getattr(one.statement, "name", "") == name for one in spot.around)
            for expr in expressions(spot.statement)
        ]
        return _among(module, scope, inner, body, depth)
    if found.kind != "symbol" or found.module is None or depth > DEEPEST:
        return None
    function = found.module.function(found.path)
    return _of_function(found.module, function, depth) if function is not None else None


def _of_function(module: Module, function: Function, depth: int) -> Pool | None:
    body = body_of(module, function)
    if body is None:
        return None
    held = [expr for spot in spots_of(body) for expr in expressions(spot.statement)]
    return _among(module, function.qualname, held, body, depth)


def _among(module: Module, scope: str, held: list[Expr], body: Body, depth: int) -> Pool | None:
    """The first pool among the names in some expressions, and in what they call."""
    parts = [part for expr in held for part, _ in below(expr)]
    for part in parts:
        name = written_name(part)
        pool = _pool(module, scope, name) if name else None
        if pool is not None:
            return pool
    for part in parts if depth < DEEPEST else ():
        if isinstance(part, Call) and part.callee and "." not in part.callee:
            pool = _used(module, scope, part.callee, body, depth + 1)
            if pool is not None:
                return pool
    return None


def _pool(module: Module, scope: str, name: str) -> Pool | None:
    found = resolve(module, name, scope)
    if found.kind != "symbol" or found.module is None or "." in found.path:
        return None
    return _kept(found.module, found.path)


@query
def _kept(module: Module, name: str) -> Pool | None:
    """The pool that a variable of a module holds: an engine with SQLAlchemy's own pool for a server, or what makes sessions of one."""
    entries = module.entries(name)
    value = entries[0].value if len(entries) == 1 and isinstance(entries[0], Binding) else None
    if not isinstance(value, Call) or not value.callee:
        return None
    if any(one.name is None for one in value.keywords) and holds(module.project, module.path, "poolclass"):
        return None
    made = resolve(module, value.callee).path
    if made in ENGINE:
        url = value_of(Bound(value.args[0], module, "")).value if value.args else None
        own = value.keyword("poolclass") is None and not (isinstance(url, str) and url.startswith("sqlite"))
        return Pool(name, module, entries[0].span.line) if own else None
    if made.rpartition(".")[2] not in MAKERS or not made.startswith("sqlalchemy."):
        return None
    engine = _named(value.args[0] if value.args else value.keyword("bind"))
    held = _pool(module, "", engine) if engine and engine != name else None
    return held.replace(name=name) if held is not None else None


def _disposed(module: Module, pool: Pool) -> bool:
    """Whether somebody empties the pool for the workers: in the file of the task, or by a function of the engine's file that a file about Celery names."""
    project, home = module.project, pool.module
    if finds(project, module.path, EMPTIED) or finds(project, home.path, UNPOOLED):
        return True
    closing = [
        function.name for function in home.facts.functions if any(one.endswith(".dispose") for one in function.calls)
    ]
    if not closing and finds(project, home.path, EMPTIED):
        return True
    return any(holds(project, path, "celery", "Celery") for path in project.search(*closing) if path != home.path)
