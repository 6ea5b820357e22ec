"""Pools of connections that a process keeps: engines of SQLAlchemy, what makes sessions of them, clients of Redis and other servers.

A variable of a module holds one, or a function makes it once and gives it to whoever asks: `global engine` with a test whether it is there, `@lru_cache`, or a handler of the signal with
which each process of a worker begins.
"""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Expr, Function, Item, Ref, Seq
from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import written_name
from taskguard.facts.statements import If, Inner, Let
from taskguard.project.celery.starting import handlers
from taskguard.project.hazards.bodies.async_clients import CLIENTS, DATABASES, HELD_ELSEWHERE, MONGO, TO_DATABASE
from taskguard.project.hazards.calls.fitting import argument_for
from taskguard.project.python.bound import Bound, value_of
from taskguard.project.python.flow import below, body_of, bound_in, is_none, returned, spots_of
from taskguard.project.python.names import resolve
from taskguard.query import cyclic
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from typing import Literal

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

    PoolKind = Literal["engine", "client", "pool"]

ENGINE = frozenset(
    (
        "sqlalchemy.ext.asyncio.create_async_engine",
        "sqlalchemy.ext.asyncio.engine.create_async_engine",
        "sqlmodel.ext.asyncio.create_async_engine",
    )
)
MAKERS = frozenset(("async_sessionmaker", "sessionmaker", "async_scoped_session"))
POOLS = frozenset(
    f"redis.asyncio.{home}{name}"
    for home in ("", "connection.")
    for name in (
        "ConnectionPool",
        "BlockingConnectionPool",
        "ConnectionPool.from_url",
        "BlockingConnectionPool.from_url",
    )
)
# What of an engine, or of what makes sessions of it, takes a connection, and what of a client of Redis gives it back.
TAKING = frozenset(("begin", "connect"))
GIVING_BACK = frozenset("aclose close disconnect terminate".split())
CACHING = frozenset(("functools.lru_cache", "functools.cache"))
# Each process of a worker begins and ends with one of these.
BEGINNING = frozenset(("worker_process_init", "worker_init"))
ENDING = frozenset(("worker_process_shutdown", "worker_shutdown", "worker_shutting_down"))


class Pool(Record):
    """A variable of a module that holds connections: the `engine` or what makes sessions of it, a `client` of Redis or another server, or the `pool` for one of Redis. `line` is that of the engine,
    `made` the class or function of the library that makes it."""

    name: str
    module: Module
    line: int
    kind: PoolKind = "engine"
    made: str = ""

    @property
    def alternates(self) -> bool:
        """Whether only each second run fails: it throws the connection away. Else all do from the second on."""
        return self.kind != "engine" and self.made.startswith(("redis.", "httpx."))

    @property
    def closing(self) -> str:
        """How its library closes a client, as one writes it."""
        library = self.made.partition(".")[0]
        if library == "motor":
            return "`client.close()`"
        return "`await client.aclose()`" if library in ("redis", "httpx") else "`await client.close()`"


class Source(Record):
    """What an expression gives: a pool, and whether the process keeps it for the next who asks (`kept`) or it is made anew."""

    pool: Pool
    kept: bool


def name_of(expr: Expr | None) -> str:
    """The name that an expression is; empty where it is none."""
    return expr.name if isinstance(expr, Ref) else ""


def pool_named(module: Module, scope: str, name: str) -> Pool | None:
    """The pool that a variable of a module holds, by the name under which a function has it."""
    found = resolve(module, name, scope)
    if found.kind != "symbol" or found.module is None or "." in found.path:
        return None
    return _held(found.module, found.path)


def _of_database(module: Module, scope: str, expr: Expr | None) -> Source | None:
    """The client of MongoDB that a database or collection is one of: `client.shop`, `client["shop"]`, `client.get_database()`."""
    steps = 0
    while True:
        if isinstance(expr, Call) and expr.callee.rpartition(".")[2] in TO_DATABASE:
            expr = Ref(expr.callee.rpartition(".")[0], expr.span)
        elif isinstance(expr, Item | Attr):
            expr = expr.of
        else:
            break
        steps += 1
    if not isinstance(expr, Ref):
        return None
    head, _, rest = expr.name.partition(".")
    pool = pool_named(module, scope, head) if steps or rest else None
    return Source(pool, True) if pool is not None and pool.made in DATABASES else None


def database_named(module: Module, scope: str, call: Call) -> Pool | None:
    """The client of MongoDB whose collection a call asks for something: `client.shop.orders.find_one(…)`, `db["orders"].find_one(…)`."""
    method = call.callee.rpartition(".")[2] if call.callee else getattr(call.func, "name", "")
    if not method or method in GIVING_BACK or method in TO_DATABASE or call.callee.count(".") == 1:
        return None
    source = _of_database(module, scope, call.func)
    return source.pool if source is not None else None


