"""What is handed to `on_commit`."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Ref
from taskguard.facts.questions import holds
from taskguard.facts.selections import written_name
from taskguard.facts.statements import Define, Inner, Jump, Let, Loop, Raise, Return, With
from taskguard.project.hazards.calls.dispatched import sending, sent_by, sent_by_name
from taskguard.project.hazards.calls.functions import outer_functions
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.python.flow import (
    below,
    blocks,
    body_about,
    body_of,
    calls_of,
    expressions,
    names_bound,
    returned,
    spots,
    spots_of,
)
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project

ATOMIC = frozenset(
    "django.db.transaction.atomic django.db.transaction.commit_on_success django.db.transaction.commit_manually".split()
)


COMMITS = ("on_commit",)


class Eager(Record):
    """A task that is sent where `on_commit` wants something to call; `run`: a function of the project sends it, and gives back nothing."""

    module: Module
    scope: str
    given: Call
    name: str
    run: bool = False


class Late(Record):
    """A lambda or function in a loop whose `names` the loop binds anew before it is called. `given` is where it is handed over."""

    module: Module
    scope: str
    given: Expr
    names: tuple[str, ...]
    loop: Loop


def eager_commits(project: Project) -> Iterator[Eager | Late]:
    """What is wrong with what is handed to `on_commit`, by file."""
    for path in project.search("on_commit("):
        if not in_tests(path):
            module = project.modules[path]
            for function in outer_functions(module, ("on_commit",)):
                yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Eager | Late]:
    body = body_about(module, function, COMMITS)
    scope = function.qualname
    for called in calls_of(body) if body is not None else ():
        call = called.call
        given = call.args[0] if call.args else call.keyword("func")
        if given is None or not is_on_commit(module, scope, call.callee):
            continue
        if isinstance(given, Call):
            found = (
                sending(module, scope, given) or sent_by_name(module, scope, body, given) if body is not None else None
            )
            if found is not None:
                yield Eager(module, scope, given, found[1])
            elif gives_nothing(module, scope, given):
                yield Eager(module, scope, given, given.callee, run=True)
            continue
        loop = _loop(module, scope, called)
        if loop is None or body is None or _left(called, loop) or _at_once(module, function, called):
            continue
        names = _rebound(given, loop) if _sends(given, loop) else ()
        if names:
            yield Late(module, scope, given, names, loop)


def gives_nothing(module: Module, scope: str, call: Call) -> bool:
    """Whether a call runs a function of the project that sends a task and surely gives back nothing."""
    found = resolve(module, call.callee, scope) if call.callee else None
    home = found.module if found is not None and found.kind == "symbol" else None
    function = home.function(found.path) if home is not None and found is not None else None
    if home is None or function is None or function.decorators or function.is_async or function.is_generator:
        return False
    if all(one.called.later for one in sent_by(home, function)):
        return False
    body = body_of(home, function)
    return body is not None and not any(one is not None for one in returned(body))


def is_on_commit(module: Module, scope: str, name: str) -> bool:
    """Whether a name is Django's `on_commit`."""
    if name.rpartition(".")[2] != "on_commit":
        return False
    return resolve(module, name, scope).path in ("django.db.transaction.on_commit", "django.db.connection.on_commit")


def is_atomic(module: Module, scope: str, expr: Expr) -> bool:
    """Whether an expression is Django's `atomic`, called or not."""
    name = written_name(expr)
    if not name:
        return False
    found = resolve(module, name, scope)
    if found.kind == "external":
        return found.path in ATOMIC
    return found.kind == "symbol" and found.module is not None and _manages(found.module, found.path)


@query
def managers(project: Project) -> frozenset[str]:
    """The last names of what begins a transaction: those of Django, and context managers of the project."""
    made = {name.rpartition(".")[2] for name in ATOMIC}
    for path in sorted(project.holders("atomic") & project.holders("contextmanager")):
        module = project.modules[path]
        made.update(one.name for one in module.facts.functions if one.is_generator and _manages(module, one.qualname))
    return frozenset(made)


