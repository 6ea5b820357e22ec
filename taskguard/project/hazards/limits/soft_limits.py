"""Loops that go on after a soft time limit."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Call
from taskguard.facts.selections import leading_calls
from taskguard.facts.statements import Jump, Loop, Raise, Return, Try, With
from taskguard.patterns import regex
from taskguard.project.hazards.calls.handling import SOFT_LIMIT, Place
from taskguard.project.hazards.calls.runs import Run
from taskguard.project.hazards.limits.bounded_loops import ends_soon
from taskguard.project.hazards.limits.given_limits import given_limits, number_of
from taskguard.project.hazards.limits.long_calls import work_in
from taskguard.project.hazards.limits.worker_pools import UNLIMITED, pools_of
from taskguard.project.hazards.retries.fates import Fate, fate
from taskguard.project.hazards.retries.retries import retrying
from taskguard.project.python.flow import Around, Spot, body_of, calls_of, spots, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import finds_within
from taskguard.project.python.values import Known
from taskguard.project.registry.annotations import annotation_files, option_in_force
from taskguard.project.registry.effective import base_files, setting_files
from taskguard.project.registry.routing import setting_of
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
        if not isinstance(held, Try | With) or not loops or not work_in(held.body, own, module):
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
            guarded.setdefault(loops[0].span, set()).update(one.span for one in work_in(held.body, own, module))
        if found.kind == "unclear":
            doubt = "whether the handler goes on after a soft time limit cannot be told"
            made.setdefault(loops[0].span, Going(found, loops[0], doubt=doubt))
        elif found.loop is not None and (before is None or before.doubt):
            made[loops[0].span] = Going(found, loops[0])
        elif found.loop is not None and before is not None and found.span != before.fate.span:
            made[loops[0].span] = before.replace(others=tuple(dict.fromkeys((*before.others, found.span.line))))
    for one in made.values():
        work = work_in(one.loop.body, own, module)
        if ends_soon(one.loop, work, function, body, limit):
            continue
        if one.doubt or 2 * len(guarded[one.loop.span]) >= len(work):
            yield one


# -- functions that the body calls ----------------------------------------------------------------------------------


def _may_call_one(run: Run) -> bool:
    facts, heads = run.module.facts, run.module.project.heads
    return any(_plain(run, name) is not None for name in leading_calls(facts, heads, run.function.qualname))


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
    return (home, function) if finds_within(home.project, home.path, function, CATCHES) else None


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
    work = work_in(inside.statements, "", home)
    caught: set[Span] = set()
    first: Fate | None = None
    for spot in spots_of(inside):
        held = spot.statement
        if not isinstance(held, Try) or not held.handlers:
            continue
        mine = work_in(held.body, "", home)
        found = fate(Spot(held.body[0], (*spot.around, Around(held, "body"))), SOFT_LIMIT, place) if mine else None
        if found is None or found.kind != "swallowed" or found.raises or found.name == "SoftTimeLimitExceeded":
            continue
        first = first or found
        caught.update(one.span for one in mine)
    outer = work_in(loop.body, run.own, run.module)
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
    return all(finds_within(module.project, module.path, function, one) for one in (LOOPS, CATCHES))
