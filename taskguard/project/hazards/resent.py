"""Tasks that send themselves again, run after run, with nothing that ends it."""

from __future__ import annotations

from taskguard.facts.model import Call, Cond, Const, Dict, Expr, Op, Ref, Seq
from taskguard.facts.statements import Do, If, Inner, Let, Loop, Match, Other, Raise, Return, Statement, Try, With
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.canvases import Canvas, Leaf, Node, Place, node_sent
from taskguard.project.hazards.dispatched import MAY_SEND, SENDING, sending
from taskguard.project.hazards.handling import Place as Handled
from taskguard.project.hazards.handling import catches, swallowed_kinds
from taskguard.project.hazards.runs import Run, runs_in
from taskguard.project.python.flow import below, bound_in, calls_of, expressions, spots
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

# Tasks that send one another in turn, at most.
LONGEST = 3
WHEN = frozenset(("countdown", "eta"))


class Resent(Record):
    """A call that has a task sent again by itself. `handler` is what catches the exceptions for which it does so, empty where each run does; `through` are the tasks in between;
    `later` says that it gives a time."""

    call: Call
    handler: str = ""
    through: tuple[Task, ...] = ()
    later: bool = False


class Step(Record):
    call: Call
    task: Task


def resent(run: Run, lasting: frozenset[str]) -> Iterator[Resent]:
    """The first call by which a task is sent again for ever: that of each run, or the one for exceptions which are `lasting`."""
    for steps in _rounds(run, (run.task,)):
        tasks = tuple(one.task for one in steps[:-1])
        later = any(_timed(one.call) for one in steps)
        yield Resent(steps[0].call, "", tasks, later)
        return
    if not run.function.may_call(*SENDING, "send_task"):
        return
    body = run.body
    if body is None or _may_end(body.statements):
        return
    for called in calls_of(body):
        handler = "" if called.later or not _is_own(run, called.call) else _handler(run, body, called, lasting)
        if handler:
            yield Resent(called.call, handler, (), _timed(called.call))
            return


def _timed(call: Call) -> bool:
    return any(one.name in WHEN or one.name is None for one in call.keywords)


# -- each run ---------------------------------------------------------------------------------------------------------


def _rounds(run: Run, passed: tuple[Task, ...]) -> Iterator[tuple[Step, ...]]:
    """The ways on which a task comes back to the first of those that were passed; said of the one that stands first."""
    first = passed[0]
    for step in _sent(run.module, run.function.qualname):
        if step.task is first:
            yield (step,)
        elif len(passed) < LONGEST and step.task not in passed and _key(first) < _key(step.task):
            other = _run_of(step.task)
            for rest in _rounds(other, (*passed, step.task)) if other is not None else ():
                yield (step, *rest)


def _key(task: Task) -> tuple[str, int]:
    return task.path, task.line


def _run_of(task: Task) -> Run | None:
    return next((one for one in runs_in(task.module) if one.task is task), None)


@query
def _sent(module: Module, qualname: str) -> tuple[Step, ...]:
    """What each run of a task sends that comes to its end."""
    run = next((one for one in runs_in(module) if one.function.qualname == qualname), None)
    body = run.body if run is not None and run.function.may_call(*MAY_SEND) and not run.function.is_async else None
    return tuple(_steps(run, body)) if run is not None and body is not None and not body.is_generator else ()


def _steps(run: Run, body: Body) -> Iterator[Step]:
    place = Place(run.module, run.function.qualname, body)
    for statement in _always(body.statements):
        for expr in expressions(statement):
            for one, within in below(expr):
                if isinstance(one, Call) and not any(_may_skip(each) for each in within):
                    yield from (Step(one, task) for task in _tasks(run, place, one))


def _may_skip(expr: Expr) -> bool:
    return isinstance(expr, Cond | Inner) or (isinstance(expr, Op) and expr.op in ("and", "or"))


