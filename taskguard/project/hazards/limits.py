"""Loops that go on after a soft time limit."""

from __future__ import annotations

import builtins
import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Attr, Call
from taskguard.facts.statements import Jump, Loop, Raise, Return, Try, With
from taskguard.patterns import regex
from taskguard.project.hazards.bounded import ends_soon
from taskguard.project.hazards.fates import Fate, fate
from taskguard.project.hazards.given_limits import given_limits, number_of
from taskguard.project.hazards.handling import SOFT_LIMIT, Place
from taskguard.project.hazards.pools import UNLIMITED, pools_of
from taskguard.project.hazards.retries import retrying
from taskguard.project.hazards.runs import Run
from taskguard.project.python.flow import Around, Spot, below, body_of, calls_of, expressions, spots, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import written_lines
from taskguard.project.python.values import Known
from taskguard.project.registry.annotations import annotation_files, option_in_force
from taskguard.project.registry.effective import base_files, setting_files
from taskguard.project.registry.routing import setting_of
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body, Statement
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task


LOOPS = regex(r"^[ \t]*(?:async[ \t]+)?(?:for|while)\b", re.MULTILINE)
CATCHES = regex(r"^[ \t]*(?:try\b|(?:async[ \t]+)?with\b)", re.MULTILINE)


class Passed(Record):
    """A loop whose handlers catch the soft time limit of a task: `fate` is the first of them, `others` the lines of the rest.

    `own` says that the limit is the task's or its base class's, and not that of all tasks; `files` are those that set it. `doubt` says why the handler
    may do otherwise. `at` is the call of the function `helper` in the file `path` that catches it, where the body does not do so itself;
    the loop is one `around` that call, or stands in that function.
    """

    fate: Fate
    loop: Loop
    limit: float
    files: tuple[str, ...]
    own: bool
    others: tuple[int, ...] = ()
    doubt: str = ""
    at: Call | None = None
    helper: str = ""
    path: str = ""
    around: bool = True


class Going(Record):
    """A loop that goes on, what catches the limit in it, and the lines of `others` that do."""

    fate: Fate
    loop: Loop
    others: tuple[int, ...] = ()
    doubt: str = ""


def soft_limit(task: Task) -> tuple[float, bool]:
    """The soft time limit of a task in seconds, 0 where it surely has none or where it cannot be told; and whether it is the task's own."""
    value, own = option_in_force(task, "soft_time_limit"), True
    if value.absent or (isinstance(value, Known) and value.value is None):
        value, own = setting_of(task, "task_soft_time_limit"), False
    return number_of(value), own


def passed_limits(run: Run) -> Iterator[Passed]:
    """The loops of a body that go on after its soft time limit, each once, those within one of them left out; and those of the functions that it calls."""
    limit, own = soft_limit(run.task)
    given = given_limits(run.module.project).get(str(run.task.name.value)) if limit <= 0 or not own else None
    if given is not None:
        limit, own = given[0], True
    # The limit is raised where the process is, which for a coroutine is the loop that drives it, and not what it awaits.
    if limit <= 0 or run.function.is_async:
        return
    goes_on = _goes_on(run.module, run.function)
    body = run.body if goes_on or _may_call_one(run) else None
    pools = pools_of(run.task) if body is not None else frozenset()
    if body is None or (pools and pools <= UNLIMITED):
        return
    scope = run.function.qualname
    place = Place(run.module, scope, retrying(run.module, scope, frozenset((run.own,)) - {""}))
    files = tuple(
        dict.fromkeys(
            (
                *base_files(run.task),
                *setting_files(run.task, "soft_time_limit"),
                *annotation_files(run.task),
                *(given or ())[1:],
            )
        )
    )
    told: set[Span] = set()
    for one in _loops(place, run.function, body, run.own, limit) if goes_on else ():
        told.add(one.loop.span)
        yield Passed(one.fate, one.loop, limit, files, own, one.others, one.doubt)
    for called, home, function in _helpers(run, body):
        loops = [block.statement for block in called.spot.around if isinstance(block.statement, Loop)]
        if any(one.span in told for one in loops):
            continue
        made = _helped(called, loops, home, function, run, body, limit, own)
        if made is not None:
            told.update(one.span for one in loops)
            yield Passed(
                made[0],
                made[1],
                limit,
                (*files, home.path),
                own,
                at=called.call,
                helper=function.name,
                path=home.path,
                around=made[1] in loops,
            )


