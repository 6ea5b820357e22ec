"""Coroutines that a task makes and that nobody can await: what a call of an `async def` gives is dropped, or taken for its result."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Cond, Const, Expr, Item, Op, Ref, Seq
from taskguard.facts.statements import Do, If, Inner, Let, Loop, Other, With
from taskguard.project.hazards.bodies.coroutines import async_names, coroutine_of
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.python.call_questions import called_on_calls
from taskguard.project.python.flow import below, body_about, bound_in, calls_of, expressions, spots_of
from taskguard.project.python.followed import reached
from taskguard.project.python.names import builtin, resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.payloads.callees import Target
    from taskguard.project.python.flow import Called, Spot
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

# What a coroutine has.
OWN = frozenset("send throw close cr_await cr_frame cr_running cr_code cr_origin cr_suspended".split())
# Functions of the language that go through what they are given, or make a number of it, and those that only show it.
FAILING = frozenset(
    "len list tuple set frozenset dict sorted sum min max any all enumerate iter next reversed int float abs round".split()
)
SHOWING = frozenset("str repr print bool type format".split())
LOGS = frozenset("logger logging log LOG LOGGER".split())
# Where code asks whether it has a coroutine, it knows that it may.
ASKING = ("iscoroutine", "iscoroutinefunction", "isawaitable")
ORDERS = frozenset(("<", "<=", ">", ">="))
EQUAL = frozenset(("==", "!=", "is", "is not", "not in"))
# What else bears on what becomes of a coroutine, besides the calls that give one: what may take it by its name, and what shows it.
BEARING = ("locals", "vars", "eval", "exec", "global", "shown")


class Unawaited(Record):
    """A call whose coroutine nobody awaits, in the function of a task or in one of its file that the task calls. `taken` says what the code takes
    the coroutine for, empty where it is dropped; `fails` that this raises."""

    task: Task
    function: Function
    call: Call
    of: Target
    taken: str
    fails: bool


def unawaited(module: Module) -> Iterator[tuple[Unawaited, ...]]:
    """Those in the tasks of a file and in the functions of the file that these call: one group for each function, in order."""
    runs = runs_in(module)
    names = async_names(module.project) if runs else frozenset()
    seen: set[str] = set()
    for run in runs if names else ():
        for function in reached(module, run.function):
            if function.qualname in seen or function.is_async or function.is_generator:
                continue
            seen.add(function.qualname)
            found = tuple(_in_function(module, run.task, function, names))
            if found:
                yield found


def _in_function(module: Module, task: Task, function: Function, names: frozenset[str]) -> Iterator[Unawaited]:
    if function.may_call(*ASKING):
        return
    called_names = {one.rpartition(".")[2] for one in function.called(names)}
    called_names |= names.intersection(called_on_calls(module.project, module.path, function))
    if not called_names:
        return
    body = body_about(module, function, (*called_names, *BEARING))
    for called in calls_of(body) if body is not None else ():
        call = called.call
        last = call.method
        if called.later or last not in names or body is None:
            continue
        taken = _fate(module, function, body, called)
        of = coroutine_of(module, function.qualname, call, body) if taken is not None else None
        if taken is not None and of is not None and of.function is not function:
            yield Unawaited(task, function, call, of, *taken)


def _fate(module: Module, function: Function, body: Body, called: Called) -> tuple[str, bool] | None:
    """What the code takes for its result what a call gives, and whether that raises; None where it may be handed on to who awaits it."""
    name = _kept_in(called)
    if not name:
        return _use(module, function.qualname, called.spot, called.within, called.call)
    if not function.binds(name) or any(one.name == name for one in body.params):
        return None
    uses = list(_uses(module, function.qualname, body, name))
    if any(one is None for one in uses):
        return None
    failing = [one for one in uses if one is not None and one[1]] if len(bound_in(body, name)) == 1 else []
    return failing[0] if failing else ("", False)


def _kept_in(called: Called) -> str:
    """The local name that gets what a call gives, and nothing else does."""
    one = called.spot.statement
    if called.within or not isinstance(one, Let) or one.op != "=" or len(one.targets) != 1:
        return ""
    target = one.targets[0]
    return target.name if isinstance(target, Ref) and "." not in target.name else ""


def _uses(module: Module, scope: str, body: Body, name: str) -> Iterator[tuple[str, bool] | None]:
    """What a function does with what a name holds, all of it."""
    for spot in spots_of(body, inner=True):
        statement = spot.statement
        if isinstance(statement, Other) and statement.kind == "delete":
            continue
        for expr in expressions(statement):
            for one, within in below(expr):
                if not isinstance(one, Ref) or one.name.partition(".")[0] != name:
                    continue
                if one.name != name:
                    attribute = one.name.split(".")[1]
                    yield None if attribute in OWN or attribute.startswith("__") else (f".{attribute}", True)
                elif not within and _is_target(statement, one):
                    if isinstance(statement, Let) and statement.op != "=":
                        yield "an operand", True
                else:
                    yield _use(module, scope, spot, within, one)


def _is_target(statement: object, expr: Expr) -> bool:
    return any(one is expr for one in (*getattr(statement, "targets", ()), getattr(statement, "target", None)))


def _use(module: Module, scope: str, spot: Spot, within: tuple[Expr, ...], expr: Expr) -> tuple[str, bool] | None:
    """What becomes of an expression where it stands: what it is taken for and whether that raises; None where it is handed on."""
    if not within:
        return _used_by(spot, expr)
    around = within[-1]
    if isinstance(around, Call):
        return _called(module, scope, around, expr)
    if isinstance(around, Item):
        return ("[…]", True) if around.of is expr else None
    if isinstance(around, Attr):
        own = around.name in OWN or around.name.startswith("__")
        return None if own else (f".{around.name}", True)
    if isinstance(around, Cond):
        return ("true", False) if around.test is expr else _use(module, scope, spot, within[:-1], around)
    if isinstance(around, Op):
        return _operated(module, scope, spot, within, expr)
    if isinstance(around, Inner):
        if any(iterable is expr for _, iterable in around.over):
            return "iterated", True
        return (
            ("compared", False)
            if around.kind == "comparison"
            else ("shown", False)
            if around.kind == "f-string"
            else None
        )
    return None


def _used_by(spot: Spot, expr: Expr) -> tuple[str, bool] | None:
    one = spot.statement
    if isinstance(one, Do):
        return "", False
    if isinstance(one, Let) and one.value is expr:
        if one.op != "=":
            return "an operand", True
        return ("unpacked", True) if any(isinstance(target, Seq) for target in one.targets) else None
    if isinstance(one, Loop) and one.head is expr:
        return ("iterated", True) if one.kind == "for" else ("true", False)
    if isinstance(one, If) or (isinstance(one, Other) and one.kind == "assert"):
        return "true", False
    if isinstance(one, With) and any(held is expr for held, _ in one.items):
        return "entered", True
    return None


def _operated(module: Module, scope: str, spot: Spot, within: tuple[Expr, ...], expr: Expr) -> tuple[str, bool] | None:
    around = within[-1]
    if not isinstance(around, Op):
        return None
    if around.op == "not":
        return "true", False
    if around.op in ("and", "or"):
        return _use(module, scope, spot, within[:-1], around)
    if around.op == "f":
        return "shown", False
    if around.op in EQUAL or around.op == "in":
        gone_through = around.op in ("in", "not in") and around.operands[-1] is expr
        return ("iterated", True) if gone_through else ("compared", False)
    if around.op == "%" and around.operands[0] is not expr:
        return ("shown", False) if isinstance(around.operands[0], Const) else None
    plain = all(one is expr or isinstance(one, Const) for one in around.operands)
    return ("an operand", True) if plain or around.op in ORDERS else None


def _called(module: Module, scope: str, around: Call, expr: Expr) -> tuple[str, bool] | None:
    """What becomes of what a call is given: a log and functions of the language await nothing."""
    if around.func is expr:
        return "a function", True
    head, _, last = around.callee.partition(".")
    if last:
        return ("shown", False) if head in LOGS else None
    if not head or any(one is not expr for one in around.args) or around.keywords:
        known = head in ("print",)
    else:
        known = head in FAILING or head in SHOWING
    if not known or not builtin(resolve(module, head, scope), module):
        return None
    return (f"{head}(…)", True) if head in FAILING else ("shown", False)
