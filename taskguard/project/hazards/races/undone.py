"""Writes to the database that their own transaction surely undoes, in tasks and in what these call: what the block raises behind them rolls it back (django/db/transaction.py,
`Atomic.__exit__`).
"""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Function, Ref
from taskguard.facts.statements import Do, If, Jump, Let, Loop, Match, Other, Raise, Return, Try, With
from taskguard.project.celery.forgotten import is_unsent
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.database.on_commit import is_atomic
from taskguard.project.hazards.database.transactions import may_begin
from taskguard.project.hazards.payloads.things import Things
from taskguard.project.hazards.retries.retries import raises, retrying
from taskguard.project.python.flow import Called, Spot, below, blocks, body_of, bound_in, calls_of, spots, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.diagnostics import Span
    from taskguard.facts.statements import Body, Statement
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

OF_ROWS = frozenset(("save", "delete"))
OF_MANAGERS = frozenset("create bulk_create get_or_create update_or_create update delete".split())
MAKING = frozenset(("create", "get_or_create", "update_or_create"))
KEYS = ("pk", "id")
SIMPLE = (Do, Let, Other)


# How far from the task, call by call.
DEEPEST = 3


class Undone(Record):
    """A write, the line that begins its transaction and the line that raises. `kind` is `key` where what raises hands the key of a new row to the next run. `task` runs the function."""

    kind: Literal["write", "key"]
    module: Module
    function: Function
    task: Task
    at: Span
    text: str
    begun: int
    raised: int


class _Held(Record):
    """A function with a transaction, and `@transaction.atomic` where that is around all of it."""

    module: Module
    function: Function
    whole: Expr | None


def undone(project: Project) -> Iterator[Undone]:
    """All of them, each function once."""
    if not project.search("atomic"):
        return
    seen: set[tuple[str, str]] = set()
    for module in dict.fromkeys(task.home for task in all_tasks(project)):
        for run in runs_in(module) if not in_tests(module.path) else ():
            if is_unsent(run.task):
                continue
            own = frozenset((run.own,)) - {""}
            for home, function in _reached(run):
                if (home.path, function.qualname) not in seen:
                    seen.add((home.path, function.qualname))
                    yield from _in_function(home, function, run.task, own if function is run.function else frozenset())


def _reached(run: Run) -> Iterator[tuple[Module, Function]]:
    """The function of a task and those that it calls by name, nearest first."""
    queue, known = [(run.module, run.function, 0)], {(run.module.path, run.function.qualname)}
    for module, function, depth in queue:
        yield module, function
        for name in sorted(function.calls) if depth < DEEPEST else ():
            found = resolve(module, name, function.qualname)
            home = found.module if found.kind == "symbol" else None
            held = home.function(found.path) if home is not None else None
            if (
                home is not None
                and held is not None
                and not in_tests(home.path)
                and (home.path, held.qualname) not in known
            ):
                known.add((home.path, held.qualname))
                queue.append((home, held, depth + 1))


def _in_function(module: Module, function: Function, task: Task, own: frozenset[str]) -> Iterator[Undone]:
    whole = _decorator(module, function)
    if whole is None and not may_begin(module, function):
        return
    body = body_of(module, function)
    if body is None or body.is_async or body.is_generator:
        return
    held = _Held(module, function, whole)
    retries = retrying(module, function.qualname, own)
    raising = {
        id(one.spot.statement): one for one in calls_of(body) if not one.later and retries(one.call) and raises(one)
    }
    things = Things(module, function, body)
    for spot in spots_of(body):
        region = _region(held, spot)
        if region is None:
            continue
        one = spot.statement
        if isinstance(one, Do) and _in_handler(spot, region) and _writes(things, spot):
            behind = _raised_behind(spot, raising)
            if behind is not None:
                name = getattr(one.expr, "callee", "")
                yield Undone("write", module, function, task, one.span, name, region[0], behind.span.line)
        again = raising.get(id(one))
        for name, line in _keys(things, body, again, region) if again is not None else ():
            yield Undone(
                "key", module, function, task, again.call.span if again is not None else one.span, name, region[0], line
            )


def _decorator(module: Module, function: Function) -> Expr | None:
    """`@transaction.atomic` right above the function: another decorator between them may take what it raises."""
    last = function.decorators[-1] if function.decorators else None
    return last if last is not None and is_atomic(module, "", last) and not _elsewhere(last) else None