def _loops(place: Place, function: Function, body: Body, own: str, limit: float) -> Iterator[Going]:
    """The loops of one function that go on."""
    module = place.module
    made: dict[Span, Going] = {}
    guarded: dict[Span, set[Span]] = {}
    for spot in spots_of(body):
        held = spot.statement
        loops = [one.statement for one in spot.around if isinstance(one.statement, Loop)]
        if not isinstance(held, Try | With) or not loops or not _work(held.body, own, module):
            continue
        if isinstance(held, Try) and not held.handlers:
            continue
        # What a context manager lets pass is the business of the handlers around it.
        around = (
            spot.around if isinstance(held, Try) else tuple(o for o in spot.around if isinstance(o.statement, Loop))
        )
        found = fate(Spot(held.body[0], (*around, Around(held, "body"))), SOFT_LIMIT, place)
        if found is not None and isinstance(held, With) and found.kind == "suppressed":
            found = found.replace(loop=loops[-1])
        if found is None or found.name == "SoftTimeLimitExceeded":
            continue
        before = made.get(loops[0].span)
        if found.loop is not None:
            guarded.setdefault(loops[0].span, set()).update(one.span for one in _work(held.body, own, module))
        if found.kind == "unclear":
            doubt = "whether the handler goes on after a soft time limit cannot be told"
            made.setdefault(loops[0].span, Going(found, loops[0], doubt=doubt))
        elif found.loop is not None and (before is None or before.doubt):
            made[loops[0].span] = Going(found, loops[0])
        elif found.loop is not None and before is not None and found.span != before.fate.span:
            made[loops[0].span] = before.replace(others=tuple(dict.fromkeys((*before.others, found.span.line))))
    for one in made.values():
        work = _work(one.loop.body, own, module)
        if ends_soon(one.loop, work, function, body, limit):
            continue
        if one.doubt or 2 * len(guarded[one.loop.span]) >= len(work):
            yield one


# -- functions that the body calls ----------------------------------------------------------------------------------


def _may_call_one(run: Run) -> bool:
    return any(_plain(run, name) is not None for name in dict.fromkeys(run.function.calls))


def _helpers(run: Run, body: Body) -> Iterator[tuple[Called, Module, Function]]:
    """The calls of a body that run a function of the project in which something is caught, each with that function."""
    for called in calls_of(body):
        found = _plain(run, called.call.callee) if called.call.callee and not called.later else None
        if found is not None:
            yield called, *found


def _plain(run: Run, callee: str) -> tuple[Module, Function] | None:
    """The function of the project that a body calls by this name, where it may catch something: no task, and nothing that is decorated."""
    found = resolve(run.module, callee, run.function.qualname)
    home = found.module if found.kind == "symbol" else None
    function = home.function(found.path) if home is not None else None
    if home is None or function is None or function.holder != "module" or function is run.function:
        return None
    if function.decorators or function.is_async or function.is_generator or in_tests(home.path):
        return None
    return (home, function) if CATCHES.search(written_lines(home.project, home.path, function)) else None


def _helped(
    called: Called, loops: list[Loop], home: Module, function: Function, run: Run, body: Body, limit: float, own: bool
) -> tuple[Fate, Loop] | None:
    """What catches the limit in a function that a body calls, and the loop that goes on: one around the call, which asks for
    nothing that it gives back, or, where the limit is the task's `own` and thus meant for this, one of its own."""
    inside = body_of(home, function)
    if inside is None or any(block.part == "handler" for block in called.spot.around):
        return None
    place = Place(home, function.qualname, lambda call: False)
    for one in _loops(place, function, inside, "", limit) if own and _goes_on(home, function) else ():
        if not one.doubt:
            return one.fate, one.loop
    if not loops:
        return None
    loop = loops[0]
    if any(isinstance(one.statement, Return | Raise) or _leaves(one.statement) for one in spots(loop.body)):
        return None
    work = _work(inside.statements, "", home)
    caught: set[Span] = set()
    first: Fate | None = None
    for spot in spots_of(inside):
        held = spot.statement
        if not isinstance(held, Try) or not held.handlers:
            continue
        mine = _work(held.body, "", home)
        found = fate(Spot(held.body[0], (*spot.around, Around(held, "body"))), SOFT_LIMIT, place) if mine else None
        if found is None or found.kind != "swallowed" or found.name == "SoftTimeLimitExceeded":
            continue
        first = first or found
        caught.update(one.span for one in mine)
    outer = _work(loop.body, run.own, run.module)
    if first is None or 2 * len(caught) < len(work) or not any(one is called.call for one in outer):
        return None
    if 2 * sum(one.callee == called.call.callee for one in outer) < len(outer):
        return None
    others = [one for one in outer if one is not called.call]
    return None if ends_soon(loop, [*others, *work], run.function, body, limit) else (first, loop)


