"""Tasks that are to be tried again when they fail, and whose body never lets an exception out: `autoretry_for` sees none (celery/app/autoretry.py, `run`)."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call
from taskguard.facts.statements import Define, Raise, Try
from taskguard.project.hazards.fates import fate
from taskguard.project.hazards.handling import Place
from taskguard.project.hazards.runs import runs_of
from taskguard.project.python.flow import below, expressions, spots_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.fates import Fate
    from taskguard.project.hazards.runs import Run
    from taskguard.project.python.flow import Spot
    from taskguard.project.tasks.task import Task

ANY = frozenset(("Exception", "BaseException"))
# Calls that do not fail, as far as anybody counts on it.
LOGS = ("log", "logger", "logging", "print", "_logger", "LOGGER", "LOG")
HARMLESS = frozenset(
    "bool dict float format getLogger getattr get_logger get_task_logger hasattr int isinstance join len list lower max min monotonic now perf_counter print range"
    " round set str strip time timedelta today tuple update_state upper utcnow uuid4".split()
)


def smothered(task: Task) -> Fate | None:
    """The handler that takes what the body of a task raises, where nothing of it comes out; None where something may."""
    run = next(
        (
            one
            for one in runs_of(task.home, task.function.qualname if task.function is not None else "")
            if one.task is task
        ),
        None,
    )
    if run is None or run.function.is_async or run.function.is_generator or run.function.may_call("retry"):
        return None
    return _by_handler(run)


def _by_handler(run: Run) -> Fate | None:
    body = run.body
    place = Place(run.module, run.function.qualname, lambda call: False)
    found: Fate | None = None
    for spot in spots_of(body) if body is not None else ():
        if _handles(spot):
            if isinstance(spot.statement, Raise):
                return None  # what is caught is raised again, or something else
            continue
        if not _may_raise(spot):
            continue
        held = fate(spot, ANY, place)
        if held is None or held.kind != "swallowed":
            return None
        found = found or held
    return found


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
    last = call.func.name if isinstance(call.func, Attr) else call.callee.rpartition(".")[2]
    return last in HARMLESS or call.callee.partition(".")[0] in LOGS