@cyclic(None)
def _held(module: Module, name: str) -> Pool | None:
    """The pool that a variable of a module holds, which the module or a function of it makes."""
    entries = module.entries(name)
    if len(entries) == 1:
        value = entries[0].value if isinstance(entries[0], Binding) else None
        source = _of_call(module, "", value, None) if isinstance(value, Call) else None
        if source is None and holds(module.project, module.path, *MONGO):
            source = _of_database(module, "", value)
        return source.pool.replace(name=name) if source is not None else None
    return _given_later(module, name) if entries else None


def _source(module: Module, scope: str, expr: Expr | None, body: Body | None) -> Source | None:
    """What an expression in a function gives."""
    if isinstance(expr, Inner) and expr.kind == "await" and len(expr.parts) == 1:
        return _source(module, scope, expr.parts[0], body)
    if isinstance(expr, Call):
        return _of_call(module, scope, expr, body)
    if not isinstance(expr, Ref):
        return None
    if "." not in expr.name and resolve(module, expr.name, scope).kind == "local":
        return _of_local(module, scope, expr.name, body) if body is not None else None
    pool = pool_named(module, scope, expr.name)
    return Source(pool, True) if pool is not None else None


def _of_local(module: Module, scope: str, name: str, body: Body) -> Source | None:
    """What a variable of a function has, which is bound once: `session = sessions()`, `_, session = engine_and_sessions()`."""
    values = bound_in(body, name)
    function = module.function(scope)
    if len(values) != 1 or function is None or any(one.name == name for one in function.params):
        return None
    value, spot = values[0]
    if value is not None:
        return None if name_of(value) == name else _source(module, scope, value, body)
    target = spot.statement.targets[0] if isinstance(spot.statement, Let) and len(spot.statement.targets) == 1 else None
    if not isinstance(target, Seq) or not isinstance(spot.statement, Let) or not isinstance(spot.statement.value, Call):
        return None
    where = [name_of(one) for one in target.items].index(name) if name in map(name_of, target.items) else -1
    return _of_function(module, scope, spot.statement.value, where) if where >= 0 else None


def _of_call(module: Module, scope: str, call: Call, body: Body | None) -> Source | None:
    if not call.callee:
        return None
    made = resolve(module, call.callee, scope)
    if made.kind == "symbol":
        return _of_function(module, scope, call, None)
    if any(one.name is None for one in call.keywords) and holds(module.project, module.path, "poolclass"):
        return None
    line = call.span.line
    if made.path in CLIENTS or made.path in POOLS:
        if finds(module.project, module.path, HELD_ELSEWHERE):
            return None
        kind: PoolKind = "client" if made.path in CLIENTS else "pool"
        return Source(Pool(call.callee, module, line, kind, made.path), False)
    if made.path in ENGINE:
        url = value_of(Bound(call.args[0], module, scope)).value if call.args else None
        own = call.keyword("poolclass") is None and not (isinstance(url, str) and url.startswith("sqlite"))
        return Source(Pool(call.callee, module, line), False) if own else None
    if made.path.rpartition(".")[2] not in MAKERS or not made.path.startswith("sqlalchemy."):
        return None
    return _source(module, scope, call.args[0] if call.args else call.keyword("bind"), body)


def _of_function(module: Module, scope: str, call: Call, item: int | None) -> Source | None:
    """What a function of the project gives back, or the member `item` of the tuple that it does."""
    found = resolve(module, call.callee, scope)
    if found.kind != "symbol" or found.module is None:
        return None
    function = found.module.function(found.path)
    if function is None or function.is_generator or function.holder == "class":
        return None
    source = _given_back(found.module, function.qualname, item)
    return source if source is not None or item is not None else _of_maker(module, scope, call, found.module, function)


def _of_maker(module: Module, scope: str, call: Call, home: Module, function: Function) -> Source | None:
    """What a function gives that makes sessions of the engine that it is given: `return async_sessionmaker(engine)`."""
    body = body_of(home, function) if not function.decorators else None
    values = returned(body) if body is not None else []
    made = values[0] if len(values) == 1 else None
    if not isinstance(made, Call) or not made.callee:
        return None
    engine = name_of(made.args[0] if made.args else made.keyword("bind"))
    path = resolve(home, made.callee, function.qualname).path
    if path.rpartition(".")[2] not in MAKERS or not path.startswith("sqlalchemy."):
        return None
    given = argument_for(call, function.params, engine) if engine else None
    return _source(module, scope, given, None) if given is not None else None