def _elsewhere(expr: Expr) -> bool:
    """Whether a database is named."""
    return isinstance(expr, Call) and (bool(expr.args) or any(one.name != "durable" for one in expr.keywords))


def _region(one: _Held, spot: Spot) -> tuple[int, int] | None:
    """The line that begins the transaction which what a statement raises surely leaves, and how many blocks stand around that; None where there is none, or something between may take it."""
    for number in range(len(spot.around) - 1, -1, -1):
        block = spot.around[number]
        held = block.statement
        if isinstance(held, With):
            items = [item for item, _ in held.items]
            if len(items) != 1 or not is_atomic(one.module, one.function.qualname, items[0]) or _elsewhere(items[0]):
                return None
            return held.span.line, number
        if isinstance(held, Try) and ((block.part == "body" and held.handlers) or held.final):
            return None
    return None if one.whole is None else (one.whole.span.line, -1)


def _in_handler(spot: Spot, region: tuple[int, int]) -> bool:
    return any(one.part == "handler" for one in spot.around[region[1] + 1 :])


def _writes(things: Things, spot: Spot) -> bool:
    """Whether a statement surely writes rows of Django's default database."""
    call = spot.statement.expr if isinstance(spot.statement, Do) else None
    if not isinstance(call, Call) or call.keyword("using") is not None:
        return False
    func = call.func
    if isinstance(func, Attr):
        of: Expr = func.of
        method = func.name
    else:
        head, _, method = call.callee.rpartition(".")
        of = Ref(head, call.span)
    if method not in (OF_ROWS | OF_MANAGERS) or any(
        isinstance(one, Call) and one.callee.endswith("using") for one, _ in below(of)
    ):
        return False
    thing = things.thing(of, spot) or (things.manager(of.name) if isinstance(of, Ref) else None)
    if thing is None or thing.model is None or not thing.model.django:
        return False
    return method in (OF_ROWS if thing.kind == "row" else OF_MANAGERS)


def _raised_behind(spot: Spot, raising: dict[int, Called]) -> Statement | None:
    """The statement of the same block that surely raises behind another, if nothing between leaves the block in another way."""
    inmost = spot.around[-1]
    block = next(
        held for one, held in blocks(inmost.statement) if (one.part, one.number) == (inmost.part, inmost.number)
    )
    place = next((number for number, one in enumerate(block) if one is spot.statement), len(block))
    for one in block[place + 1 :]:
        if isinstance(one, Raise) or id(one) in raising:
            return one
        if not isinstance(one, SIMPLE) and not (isinstance(one, If | Loop | Match) and _stays(one)):
            return None
    return None


def _stays(one: Statement) -> bool:
    """Whether a compound statement leaves the block around it by nothing but an exception."""
    inside = [each.statement for _, held in blocks(one) for each in spots(held)]
    return not any(
        isinstance(each, Return | With | Try) or (isinstance(each, Jump) and each.kind != "pass") for each in inside
    )


def _keys(things: Things, body: Body, again: Called, region: tuple[int, int]) -> Iterator[tuple[str, int]]:
    """The rows made in the transaction whose keys a retry hands on, with the lines that make them."""
    given = [one.value for one in again.call.keywords if one.name in ("args", "kwargs")] + list(again.call.args[:2])
    for name in dict.fromkeys(
        each.name.rpartition(".")[0]
        for one in given
        for each, _ in below(one)
        if isinstance(each, Ref) and each.name.rpartition(".")[2] in KEYS
    ):
        for value, spot in bound_in(body, name) if name and "." not in name else ():
            within = region[1] < 0 or (
                len(spot.around) > region[1]
                and spot.around[region[1]].statement is again.spot.around[region[1]].statement
            )
            inside = below(value) if value is not None else ()
            made = next((each for each, _ in inside if _makes(things, each)), None)
            if within and made is not None:
                yield name, made.span.line
                break


def _makes(things: Things, expr: Expr) -> bool:
    if not isinstance(expr, Call) or expr.callee.rpartition(".")[2] not in MAKING:
        return False
    held = things.manager(expr.callee.rpartition(".")[0])
    return held is not None and held.model is not None and held.model.django
