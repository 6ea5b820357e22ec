"""Tasks that are to be tried again when they fail, and whose body never lets an exception out: `autoretry_for` sees none (celery/app/autoretry.py, `run`), or
only what `retry` of the body's own raises in the end.
"""

from __future__ import annotations

from taskguard.facts.model import Call
from taskguard.facts.statements import Define, Do, Raise, Try
from taskguard.project.hazards.calls.handling import Place
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.hazards.retries.fates import AGAIN, fate
from taskguard.project.hazards.retries.retries import retrying
from taskguard.project.python.flow import below, body_of, calls_of, expressions, spots_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.hazards.retries.fates import Fate
    from taskguard.project.python.flow import Spot
    from taskguard.project.tasks.task import Task

ANY = frozenset(("Exception", "BaseException"))
# Calls that do not fail, as far as anybody counts on it.
LOGS = ("log", "logger", "logging", "print", "_logger", "LOGGER", "LOG")
HARMLESS = frozenset(
    "bool dict float format getLogger getattr get_logger get_task_logger hasattr int isinstance join len list lower max min monotonic now perf_counter print range"
    " round set str strip time timedelta today tuple update_state upper utcnow uuid4".split()
)


class Smothered(Record):
    """The handler that takes what a body raises. `retry` is the call by which it has the task run again by itself; None where it goes on."""

    handler: Fate
    retry: Call | None = None


def smothered(task: Task, waited_for: tuple[str, ...] = ()) -> Smothered | None:
    """What takes all that the body of a task raises, or all of the exceptions of these dotted names; None where something may come out."""
    name = task.function.qualname if task.function is not None else ""
    run = next((one for one in runs_of(task.home, name) if one.task is task), None)
    if run is None or run.function.is_async or run.function.is_generator:
        return None
    found = _by_handler(run, ANY)
    if found is not None or not waited_for:
        return found
    # A `retry` of the body's own is another way to do what is asked for.
    taken = [_by_handler(run, ANY | {one}) for one in waited_for]
    return next((one for one in taken if one is not None and one.retry is None), None) if all(taken) else None


def never_raises(task: Task) -> bool:
    """Whether the body of a task does nothing that may fail: it works out plain values and writes logs, as what is there to be filled in one day. Not
    where it is left out (`...`)."""
    body = body_of(task.home, task.function) if task.function is not None else None
    spots = spots_of(body) if body is not None else ()
    return any(not isinstance(one.statement, Do) or isinstance(one.statement.expr, Call) for one in spots) and not any(
        map(_may_raise, spots)
    )


def cannot_fail(body: Body, held: Try) -> bool:
    """Whether nothing in the block of a `try` may fail: it is there to be filled in one day, and no handler of it ever runs."""
    inside = [
        one for one in spots_of(body) if any(each.statement is held and each.part == "body" for each in one.around)
    ]
    return not any(map(_may_raise, inside))


def _by_handler(run: Run, kinds: frozenset[str]) -> Smothered | None:
    body = run.body
    retries = retrying(run.module, run.function.qualname, frozenset((run.own,)) - {""})
    place = Place(run.module, run.function.qualname, retries)
    calls = [one for one in (calls_of(body) if body is not None else ()) if retries(one.call)]
    if not all(_handles(one.spot) and _says_nothing(one.call) for one in calls):
        return None  # it says itself when and how often, or is no part of a handler
    found: Fate | None = None
    for spot in spots_of(body) if body is not None else ():
        if _handles(spot):
            if isinstance(spot.statement, Raise) and not any(one.spot.statement is spot.statement for one in calls):
                return None  # what is caught is raised again, or something else
            continue
        if not _may_raise(spot):
            continue
        held = fate(spot, kinds, place)
        if held is None or held.kind not in (AGAIN if calls else ("swallowed",)):
            return None
        found = found or held
    return Smothered(found, calls[0].call if calls else None) if found is not None else None


def _says_nothing(call: Call) -> bool:
    """Whether a `retry` leaves to the task when and how often: it does not know what `autoretry_for` was given."""
    return all(one.name == "exc" for one in call.keywords) and len(call.args) < 3


def _handles(spot: Spot) -> bool:
    """Whether a statement stands in a handler, or behind the `try` of one."""
    return any(isinstance(one.statement, Try) and one.part in ("handler", "final") for one in spot.around)


def _may_raise(spot: Spot) -> bool:
    """Whether a statement itself does more than work out plain values and write logs."""
    one = spot.statement
    if isinstance(one, Define):
        return False
    if isinstance(one, Raise):
        return True
    calls = [call for expr in expressions(one) for call, _ in below(expr) if isinstance(call, Call)]
    return any(not _is_harmless(call) for call in calls)


def _is_harmless(call: Call) -> bool:
    last = call.method
    return last in HARMLESS or call.callee.partition(".")[0] in LOGS