def _leaves(statement: Statement) -> bool:
    return isinstance(statement, Jump) and statement.kind == "break"


def _goes_on(module: Module, function: Function) -> bool:
    """Whether a function has a loop, and something that may catch: nothing is parsed for that."""
    lines = written_lines(module.project, module.path, function)
    return LOOPS.search(lines) is not None and CATCHES.search(lines) is not None


def _work(statements: tuple[Statement, ...], own: str, module: Module | None = None) -> list[Call]:
    """The calls in a block that may take time; what handlers do is left out. `own` is the name that the task has in it. With the `module`, functions of
    the project are looked into."""
    return [
        one
        for spot in spots(statements)
        if all(block.part != "handler" for block in spot.around)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
        if isinstance(one, Call) and not _quick(one, own) and not (module is not None and _is_light(module, one.callee))
    ]


@query
def _is_light(module: Module, dotted: str) -> bool:
    """Whether a function of the project only makes a value: nothing in it takes time, no loop among it."""
    found = resolve(module, dotted) if dotted else None
    home = found.module if found is not None and found.kind == "symbol" else None
    function = home.function(found.path) if home is not None and found is not None else None
    if home is None or function is None or function.decorators or function.is_async or function.is_generator:
        return False
    body = body_of(home, function)
    held = list(spots_of(body)) if body is not None else []
    made = any(isinstance(one.statement, Return) and one.statement.value is not None for one in held)
    return (
        made
        and not any(isinstance(one.statement, Loop) for one in held)
        and not _work(body.statements if body else (), "")
    )


def _quick(call: Call, own: str) -> bool:
    """Whether a call takes no time: a conversion, a log line, a message that is sent, a word on how far the task is, a row that is noted for later."""
    holder, _, last = call.callee.rpartition(".")
    if isinstance(call.func, Attr):  # of what another call gives: `now().isoformat()`
        return call.func.name in QUICK_METHODS - MAY_ASK
    if last == "get" and holder.rpartition(".")[2] in ASKED:
        return False
    if call.callee in QUICK or last in QUICK_METHODS or call.callee.partition(".")[0] in LOGS or _is_fault(call.callee):
        return True
    if (last in SENDS and holder) or (last in KEPT and holder.rpartition(".")[2].endswith("cache")):
        return True
    if own and holder == own and not STATES.isdisjoint(last.lower().split("_")):
        return True
    return (
        last in NOTED and len(call.args) == 1 and not call.keywords and _is_session(holder.rpartition(".")[2].lower())
    )


def _is_fault(name: str) -> bool:
    """Whether a name is that of an exception of Python's: making one takes no time."""
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _is_session(name: str) -> bool:
    """Whether a name is that of a session of SQLAlchemy, which does nothing before the next flush."""
    return name in ("db", "session") or name.endswith(("_db", "_session"))


QUICK = frozenset(
    "int float str bool len list dict set tuple range enumerate zip Decimal UUID isinstance getattr hasattr next min max sorted abs round repr"
    " timedelta datetime.timedelta time.time time.monotonic".split()
)
QUICK_METHODS = frozenset(
    "append extend strip split join startswith endswith lower upper title strptime strftime fromisoformat isoformat now utcnow today date"
    " total_seconds loads dumps get pop items keys values format".split()
)
# Methods of dicts and lists that are those of a query, too.
MAY_ASK = frozenset("get pop items keys values extend".split())
# Whoever has `get` from these waits for an answer.
ASKED = frozenset("objects requests httpx session client".split())
LOGS = frozenset("logger logging log LOG LOGGER print".split())
SENDS = frozenset("delay apply_async send_task".split())
KEPT = frozenset("get get_many set set_many add delete delete_many touch incr decr".split())
STATES = frozenset("state progress status".split())
NOTED = frozenset("add add_all delete expunge".split())
