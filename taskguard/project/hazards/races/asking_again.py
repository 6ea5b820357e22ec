"""Tasks that run again where the row that they are told of is not there yet: sent before the commit they find it in a later run."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Op, Ref
from taskguard.facts.statements import Try
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.hazards.retries.retries import agains
from taskguard.project.python.flow import below, bound_in, is_none, tests_of
from taskguard.project.python.values import Known, Name
from taskguard.project.registry.effective import effective_option
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.hazards.retries.retries import Again
    from taskguard.project.tasks.task import Task

# What Django and SQLAlchemy raise where a row is not there.
ABSENT = frozenset(("DoesNotExist", "ObjectDoesNotExist", "NoResultFound"))

LOOKS = frozenset("first get one_or_none scalar_one_or_none scalar".split())


@query
def asks_again(task: Task) -> bool:
    """Whether the runs of a task that do not find a row surely have it run again: `except Order.DoesNotExist: raise self.retry()`."""
    value = effective_option(task, "autoretry_for")
    held = value.value if isinstance(value, Known) else ()
    for one in held if isinstance(held, list | tuple) else ():
        if isinstance(one, Name) and one.dotted.rpartition(".")[2] in ABSENT:
            return True
    function = task.function
    if function is None or not function.called_ending(".retry"):
        return False
    run = next((one for one in runs_of(task.module, function.qualname) if one.task is task), None)
    return run is not None and any(_for_absence(run, one) for one in agains(run))


def _for_absence(run: Run, again: Again) -> bool:
    """Whether a call of `retry` stands in a handler of a row that is not there, or in a branch that is taken where nothing was found."""
    for block in again.spot.around:
        if isinstance(block.statement, Try) and block.part == "handler":
            types = block.statement.handlers[block.number].types or ()
            if any(isinstance(one, Ref) and one.name.rpartition(".")[2] in ABSENT for one in types):
                return True
    body = run.body
    return body is not None and any(
        came_true and _is_nothing_found(body, test) for test, came_true in tests_of(again.spot)
    )


def _is_nothing_found(body: Body, test: Expr) -> bool:
    """Whether a test asks for a name that a call which is given something of the run has bound: `if not job`, `if job is None`."""
    if isinstance(test, Op) and test.op == "not":
        asked = test.operands[0]
    elif isinstance(test, Op) and test.op in ("is", "==") and len(test.operands) == 2:
        asked, nothing = test.operands
        if not is_none(nothing):
            return False
    else:
        return False
    if not isinstance(asked, Ref) or "." in asked.name:
        return False
    made = [value for value, _ in bound_in(body, asked.name)]
    return bool(made) and all(isinstance(one, Call) and _looks_up(body, one) for one in made)


def _looks_up(body: Body, call: Call) -> bool:
    """Whether a call asks a manager, a query or a session for one row, by something that the run was given."""
    given = {one.name for one in body.params}
    return call.method in LOOKS and any(
        isinstance(one, Ref) and one.name.partition(".")[0] in given for one, _ in below(call)
    )
