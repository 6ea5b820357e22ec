"""Tasks that make an event loop for each run, and use a pool of connections that outlives it.

SQLAlchemy's documentation, "Using multiple asyncio event loops": connections of a pool belong to the loop in which they were made, so an engine that several loops
use wants `NullPool`, or `dispose()` at the end of each. It is so with the clients of `redis.asyncio`: each second `asyncio.run()` finds the connection of a loop that
is closed, and throws it away (seen with redis 4.6, 5.0, 6.4 and 8.1 and a server).
"""

from __future__ import annotations

import re

from taskguard.facts.model import Binding, Call, Expr, Function, Import
from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import written_name
from taskguard.patterns import regex
from taskguard.project.celery.starting import handlers
from taskguard.project.hazards.bodies.async_clients import CLIENTS, HOLDING, MONGO
from taskguard.project.hazards.bodies.handed_pools import pool_handed
from taskguard.project.hazards.bodies.kept_pools import (
    ENDING,
    ENGINE,
    GIVING_BACK,
    MAKERS,
    TAKING,
    Pool,
    database_named,
    name_of,
    pool_given,
    pool_named,
)
from taskguard.project.hazards.calls.functions import class_at
from taskguard.project.python.bound import Bound, value_of
from taskguard.project.python.flow import below, body_of, bound_in, calls_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.query import cyclic, query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module


LOOPS = frozenset(("asyncio.new_event_loop", "asyncio.events.new_event_loop", "uvloop.new_event_loop"))
RUNNERS = frozenset(("asyncio.run", "asyncio.runners.run", "anyio.run"))
ADAPTERS = frozenset(("asgiref.sync.async_to_sync", "asgiref.sync.AsyncToSync"))
WORDS = ("asyncio.run(", "= asyncio.run", "run_until_complete(", "async_to_sync", "anyio.run(")
# Outside of comments.
EMPTIED = regex(r"^[^#\n]*(?:\.dispose\(|\bNullPool\b)", re.M)
UNPOOLED = regex(r"^[^#\n]*\bNullPool\b", re.M)
CLOSED = regex(r"^[^#\n]*\.(?:aclose|disconnect)\(", re.M)
DEEPEST = 3
# Of several definitions under these one is in force, and nobody knows which.
GUARDS = frozenset(("if", "try", "except"))


class Mixed(Record):
    """A call that runs a coroutine in a loop of its own, the pool that the coroutine takes connections from, and what makes the loop."""

    call: Call
    pool: Pool
    maker: str


def mixed_loops(run: Run) -> Iterator[Mixed]:
    """The first such call of a task."""
    function = run.function
    if function.is_async or not run.module.project.search("create_async_engine", *HOLDING):
        return
    body = run.body
    for called in calls_of(body) if body is not None else ():
        coroutine = None if called.later or body is None else _coroutine(run.module, function.qualname, called, body)
        if coroutine is None or body is None:
            continue
        pool = _used(run.module, function.qualname, coroutine, body)
        if pool is None:
            pool = pool_handed(run.module, function.qualname, [called.call, *called.call.args], body)
        if pool is not None and not _disposed(run.module, pool):
            callee = called.call.callee
            own = callee.rpartition(".")[2] == "run_until_complete"
            yield Mixed(called.call, pool, "new_event_loop()" if own else f"{callee}()" if callee else "the call")
            return


def _coroutine(module: Module, scope: str, called: Called, body: Body) -> str | None:
    """The name of the function that a call runs in a loop of its own; None where it runs none."""
    call = called.call
    if isinstance(call.func, Call):  # `async_to_sync(send)(…)`
        made = call.func
        adapts = bool(made.callee) and resolve(module, made.callee, scope).path in ADAPTERS
        return name_of(made.args[0]) if adapts and made.args else None
    given = call.args[0] if call.args else None
    name = written_name(given)
    if not call.callee or not name:
        return None
    found = resolve(module, call.callee, scope)
    if found.kind == "external":
        return name if found.path in RUNNERS else None
    if found.kind == "local":
        return name if isinstance(given, Call) and _is_of_new_loop(module, scope, call.callee, body) else None
    if found.kind != "symbol" or found.module is None or not isinstance(given, Call):
        return None
    runner = found.module.function(found.path)
    if runner is None:
        entries = found.module.entries(found.path)
        alias = written_name(entries[0].value) if len(entries) == 1 and isinstance(entries[0], Binding) else ""
        return name if alias and resolve(found.module, alias).path in RUNNERS else None
    return name if runner is not None and _makes_loop(found.module, runner.qualname) else None


