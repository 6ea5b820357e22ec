"""Loops that go on after a soft time limit."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Call
from taskguard.facts.statements import Loop, Try
from taskguard.project.hazards.fates import Fate, fate
from taskguard.project.hazards.handling import SOFT_LIMIT, Place
from taskguard.project.hazards.pools import UNLIMITED, pools_of
from taskguard.project.hazards.retries import retrying
from taskguard.project.hazards.runs import Run
from taskguard.project.python.flow import Around, Spot, below, expressions, spots
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import base_files, effective_option, setting_files
from taskguard.project.registry.routing import setting_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.tasks.task import Task


class Passed(Record):
    """A handler in a loop that catches the soft time limit of a task. `doubt` says why that may be otherwise; `files` are those that set the limit."""

    fate: Fate
    loop: Loop
    limit: float
    files: tuple[str, ...]
    doubt: str = ""


def soft_limit(task: Task) -> float:
    """The soft time limit of a task in seconds, 0 where it surely has none or where it cannot be told."""
    value = effective_option(task, "soft_time_limit")
    if value.absent or (isinstance(value, Known) and value.value is None):
        value = setting_of(task, "task_soft_time_limit")
    number = value.value if isinstance(value, Known) else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else 0


def passed_limits(run: Run) -> Iterator[Passed]:
    """The handlers in loops of a body that go on after the soft time limit: one for each loop."""
    limit = soft_limit(run.task)
    body = run.body if limit > 0 else None
    if body is None:
        return
    pools = pools_of(run.task)
    if pools and pools <= UNLIMITED:
        return
    place = Place(
        run.module, run.function.qualname, retrying(run.module, run.function.qualname, frozenset((run.own,)) - {""})
    )
    files = tuple(dict.fromkeys((*base_files(run.task), *setting_files(run.task, "soft_time_limit"))))
    seen: set[Span] = set()
    for spot in spots(body.statements):
        held = spot.statement
        if not isinstance(held, Try) or not any(isinstance(one.statement, Loop) for one in spot.around):
            continue
        if not held.handlers or not _works(held):
            continue
        made = fate(Spot(held.body[0], (*spot.around, Around(held, "body"))), SOFT_LIMIT, place)
        if made is None or made.name == "SoftTimeLimitExceeded" or made.span in seen:
            continue
        seen.add(made.span)
        if made.kind == "unclear":
            loop = next(one.statement for one in reversed(spot.around) if isinstance(one.statement, Loop))
            yield Passed(made, loop, limit, files, "whether the handler goes on after a soft time limit cannot be told")
        elif made.loop is not None:
            yield Passed(made, made.loop, limit, files)


def _works(held: Try) -> bool:
    """Whether a `try` does more than to convert a value: something in it takes time."""
    calls = [
        one
        for spot in spots(held.body)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
        if isinstance(one, Call)
    ]
    return any(call.callee not in QUICK and call.callee.rpartition(".")[2] not in QUICK_METHODS for call in calls)


QUICK = frozenset(
    "int float str bool len list dict set tuple Decimal UUID isinstance getattr next min max sorted".split()
)
QUICK_METHODS = frozenset(
    "append strip split lower upper strptime fromisoformat loads dumps get pop items keys values format".split()
)
