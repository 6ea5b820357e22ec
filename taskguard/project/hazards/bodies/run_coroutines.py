"""The coroutines of the project that a function has an event loop run: by itself, or through a function that does so with what it is given."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Function, Ref, Star
from taskguard.facts.questions import finds
from taskguard.facts.selections import functions_calling, written_name
from taskguard.facts.statements import Inner
from taskguard.project.hazards.bodies.event_loops import ADAPTERS, RUNNERS, WORDS
from taskguard.project.hazards.calls.fitting import argument_for
from taskguard.project.hazards.calls.functions import is_of_class
from taskguard.project.hazards.payloads.callees import Asked, Maker, Target, function_called, method_target
from taskguard.project.python.flow import below, body_about, bound_in, calls_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project

# The last names of what runs a coroutine.
UNTIL = "run_until_complete"
RUNNING = frozenset(("run", UNTIL, *(one.rpartition(".")[2] for one in ADAPTERS)))
# What hands on what it is given, and has the loop come to its end.
HANDING = frozenset(
    f"{home}{name}"
    for name in ("wait_for", "gather", "shield", "create_task", "ensure_future")
    for home in ("asyncio.", "asyncio.tasks.")
)
# How far functions hand on what shall be run.
DEEPEST = 2


def coroutines_run(module: Module, function: Function) -> Iterator[tuple[Call, Target]]:
    """The calls of a plain function that have a coroutine of the project run to its end in an event loop, and what they run."""
    lasts = RUNNING | runner_names(module.project)
    if function.is_async or not function.may_call(*lasts):
        return
    body = body_about(module, function, lasts)
    for called in calls_of(body) if body is not None else ():
        if body is None or called.later:
            continue
        for expr in _given_to_loop(module, function.qualname, called, body):
            for made in _handed(module, function.qualname, expr, body):
                found = target_of(module, function, made, body)
                if found is not None and found.function.is_async and not found.function.is_generator:
                    yield called.call, found


def target_of(module: Module, function: Function, call: Call, body: Body) -> Target | None:
    """The function of the project that a call in a function surely runs; a method of the same class (`self.load()`) among them, where no class is made of that."""
    head, _, method = call.callee.rpartition(".")
    if head not in ("self", "cls") or function.holder != "class" or function.params[:1] == ():
        return function_called(module, function.qualname, call, body)
    qualname = function.qualname.rpartition(".")[0]
    if function.params[0].name != head or is_of_class(function) != (head == "cls") or _may_have_heirs(module, qualname):
        return None
    return method_target(Asked(Maker(module, qualname), method))


@query
def _may_have_heirs(module: Module, qualname: str) -> bool:
    """Whether a class of the project may be made of one of this name, and have its methods anew."""
    name = qualname.rpartition(".")[2]
    heir = re.compile(rf"^[ \t]*class[ \t]+\w+[ \t]*\([^#:]*\b{re.escape(name)}\b", re.M)
    return any(finds(module.project, path, heir) for path in sorted(module.project.holders(name)))


def _given_to_loop(module: Module, scope: str, called: Called, body: Body) -> Iterator[Expr]:
    """What a call has a loop run: a coroutine, or what makes one when it is called with the arguments that follow."""
    call = called.call
    if isinstance(call.func, Call):  # `async_to_sync(send)(…)`
        yield from call.func.args[:1] if _adapts(module, scope, call.func) else ()
        return
    if not call.args:
        return
    if call.method == UNTIL:
        yield call.args[0]
    elif call.callee and resolve(module, call.callee, scope).path in RUNNERS:
        yield call.args[0]
    elif call.method in runner_names(module.project):
        function = module.function(scope)
        found = target_of(module, function, call, body) if function is not None else None
        if found is not None:
            params = found.function.params[1:] if found.given else found.function.params
            for name in _handed_on(found.module, found.function.qualname):
                given = argument_for(call, params, name)
                if given is not None:
                    yield given


def _handed(module: Module, scope: str, expr: Expr, body: Body, depth: int = 0) -> Iterator[Call]:
    """The calls that make the coroutines of what a loop is given: `f()`, `asyncio.wait_for(f(), 5)`, `asyncio.gather(*[f(one) for one in rows])`."""
    if isinstance(expr, Ref):
        values = [value for value, _ in bound_in(body, expr.name)] if "." not in expr.name else []
        inner = module.function(f"{scope}.<locals>.{expr.name}") is not None
        if not values or inner:
            yield Call(expr, (), (), expr.span)
        elif len(values) == 1 and isinstance(values[0], Call) and depth < DEEPEST:
            yield from _handed(module, scope, values[0], body, depth + 1)
    elif isinstance(expr, Call):
        if not (expr.callee and resolve(module, expr.callee, scope).path in HANDING):
            yield expr
            return
        for one in expr.args:
            if isinstance(one, Star):
                yield from (held for held, _ in below(one) if isinstance(held, Call))
            elif depth < DEEPEST:
                yield from _handed(module, scope, one, body, depth + 1)


@query
def runner_names(project: Project) -> frozenset[str]:
    """The names of the functions that have a loop run what they are given."""
    if not project.can_search:
        return frozenset()
    made = set[str]()
    for path in project.search(*WORDS):
        module = project.modules[path]
        for qualname, holder in functions_calling(module.facts, *RUNNING, "submit") if not in_tests(path) else ():
            if holder != "function" and _handed_on(module, qualname):
                made.add(qualname.rpartition(".")[2])
    return frozenset(made - RUNNING)


@query
def _handed_on(module: Module, qualname: str) -> tuple[str, ...]:
    """The parameters of a function that it has a loop run, or that it calls for what a loop shall run."""
    function = module.function(qualname)
    names = {one.name for one in function.params} if function is not None else set[str]()
    if function is None or function.is_async or function.is_generator or not names:
        return ()
    body = body_about(module, function, (*RUNNING, "submit"))
    made: dict[str, None] = {}
    for called in calls_of(body) if body is not None else ():
        call = called.call
        head = written_name(call.args[0]) if call.args else ""
        threaded = bool(head) and resolve(module, head, qualname).path in RUNNERS  # `submit(asyncio.run, coroutine)`
        adapted = call.func.args if isinstance(call.func, Call) and _adapts(module, qualname, call.func) else ()
        runs = call.method == UNTIL or (bool(call.callee) and resolve(module, call.callee, qualname).path in RUNNERS)
        for one in adapted or (call.args[1:] if threaded else call.args[:1] if runs else ()):
            for part, within in below(one):
                if isinstance(part, Ref) and part.name in names and not any(isinstance(each, Inner) for each in within):
                    made[part.name] = None
    return tuple(made)


def _adapts(module: Module, scope: str, call: Call) -> bool:
    return bool(call.callee) and resolve(module, call.callee, scope).path in ADAPTERS