def _is_of_new_loop(module: Module, scope: str, callee: str, body: Body) -> bool:
    """Whether a call is `loop.run_until_complete(…)` of a loop that the function has made, and of no other."""
    loop, _, method = callee.rpartition(".")
    values = [value for value, _ in bound_in(body, loop)] if method == "run_until_complete" else []
    return bool(values) and all(
        isinstance(one, Call) and bool(one.callee) and resolve(module, one.callee, scope).path in LOOPS
        for one in values
    )


@cyclic(False)
def _makes_loop(module: Module, qualname: str) -> bool:
    """Whether a function runs the coroutine that it is given in a loop which it makes for that: under each condition where it is defined, if there are several."""
    made = [one for one in module.facts.functions if one.qualname == qualname]
    guarded = [one for one in made if one.guard in GUARDS]
    # An import in one branch may bring one that keeps its loop.
    if guarded and any(isinstance(one, Import) for one in module.entries(qualname)):
        return False
    return bool(made) and all(_makes_loop_of(module, one) for one in (guarded or made[-1:]))


def _makes_loop_of(module: Module, function: Function) -> bool:
    if function.is_async or not function.params:
        return False
    qualname = function.qualname
    given = function.params[0].name
    body = body_of(module, function)
    if body is None:
        return False
    for called in calls_of(body):
        callee = called.call.callee
        handed = any(name_of(one) == given for one in called.call.args)
        # A loop of the module (`global loop`) is there for the next run, too.
        own = handed and function.binds(callee.rpartition(".")[0])
        if handed and (callee == "asyncio.run" or (own and _is_of_new_loop(module, qualname, callee, body))):
            return True
        found = resolve(module, called.call.callee, qualname) if handed and called.call.callee else None
        runner = found.module if found is not None and found.kind == "symbol" else None
        if (
            found is not None
            and runner is not None
            and name_of(called.call.args[0]) == given
            and _makes_loop(runner, found.path)
        ):
            return True
    return False


def _used(module: Module, scope: str, name: str, body: Body, depth: int = 0) -> Pool | None:
    """The pool that a function uses, called by this name in another one: a function within that, or one of the project."""
    if "." in name and (held := _of_object(module, scope, name)) is not None:
        return held
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
    names = dict.fromkeys(name for part in parts if (name := written_name(part)))
    for name in names:
        pool = _taken(module, scope, name, names)
        if pool is not None:
            return pool
    given = pool_given(module, scope, body, parts)
    if given is not None:
        return given
    if (handed := pool_handed(module, scope, parts, body)) is not None:
        return handed
    of_mongo = module.project.search(*MONGO)
    for part in parts if of_mongo else ():
        pool = database_named(module, scope, part) if isinstance(part, Call) else None
        if pool is not None:
            return pool
    for part in parts if depth < DEEPEST else ():
        if isinstance(part, Call) and part.callee:
            dotted = "." in part.callee
            pool = (
                _of_object(module, scope, part.callee) if dotted else _used(module, scope, part.callee, body, depth + 1)
            )
            if pool is not None:
                return pool
    return None


def _taken(module: Module, scope: str, name: str, names: Container[str]) -> Pool | None:
    """The pool that an expression of this name takes a connection from; `names` are those beside it."""
    if any(one.scope == scope for one in module.places.assigns_to(name)):
        return None  # it is made here, and taken where it is given to
    alone = pool_named(module, scope, name)
    if alone is not None:
        return alone if alone.kind != "client" else None
    head, _, method = name.rpartition(".")
    pool = pool_named(module, scope, head) if head else None
    if pool is None:
        return None
    if pool.kind == "client":  # alone it is handed on, or `async with` closes it
        return pool if head not in names and method not in GIVING_BACK else None
    return pool if pool.kind == "engine" and method in TAKING else None


def _of_object(module: Module, scope: str, name: str) -> Pool | None:
    """The pool that a method uses which is called on an object that a module holds, `store.save`: one that the object keeps (`self.client = Redis()` in `__init__`)."""
    head, _, method = name.rpartition(".")
    found = resolve(module, head, scope)
    if found.kind != "symbol" or found.module is None or "." in found.path:
        return None
    entries = found.module.entries(found.path)
    value = entries[0].value if len(entries) == 1 and isinstance(entries[0], Binding) else None
    made = class_at(found.module, value.callee) if isinstance(value, Call) and value.callee else None
    pool = _kept_by_object(*made, method) if made is not None else None
    if pool is None or holds(module.project, module.path, f"{head}.close(", f"{head}.aclose("):
        return None
    return pool.replace(name=f"{head}.{pool.name}")