def _always(statements: tuple[Statement, ...]) -> Iterator[Statement]:
    """The statements that are done on each way through a block, up to the first that may be the end of it."""
    for one in statements:
        if isinstance(one, Do | Let | Return):
            yield one
        elif isinstance(one, With):
            yield from _always(one.body)
        elif isinstance(one, Try):
            ends = any(_may_end(handler.body) for handler in one.handlers)
            if not ends:
                yield from _always(one.body)
            yield from _always(one.final)
            if ends:
                return
        if _may_end((one,)):
            return


def _may_end(statements: tuple[Statement, ...]) -> bool:
    """Whether something in a block may end the function, or never end itself."""
    for spot in spots(statements):
        one = spot.statement
        if isinstance(one, Return | Raise) or (isinstance(one, Other) and one.kind == "assert"):
            return True
        if isinstance(one, Loop) and one.kind == "while" and isinstance(one.head, Const) and one.head.value:
            return True
        for expr in expressions(one) if not isinstance(one, If | Match | Loop | Try | With) else ():
            if any(isinstance(held, Call) and held.callee in ENDS for held, _ in below(expr)):
                return True
    return False


ENDS = frozenset(("exit", "quit", "sys.exit", "os._exit"))


def _tasks(run: Run, place: Place, call: Call) -> list[Task]:
    """The tasks that a call surely sends, those of a chain that come behind another among them."""
    if _is_own(run, call):
        return [run.task]
    found = sending(place.module, place.scope, call)
    if found is not None and found[0] is not None:
        return [found[0]]
    if call.callee.rpartition(".")[2] == "send_task":
        return celery_of(place.module.project).named(found[1]) if found is not None else []
    node = node_sent(place, call)
    return [task for leaf in _leaves(node) for task in leaf] if node is not None else []


def _leaves(node: Node) -> Iterator[tuple[Task, ...]]:
    if isinstance(node, Leaf):
        yield tuple(one.task for one in node.held) if len(node.held) == 1 else ()
    elif isinstance(node, Canvas) and node.kind != "choice":
        for one in (*node.parts, *((node.body,) if node.body is not None else ())):
            yield from _leaves(one)


def _is_own(run: Run, call: Call) -> bool:
    """Whether a call sends the task that is running."""
    head, _, method = call.callee.rpartition(".")
    if method in SENDING and head and head == run.own:
        return True
    found = sending(run.module, run.function.qualname, call)
    if found is None:
        return False
    if found[0] is None and method == "send_task":
        return isinstance(run.task.name.value, str) and found[1] == run.task.name.value
    return found[0] is run.task and method in SENDING


# -- for exceptions ---------------------------------------------------------------------------------------------------


def _handler(run: Run, body: Body, called: Called, lasting: frozenset[str]) -> str:
    """How the handler reads in which a call stands that sends the task again as it was, for what does not pass by itself."""
    around = called.spot.around
    if any(isinstance(one.statement, If | Loop | Match) for one in around) or any(map(_may_skip, called.within)):
        return ""
    if not all(_unchanged(body, one) for one in _arguments(called.call)):
        return ""
    place = Handled(run.module, run.function.qualname, lambda call: False)
    for block in reversed(around):
        if isinstance(block.statement, Try) and block.part == "handler":
            handler = block.statement.handlers[block.number]
            caught, _ = catches(handler.types, lasting, place)
            return swallowed_kinds(handler) if caught else ""
    return ""


def _arguments(call: Call) -> Iterator[Expr]:
    yield from call.args
    for one in call.keywords:
        if one.name not in WHEN and one.name not in ("queue", "priority", "expires"):
            yield one.value


def _unchanged(body: Body, expr: Expr) -> bool:
    """Whether an argument is the same in each run: written out, or what the run was given."""
    if isinstance(expr, Const):
        return True
    if isinstance(expr, Seq):
        return all(_unchanged(body, one) for one in expr.items)
    if isinstance(expr, Dict):
        return all(_unchanged(body, value) for _, value in expr.items)
    if not isinstance(expr, Ref):
        return False
    if expr.name.endswith((".request.args", ".request.kwargs")):
        return True
    return any(one.name == expr.name for one in body.params) and not bound_in(body, expr.name)