@cyclic(None)
def _given_back(module: Module, qualname: str, item: int | None) -> Source | None:
    """The same of a function by its name: all that it gives back is one and the same, or None."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    if function is None or body is None:
        return None
    values = [one for one in returned(body) if one is not None and not is_none(one)]
    if item is not None:
        values = [one.items[item] for one in values if isinstance(one, Seq) and item < len(one.items)]
    names = {name_of(one) for one in values}
    if not values or (len(values) > 1 and (len(names) > 1 or "" in names)):
        return None
    source = _source(module, qualname, values[0], body)
    decorators = {resolve(module, written_name(one)).path for one in function.decorators}
    if source is None or not decorators <= CACHING:
        return None
    return Source(source.pool.replace(name=f"{function.name}()"), True) if decorators else source


def _given_later(module: Module, name: str) -> Pool | None:
    """The pool of a variable that one function gives a value where it has none yet or when the process begins, and that nobody takes away from it for the workers."""
    if any(not isinstance(one, Binding) or one.kind != "variable" for one in module.entries(name)):
        return None
    given = module.places.assigns_to(name)
    makers = {one.scope for one in given if not is_none(one.value)}
    function = module.function(next(iter(makers))) if len(makers) == 1 else None
    body = body_of(module, function) if function is not None and function.holder == "module" else None
    if function is None or body is None or module.project.search(f".{name} ="):
        return None
    begins = function.qualname in handlers(module, BEGINNING) and not function.binds(name)
    if not begins and not any(_asks_whether(spot.statement, _set_in(module, function)) for spot in spots_of(body)):
        return None
    emptying = [one.scope for one in given if is_none(one.value) and one.scope not in makers and one.scope]
    if begins:
        return None if set(emptying) - set(handlers(module, ENDING)) else _bound_once(module, function, name, body)
    if any(
        holds(module.project, path, "celery", "Celery")
        for path in module.project.search(*emptying)
        if path != module.path
    ):
        return None
    return _bound_once(module, function, name, body)


def _bound_once(module: Module, function: Function, name: str, body: Body) -> Pool | None:
    values = [value for value, _ in bound_in(body, name) if value is not None and not is_none(value)]
    source = _source(module, function.qualname, values[0], body) if len(values) == 1 else None
    return source.pool.replace(name=name) if source is not None else None


def _set_in(module: Module, function: Function) -> frozenset[str]:
    """The variables of the module that a function declares `global` and gives a value."""
    given = (name_of(one.target) for one in module.places.assigns_in(function.qualname))
    return frozenset(name for name in given if name and not function.binds(name))


def _asks_whether(statement: object, known: Container[str]) -> bool:
    """Whether a statement is an `if` that asks for such variables and for nothing else: `if engine is None`, not `if loop is not made_in`."""
    for test, _ in statement.branches if isinstance(statement, If) else ():
        held = [one for one, _ in below(test)]
        names = [one.name for one in held if isinstance(one, Ref)]
        if names and all(one in known for one in names) and not any(isinstance(one, Call) for one in held):
            return True
    return False


def kept_client(module: Module, scope: str, expr: Expr | None, body: Body) -> Pool | None:
    """The client that an expression gives which the process keeps."""
    source = _source(module, scope, expr, body)
    return source.pool if source is not None and source.kept and source.pool.kind == "client" else None


def pool_given(module: Module, scope: str, body: Body, held: list[Expr]) -> Pool | None:
    """The pool, kept by a function, that a coroutine of these expressions takes a connection from: `async with get_sessions()() as session`, `client = get_client()`, `client.get(key)`."""
    return next(_given(module, scope, body, held), None)


def _given(module: Module, scope: str, body: Body, held: list[Expr]) -> Iterator[Pool]:
    lets = [spot.statement for spot in spots_of(body, inner=True) if isinstance(spot.statement, Let)]
    targets = {target.span for one in lets for target in one.targets}
    alone = {one.name for one in held if isinstance(one, Ref) and one.span not in targets}
    for one in held:
        if not isinstance(one, Call):
            continue
        head, method = _split(one.func)
        source = _source(module, scope, head, body) if head is not None else None
        if source is not None and source.kept and _takes(source.pool, method, name_of(head) in alone):
            yield source.pool
        last = one.callee.rpartition(".")[2]
        kind = "pool" if one.keyword("connection_pool") is not None else "engine"
        given = one.args if last in MAKERS or last == "AsyncSession" else ()
        for value in (*given, one.keyword("connection_pool")):
            source = _source(module, scope, value, body)
            if source is not None and source.kept and source.pool.kind == kind:
                yield source.pool


def _split(func: Expr) -> tuple[Expr | None, str]:
    """What is called, and by which method of it: empty where it is called itself."""
    if isinstance(func, Call):
        return func, ""
    if isinstance(func, Attr):
        return func.of, func.name
    if isinstance(func, Ref):
        head, _, method = func.name.rpartition(".")
        return (Ref(head, func.span), method) if head else (func, "")
    return None, ""


def _takes(pool: Pool, method: str, alone: bool) -> bool:
    """Whether a call of this method takes a connection; a client that stands `alone` elsewhere is handed on, or closed by `async with`."""
    if pool.kind == "engine":
        return not method or method in TAKING
    return bool(method) and method not in GIVING_BACK and not alone