@query
def _kept_by_object(module: Module, klass: str, method: str) -> Pool | None:
    """The pool of an object, made in `__init__` and nowhere else in the class, from which a coroutine of it takes a connection."""
    function, maker = module.function(f"{klass}.{method}"), module.function(f"{klass}.__init__")
    if function is None or not function.is_async or maker is None or holds(module.project, module.path, "poolclass"):
        return None
    body = body_of(module, function)
    parts = (
        [one for spot in spots_of(body) for expr in expressions(spot.statement) for one, _ in below(expr)]
        if body
        else []
    )
    names = dict.fromkeys(name for part in parts if (name := written_name(part)).startswith("self."))
    for name in names:
        _, attribute, used = (*name.split("."), "", "")[:3]
        value = _made_in(module, klass, attribute)
        path = resolve(module, value.callee, maker.qualname).path if value is not None else ""
        if value is None or used in GIVING_BACK:
            continue
        if path in CLIENTS and used and f"self.{attribute}" not in names:
            return Pool(attribute, module, value.span.line, "client", path)
        if path.rpartition(".")[2] in MAKERS and path.startswith("sqlalchemy."):
            engine = name_of(value.args[0] if value.args else value.keyword("bind")).removeprefix("self.")
            value = _made_in(module, klass, engine) if engine else None
            path = resolve(module, value.callee, maker.qualname).path if value is not None else ""
        elif used not in TAKING:
            continue
        if path in ENGINE and value is not None and _is_pooled(module, maker, value):
            return Pool(attribute, module, value.span.line)
    return None


def _made_in(module: Module, klass: str, attribute: str) -> Call | None:
    """The call that makes an attribute of an object in `__init__`, where nothing else in its class gives it another value."""
    made = [one for one in module.places.assigns_to(f"self.{attribute}") if one.scope.startswith(f"{klass}.")]
    value = made[0].value if len(made) == 1 and made[0].scope == f"{klass}.__init__" else None
    return value if isinstance(value, Call) and value.callee else None


def _is_pooled(module: Module, maker: Function, made: Call) -> bool:
    """Whether an engine has SQLAlchemy's own pool, for a server: an address for a file may be known, and all options are."""
    url = value_of(Bound(made.args[0], module, maker.qualname)).value if made.args else None
    return all(one.name for one in made.keywords) and not (isinstance(url, str) and url.startswith("sqlite"))


def _disposed(module: Module, pool: Pool) -> bool:
    """Whether somebody empties the pool for the workers: in the file of the task, or by a function of the engine's file that a file about Celery names. What is done when a process ends is too late."""
    project, home = module.project, pool.module
    if pool.kind != "engine":
        closing = [one.name for one in home.facts.functions if any(_closes(one, called) for called in one.calls)]
        if finds(project, module.path, CLOSED) or holds(project, module.path, f"{pool.name}.close("):
            return not _at_the_end(module, "aclose", "close", "disconnect")
        return _named_for_workers(home, closing)
    if finds(project, home.path, UNPOOLED):
        return True
    if finds(project, module.path, EMPTIED) and (
        finds(project, module.path, UNPOOLED) or not _at_the_end(module, "dispose")
    ):
        return True
    closing = [
        function.name for function in home.facts.functions if any(one.endswith(".dispose") for one in function.calls)
    ]
    if not closing and finds(project, home.path, EMPTIED):
        return True
    return _named_for_workers(home, closing)


def _named_for_workers(home: Module, closing: list[str]) -> bool:
    """Whether a file about Celery names one of these functions, other than for the end of a process."""
    project = home.project
    return any(
        holds(project, path, "celery", "Celery") and not _at_the_end(project.modules[path], *closing)
        for path in project.search(*closing)
        if path != home.path
    )


def _at_the_end(module: Module, *lasts: str) -> bool:
    """Whether all calls in a file with one of these last parts are done by the handlers of the signals with which a process of a worker ends."""
    ending = handlers(module, ENDING)
    called = {one.qualname for one in module.facts.functions if one.called(frozenset(lasts))}
    return bool(called) and called <= set(ending) and not finds(module.project, module.path, _elsewhere(lasts))


def _elsewhere(lasts: tuple[str, ...]) -> re.Pattern[str]:
    """One of these names that a file has at module level in a call, or hands on without one, imports left out."""
    names = "|".join(map(re.escape, lasts))
    return re.compile(
        rf"^(?!(?:from|import|async|def)\b)[^\s#][^\n#]*\b(?:{names})\(|^(?!\s*(?:from|import)\b)[^\n#]*[(=,]\s*(?:{names})\b(?!\s*[(=])",
        re.MULTILINE,
    )


def _closes(function: Function, called: str) -> bool:
    """Whether a call closes something that the module holds: what the function has made itself is another client."""
    head, _, method = called.rpartition(".")
    return bool(head) and method in GIVING_BACK and not function.binds(head.partition(".")[0])
