"""Tasks that send themselves again, run after run, with nothing that ends it."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Expr, Ref, Seq
from taskguard.facts.selections import leading_calls
from taskguard.facts.statements import Do, If, Inner, Let, Loop, Match, Other, Raise, Return, Statement, Try, With
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.dispatched import MAY_SEND, SENDING, sending
from taskguard.project.hazards.calls.handling import Place as Handled
from taskguard.project.hazards.calls.handling import catches, swallowed_kinds
from taskguard.project.hazards.calls.runs import Run, runs_in, runs_of
from taskguard.project.hazards.canvases.canvases import Canvas, Leaf, Node, Place, node_at, node_sent
from taskguard.project.python.flow import below, body_of, bound_in, calls_of, expressions, is_choice, spots
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.effective import effective_option, lineage_of
from taskguard.project.tasks.bases import locate
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
ENDS = frozenset(("exit", "quit", "sys.exit", "os._exit"))
# The end of a run's time, after which the next one may well go on where it stopped; a retry is Celery's own.
TIMES_UP = frozenset(("SoftTimeLimitExceeded", "TimeLimitExceeded", "Retry", "Ignore", "Reject"))
WAITING = frozenset("sleep wait retry rate_limit acquire backoff".split())
HOOKS = ("on_failure", "on_success", "after_return")


class Resent(Record):
    """A call that has a task sent again by itself. `handler` is what catches the exceptions for which it does so, `hook` the method that Celery calls when a run has ended, both empty where each
    run does; `through` are the tasks in between; `later` says that it gives a time, `passing` that the
    exceptions may pass by themselves, and that nothing waits for that."""

    call: Call
    handler: str = ""
    through: tuple[Task, ...] = ()
    later: bool = False
    hook: str = ""
    passing: bool = False


class Step(Record):
    call: Call
    task: Task


class Site(Record):
    """A function that is looked into. `task` is the task that runs it, which it has as `own`; None for a function that a body calls."""

    module: Module
    scope: str
    body: Body
    own: str = ""
    task: Task | None = None

    @property
    def place(self) -> Place:
        return Place(self.module, self.scope, self.body)


def resent(run: Run, lasting: frozenset[str]) -> Iterator[Resent]:
    """The first call by which a task is sent again for ever: that of each run, or the one for exceptions which are `lasting`."""
    for steps in _rounds(run, (run.task,)):
        tasks = tuple(one.task for one in steps[:-1])
        yield Resent(steps[0].call, "", tasks, any(_timed(one.call) for one in steps))
        return
    body = run.body if run.function.may_call(*SENDING, "send_task") else None
    if body is None:
        return
    site = Site(run.module, run.function.qualname, body, run.own, run.task)
    passing = may_end(body.statements)
    for called in calls_of(body):
        if called.later or not _is_own(site, called.call):
            continue
        timed = _timed(called.call)
        handler = _handler(run, body, called, lasting) if not passing else ""
        if not handler and not timed and not _waits(run, called):
            handler = _handler(run, body, called, None)
            if handler:
                yield Resent(called.call, handler, (), timed, passing=True)
                return
        elif handler:
            yield Resent(called.call, handler, (), timed)
            return


def resent_by_hooks(module: Module) -> Iterator[tuple[Task, Resent]]:
    """The methods of task classes in a file that send the task again whenever a run has ended so, each with a task of the class."""
    seen: set[str] = set()
    for run in runs_in(module):
        for dotted in lineage_of(run.task)[0]:
            held = locate(module.project, dotted, module)
            klass = held[1] if held is not None and held[0] is module else None
            for name in HOOKS if klass is not None else ():
                function = module.function(f"{klass.qualname}.{name}") if klass is not None else None
                if function is None or function.qualname in seen or not function.params or function.decorators:
                    continue
                seen.add(function.qualname)
                own = function.params[0].name
                body = body_of(module, function) if function.called_below(own) else None
                if body is None or function.is_async or function.is_generator:
                    continue
                site = Site(module, function.qualname, body, own, run.task)
                for step in _steps(site, body.statements):
                    if step.task is run.task:
                        yield run.task, Resent(step.call, "", (), _timed(step.call), function.qualname)
                        break


def _timed(call: Call) -> bool:
    return any(
        each.name in WHEN or each.name is None
        for one, _ in below(call)
        if isinstance(one, Call)
        for each in one.keywords
    )


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
    held = task.function.qualname if task.function is not None else f"{task.qualname}.run"
    return next((one for one in runs_of(task.module, held) if one.task is task), None)


@query
def _sent(module: Module, qualname: str) -> tuple[Step, ...]:
    """What each run of a task sends that comes to its end."""
    run = next(iter(runs_of(module, qualname)), None)
    if run is None or run.function.is_async or run.function.is_generator:
        return ()
    may = run.function.may_call(*MAY_SEND) or any(
        _helper(module, one, qualname) is not None
        for one in leading_calls(module.facts, module.project.heads, qualname)
    )
    body = run.body if may else None
    site = Site(module, qualname, body, run.own, run.task) if body is not None else None
    return tuple(_steps(site, site.body.statements)) if site is not None else ()


@query
def _helper(module: Module, callee: str, scope: str) -> Site | None:
    """The function of the project that a call runs, where it may send; no task, and nothing that is decorated."""
    found = resolve(module, callee, scope) if callee else None
    home = found.module if found is not None and found.kind == "symbol" else None
    function = home.function(found.path) if home is not None and found is not None else None
    if home is None or function is None or function.holder != "module" or not function.may_call(*SENDING):
        return None
    if function.decorators or function.is_async or function.is_generator or in_tests(home.path):
        return None
    body = body_of(home, function)
    return Site(home, function.qualname, body) if body is not None else None


def _steps(site: Site, statements: tuple[Statement, ...]) -> Iterator[Step]:
    """What a block surely sends, up to the first statement that may be the end of it."""
    for one in statements:
        if isinstance(one, Do | Let | Return):
            yield from _of_statement(site, one)
        elif isinstance(one, With):
            if not any(isinstance(held, Call) and held.callee.endswith("suppress") for held, _ in one.items):
                yield from _steps(site, one.body)
        elif isinstance(one, Try):
            # What a handler catches may be how the task learns that there is no more to do.
            if not one.handlers:
                yield from _steps(site, one.body)
            yield from _steps(site, one.final)
        elif isinstance(one, If) and one.orelse:
            blocks = [list(_steps(site, block)) for block in (*(block for _, block in one.branches), one.orelse)]
            for step in blocks[0]:
                if all(any(each.task is step.task for each in block) for block in blocks[1:]):
                    yield step
        if may_end((one,)):
            return


def _of_statement(site: Site, statement: Statement) -> Iterator[Step]:
    for expr in expressions(statement):
        for one, within in below(expr):
            if not isinstance(one, Call) or any(may_skip(each) for each in within):
                continue
            yield from (Step(one, task) for task in _tasks(site, one))
            helper = _helper(site.module, one.callee, site.scope) if site.task is not None else None
            if helper is not None:
                yield from (Step(one, each.task) for each in _steps(helper, helper.body.statements))


def may_skip(expr: Expr) -> bool:
    return isinstance(expr, Inner) or is_choice(expr)


def may_end(statements: tuple[Statement, ...]) -> bool:
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


def _tasks(site: Site, call: Call) -> list[Task]:
    """The tasks that a call surely sends, those of a chain that come behind another and those that are linked among them."""
    module, scope, place = site.module, site.scope, site.place
    linked = call.keyword("link")
    made = [task for leaf in _leaves(node_at(place, linked)) for task in leaf] if linked is not None else []
    if _is_own(site, call):
        return [*made, *((site.task,) if site.task is not None else ())]
    found = sending(module, scope, call)
    if found is not None and found[0] is not None:
        return [*made, found[0]]
    if call.callee.rpartition(".")[2] == "send_task":
        return [*made, *celery_of(module.project).named(found[1])] if found is not None else []
    node = node_sent(place, call)
    return [*made, *(task for leaf in _leaves(node) for task in leaf)] if node is not None else []


def _leaves(node: Node) -> Iterator[tuple[Task, ...]]:
    if isinstance(node, Leaf):
        yield tuple(one.task for one in node.held) if len(node.held) == 1 else ()
    elif isinstance(node, Canvas) and node.kind != "choice":
        for one in (*node.parts, *((node.body,) if node.body is not None else ())):
            yield from _leaves(one)


def _is_own(site: Site, call: Call) -> bool:
    """Whether a call sends the task that is running."""
    task = site.task
    head, _, method = call.callee.rpartition(".")
    if task is None:
        return False
    if method in SENDING and head and head == site.own:
        return True
    found = sending(site.module, site.scope, call)
    if found is None:
        return False
    if found[0] is None and method == "send_task":
        return isinstance(task.name.value, str) and found[1] == task.name.value
    return found[0] is task and method in SENDING


# -- for exceptions ---------------------------------------------------------------------------------------------------


def _handler(run: Run, body: Body, called: Called, lasting: frozenset[str] | None) -> str:
    """How the handler reads in which a call stands that sends the task again as it was, for what does not pass by itself; with None for whatever a
    run ends by, but the end of its time: what is left to do is done by the next one."""
    around = called.spot.around
    if any(isinstance(one.statement, If | Loop | Match) for one in around) or any(map(may_skip, called.within)):
        return ""
    if not all(_unchanged(body, one) for one in _arguments(called.call)):
        return ""
    place = Handled(run.module, run.function.qualname, lambda call: False)
    for block in reversed(around):
        if isinstance(block.statement, Try) and block.part == "handler":
            handler = block.statement.handlers[block.number]
            caught, _ = catches(handler.types, TIMES_UP if lasting is None else lasting, place)
            wanted = caught if lasting is not None else caught is False
            return swallowed_kinds(handler) if wanted else ""
    return ""


def _waits(run: Run, called: Called) -> bool:
    """Whether something has the next run wait: a limit of the task's rate, or a call before the message is sent."""
    if not effective_option(run.task, "rate_limit").absent:
        return True
    blocks = [
        one.statement.handlers[one.number].body
        for one in called.spot.around
        if isinstance(one.statement, Try) and one.part == "handler"
    ]
    return any(
        isinstance(one, Call) and one.callee.rpartition(".")[2] in WAITING
        for block in blocks
        for spot in spots(block)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
    )


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
