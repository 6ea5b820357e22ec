"""Bodies of tasks that wait for the result of another task."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Ref
from taskguard.facts.statements import Loop
from taskguard.patterns import regex
from taskguard.project.hazards.bodies.task_results import Results, waiting
from taskguard.project.hazards.bodies.waiting_helpers import waits_by_others
from taskguard.project.hazards.calls.runs import Run
from taskguard.project.hazards.limits.worker_pools import GREEN, pools_of
from taskguard.project.python.flow import below, body_about, expressions, parts_of, spots
from taskguard.project.python.text_questions import finds_within
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Where a body says a queue, what it waits for may have workers of its own.
QUEUED = regex(r"\bqueue\s*=")
APART = "what it waits for is sent to a queue of its own, which other workers may read"
POLLS = regex(r"\.\s*ready\s*\(\s*\)|\.\s*(?:state|status)\b")
STATES = ("state", "status")
POLLING = (*STATES, "ready", "sleep")


class Wait(Record):
    """A call that waits. `at` is where the body has it done: the call itself, or that of a function which does it, the one of the file `path`.

    `doubt` says why it may be in order; `polls`: it asks again and again, and Celery does not mind.
    """

    call: Call
    at: Call
    path: str
    doubt: str = ""
    polls: bool = False


def waits(run: Run) -> Iterator[Wait]:
    """The places of a body that wait for another task."""
    helped = (Wait(call, at, path) for call, at, path in waits_by_others(run))
    found = [*_own(run), *helped, *_polled(run)]
    doubt = "with gevent and eventlet a task may wait" if found and pools_of(run.task) & GREEN else ""
    yield from (one.replace(doubt=doubt or one.doubt) for one in found)


def _own(run: Run) -> Iterator[Wait]:
    for call in waiting(run.module, run.function):
        yield Wait(call, call, run.module.path)


def _polled(run: Run) -> Iterator[Wait]:
    """Loops that go round until a result is there: `while not result.ready(): sleep(1)`, `while result.state not in DONE: sleep(1)`."""
    module, function = run.module, run.function
    if function.is_async or not finds_within(module.project, module.path, function, POLLS):
        return
    body = body_about(module, function, POLLING)
    for spot, expr, within in parts_of(body) if body is not None else ():
        asked = _asked(expr)
        if asked is None or body is None:
            continue
        loops = [
            one for one in (*(around.statement for around in spot.around), spot.statement) if isinstance(one, Loop)
        ]
        until = any(one.kind == "while" and _sleeps(one) for one in loops)
        if until and Results(module, function.qualname, body).is_result(asked, within):
            call = expr if isinstance(expr, Call) else Call(expr, (), (), expr.span)
            own = finds_within(module.project, module.path, function, QUEUED)
            yield Wait(call, call, module.path, APART if own else "", polls=True)
            return


def _asked(expr: Expr) -> Expr | None:
    """What is asked whether it is there: `result` of `result.ready()` and `result.state`."""
    if isinstance(expr, Call):
        func = expr.func
        if isinstance(func, Attr):
            return func.of if func.name == "ready" else None
        head, _, method = expr.callee.rpartition(".")
        return Ref(head, expr.span) if head and method == "ready" else None
    return state_of(expr)


def state_of(expr: Expr) -> Expr | None:
    """What is asked for its state: `result` of `result.state`."""
    if isinstance(expr, Attr):
        return expr.of if expr.name in STATES else None
    head, _, last = expr.name.rpartition(".") if isinstance(expr, Ref) else ("", "", "")
    return Ref(head, expr.span) if head and last in STATES else None


def _sleeps(loop: Loop) -> bool:
    """Whether a loop sleeps in each round, as one does that waits."""
    calls = [
        one.callee.rpartition(".")[2]
        for spot in spots(loop.body)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
        if isinstance(one, Call)
    ]
    return "sleep" in calls
