"""Calls of the project's own functions in the bodies of tasks whose arguments do not fit: each run ends there with a TypeError."""

from __future__ import annotations

from taskguard.project.hazards.callees import function_called
from taskguard.project.hazards.fitting import misfits
from taskguard.project.hazards.handed import direct
from taskguard.project.hazards.handling import is_caught
from taskguard.project.python.flow import calls_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call, Param
    from taskguard.project.hazards.callees import Target
    from taskguard.project.hazards.fitting import Misfit
    from taskguard.project.hazards.runs import Run

# Who catches one of these expects that the call may fail.
EXPECTED = frozenset(("TypeError",))


class Unfitting(Record):
    """A call that does not fit the function which it runs, and what is wrong."""

    call: Call
    of: Target
    faults: tuple[Misfit, ...]


def unfitting(run: Run) -> Iterator[Unfitting]:
    """All of them in the function of a task."""
    module, scope, body = run.module, run.function.qualname, run.body
    params = {one.name for one in run.function.params}
    for called in calls_of(body) if body is not None else ():
        call = called.call
        if called.later or call.callee.partition(".")[0] in params or is_caught(called.spot, EXPECTED) or body is None:
            continue
        of = function_called(module, scope, call, body)
        taken = _taken(of) if of is not None else None
        if of is None or taken is None:
            continue
        faults = misfits(taken, direct(module, scope, call))
        if faults:
            yield Unfitting(call, of, faults)


def _taken(of: Target) -> tuple[Param, ...] | None:
    """The parameters that a caller fills; None where a method has none for its object, which is another mistake."""
    params = of.function.params
    if not of.given:
        return params
    return params[1:] if params and params[0].kind in ("positional", "both") else None