@query
def _manages(module: Module, path: str) -> bool:
    """Whether a context manager of the project yields within a transaction."""
    function = module.function(path)
    if function is None or not function.is_generator or not holds(module.project, module.path, "atomic"):
        return False
    managing = any(
        isinstance(one, Ref) and one.name.rpartition(".")[2] == "contextmanager" for one in function.decorators
    )
    body = body_of(module, function) if managing else None
    yields = [
        spot
        for spot in (spots_of(body) if body is not None else ())
        if any(
            isinstance(one, Inner) and one.kind == "yield"
            for expr in expressions(spot.statement)
            for one, _ in below(expr)
        )
    ]
    return bool(yields) and all(
        any(
            isinstance(block.statement, With)
            and any(is_atomic(module, path, item) for item, _ in block.statement.items)
            for block in spot.around
        )
        for spot in yields
    )


def _loop(module: Module, scope: str, called: Called) -> Loop | None:
    """The loop in whose body `on_commit` is called; None where a transaction within the loop ends before the next round."""
    for block in reversed(called.spot.around):
        held = block.statement
        if isinstance(held, With) and any(is_atomic(module, scope, item) for item, _ in held.items):
            return None
        if isinstance(held, Define):
            return None
        if isinstance(held, Loop) and block.part == "body":
            return held
    return None


def _at_once(module: Module, function: Function, called: Called) -> bool:
    """Whether no transaction is open, so that `on_commit` calls what it is given before the loop goes on: in the body of a task nobody else begins one."""
    if not any(run.function is function for run in runs_in(module)):
        return False
    begun = (item for one in called.spot.around if isinstance(one.statement, With) for item, _ in one.statement.items)
    return not any(is_atomic(module, function.qualname, one) for one in (*begun, *function.decorators))


def _left(called: Called, loop: Loop) -> bool:
    """Whether the loop is surely left when `on_commit` has been called, so that nothing is bound anew."""
    inside = False
    for number, block in enumerate(called.spot.around):
        inside = inside or block.statement is loop
        if not inside:
            continue
        held = next((below for each, below in blocks(block.statement) if each == block), ())
        rest = called.spot.around[number + 1 :]
        own = rest[0].statement if rest else called.spot.statement
        place = next((at for at, one in enumerate(held) if one is own), len(held))
        if any(
            isinstance(one, Return | Raise) or (isinstance(one, Jump) and one.kind == "break") for one in held[place:]
        ):
            return True
    return False


def _sends(given: Expr, loop: Loop) -> bool:
    """Whether what is handed over sends a task, by whatever name it has it."""
    parts = list(given.parts) if isinstance(given, Inner) else []
    if isinstance(given, Ref):
        for spot in spots(loop.body, inner=True):
            if any(isinstance(one.statement, Define) and one.statement.name == given.name for one in spot.around):
                parts += expressions(spot.statement)
    calls = [one for part in parts for one, _ in below(part) if isinstance(one, Call)]
    return any(one.method in ("delay", "apply_async", "send_task") for one in calls)


def _rebound(given: Expr, loop: Loop) -> tuple[str, ...]:
    """The names that a lambda or function within uses and that each round of a loop binds anew."""
    read = _free(given, loop)
    bound = set(names_bound(loop.target)) if loop.target is not None else set()
    for spot in spots(loop.body):
        one = spot.statement
        if isinstance(one, Let):
            bound.update(name for target in one.targets for name in names_bound(target))
        elif isinstance(one, Loop) and one.target is not None:
            bound.update(names_bound(one.target))
    return tuple(name for name in read if name in bound)


def _free(given: Expr, loop: Loop) -> tuple[str, ...]:
    """The names that what is handed over takes from around it when it is called."""
    if isinstance(given, Inner) and given.kind == "lambda":
        own = {one.name for one in given.params}
        names = [one.name.partition(".")[0] for part in given.parts for one, _ in below(part) if isinstance(one, Ref)]
        return tuple(dict.fromkeys(name for name in names if name not in own))
    if not isinstance(given, Ref):
        return ()
    for spot in spots(loop.body):
        one = spot.statement
        if isinstance(one, Define) and one.kind == "function" and one.name == given.name:
            own = {param.name for param in one.params}
            inner = list(spots(one.body, inner=True))
            for each in inner:
                if isinstance(each.statement, Let):
                    own.update(name for target in each.statement.targets for name in names_bound(target))
            names = [
                ref.name.partition(".")[0]
                for each in inner
                for expr in expressions(each.statement)
                for ref, _ in below(expr)
                if isinstance(ref, Ref)
            ]
            return tuple(dict.fromkeys(name for name in names if name not in own))
    return ()
