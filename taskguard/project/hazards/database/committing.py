"""Context managers of the project that commit where their block ends: `with session_scope() as session:`, `with Connection() as connection:`."""

from __future__ import annotations

from taskguard.facts.model import Call, Class, Const, Expr, Function, Ref
from taskguard.facts.statements import If, Inner, Loop, Try, With
from taskguard.patterns import regex
from taskguard.project.python.flow import Called, Spot, below, body_of, calls_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project

WRITES = regex(r"(?i)\A\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\w")
EXECUTING = frozenset(("execute", "executemany"))
# How many functions are asked, one below the other, whether they write.
DEEPEST = 2


@query
def committing(project: Project) -> frozenset[str]:
    """The last names of such managers."""
    made: set[str] = set()
    for path in sorted(set(project.search(".commit(")) & set(project.search("contextmanager", "def __exit__("))):
        if in_tests(path):
            continue
        module = project.modules[path]
        made.update(one.name for one in module.facts.functions if one.is_generator and _commits(module, one.qualname))
        made.update(one.name for one in module.facts.classes if _commits(module, one.qualname))
    return frozenset(made)


def block_of_connection(module: Module, scope: str, called: Called) -> tuple[str, With] | None:
    """The innermost such block that a call stands in, and the name that it has for the session or connection."""
    for block in reversed(called.spot.around):
        held = block.statement
        if not isinstance(held, With) or block.part != "body":
            continue
        for item, target in held.items:
            if isinstance(item, Call) and isinstance(target, Ref) and _is_committing(module, scope, item):
                return target.name, held
    return None


def _is_committing(module: Module, scope: str, item: Call) -> bool:
    if item.callee.rpartition(".")[2] not in committing(module.project):
        return False
    found = resolve(module, item.callee, scope)
    return found.kind == "symbol" and found.module is not None and _commits(found.module, found.path)


@query
def _commits(module: Module, path: str) -> bool:
    """Whether a generator, or a class, of the project is a context manager that surely commits at the end of its block, and not before."""
    klass = module.klass(path)
    if klass is not None:
        return _class_commits(module, klass)
    function = module.function(path)
    if function is None or not function.is_generator or function.holder != "module":
        return False
    managing = [one for one in function.decorators if isinstance(one, Ref)]
    if len(function.decorators) != 1 or not managing or managing[0].name.rpartition(".")[2] != "contextmanager":
        return False
    body = body_of(module, function)
    yields = [spot for spot in spots_of(body) if _yields(spot)] if body is not None else []
    if body is None or len(yields) != 1 or any(isinstance(one.statement, Loop) for one in yields[0].around):
        return False
    after = [
        one for one in calls_of(body) if _is_commit(one.call) and one.spot.statement.span > yields[0].statement.span
    ]
    return any(not _is_choice(one.spot) for one in after)


def _class_commits(module: Module, klass: Class) -> bool:
    left = module.function(f"{klass.qualname}.__exit__")
    entered = module.function(f"{klass.qualname}.__enter__")
    if left is None or entered is None or _says_commit(module, entered):
        return False
    return _says_commit(module, left)


def _says_commit(module: Module, function: Function) -> bool:
    body = body_of(module, function)
    return body is not None and any(_is_commit(one.call) and not one.later for one in calls_of(body))


def _is_commit(call: Call) -> bool:
    return call.callee.rpartition(".")[2] == "commit" and bool(call.callee.rpartition(".")[0])


def _is_choice(spot: Spot) -> bool:
    """Whether a condition, a loop or a handler stands around a statement."""
    return any(
        isinstance(one.statement, If | Loop) or (isinstance(one.statement, Try) and one.part == "handler")
        for one in spot.around
    )


def _yields(spot: Spot) -> bool:
    return any(
        isinstance(one, Inner) and one.kind == "yield" for expr in expressions(spot.statement) for one, _ in below(expr)
    )


# -- what is written by a plain connection --------------------------------------------------------------------------


def writes_by(module: Module, scope: str, call: Call, connection: str) -> bool:
    """Whether a call surely writes by a connection: one of SQL's own words, or a function of the project that is given it and does so."""
    head, _, last = call.callee.rpartition(".")
    if last in EXECUTING:
        return head.partition(".")[0] == connection and any(map(_is_sql, call.args[:1]))
    if not call.args or not isinstance(call.args[0], Ref) or call.args[0].name != connection:
        return False
    found = resolve(module, call.callee, scope)
    return found.kind == "symbol" and found.module is not None and _writes(found.module, found.path, 0)


@query
def _writes(module: Module, path: str, depth: int) -> bool:
    """Whether a function writes by the connection that is its first parameter, and leaves the commit to its caller."""
    function = module.function(path)
    body = body_of(module, function) if function is not None and function.params else None
    if function is None or body is None or function.decorators or function.is_async:
        return False
    calls = [one.call for one in calls_of(body) if not one.later]
    if any(one.callee.rpartition(".")[2] in ("commit", "begin") for one in calls):
        return False
    executes = any(one.callee.rpartition(".")[2] in EXECUTING for one in calls)
    if executes and any(
        _is_sql(one) for spot in spots_of(body) for expr in expressions(spot.statement) for one, _ in below(expr)
    ):
        return True
    first = function.params[0].name
    return depth < DEEPEST and any(
        found.kind == "symbol" and found.module is not None and _writes(found.module, found.path, depth + 1)
        for one in calls
        if one.callee and one.args and isinstance(one.args[0], Ref) and one.args[0].name == first
        for found in (resolve(module, one.callee, path),)
    )


def _is_sql(expr: Expr) -> bool:
    return isinstance(expr, Const) and isinstance(expr.value, str) and WRITES.match(expr.value) is not None
