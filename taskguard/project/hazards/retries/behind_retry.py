"""What stands behind a `retry` of its own task in the same block: `retry` raises, so that it is never run."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Ref
from taskguard.facts.statements import Define, Do, Jump, Let, Other, Raise, Return
from taskguard.project.hazards.retries.retries import raises, retrying
from taskguard.project.hazards.retries.smothered import LOGS
from taskguard.project.python.flow import below, blocks, calls_of, spots_of
from taskguard.project.registry.effective import base_attributes
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Statement
    from taskguard.project.hazards.calls.runs import Run

# Words in what writes a log, or counts something for one: `current_app.logger.error`, `capture_exception`, `metrics.incr`.
SAYING = frozenset((*(one.lower() for one in LOGS), "capture_exception", "capture_message"))
LEVELS = frozenset("debug info warning warn error exception critical".split())


class Behind(Record):
    """Work that is never done: the first statement of it, and the `retry` before."""

    first: Statement
    retry: Call


def behind_retries(run: Run) -> Iterator[Behind]:
    """All in the body of one task, one for each block."""
    if not run.function.may_call("retry"):
        return
    body = run.body
    if body is None or body.is_async or body.is_generator or "retry" in base_attributes(run.task):
        return
    retries = retrying(run.module, run.function.qualname, frozenset((run.own,)) - {""})
    calls = {one.call.span: one for one in calls_of(body) if not one.later and retries(one.call) and raises(one)}
    if not calls:
        return
    for block in (body.statements, *(held for spot in spots_of(body) for _, held in blocks(spot.statement))):
        for place, one in enumerate(block):
            call = one.expr if isinstance(one, Do) else one.value if isinstance(one, Let) else None
            if isinstance(call, Call) and call.span in calls:
                work = [each for each in block[place + 1 :] if _works(each)]
                if work:
                    yield Behind(work[0], call)
                break


def _works(one: Statement) -> bool:
    """Whether a statement, or one in it, does something that somebody wants done, and is more than a word for who reads the code or a log."""
    if isinstance(one, Return | Raise | Jump | Other | Define):
        return False
    if isinstance(one, Let) and not all(isinstance(target, Ref) and "." not in target.name for target in one.targets):
        return True
    if isinstance(one, Do) and _says(one.expr):
        return False
    if isinstance(one, Do) and any(isinstance(each, Call) for each, _ in below(one.expr)):
        return True
    return any(_works(each) for _, held in blocks(one) for each in held)


def _says(expr: Expr) -> bool:
    """Whether an expression does nothing but write a log, or tell a person."""
    if not isinstance(expr, Call):
        return False
    name = expr.func.name if isinstance(expr.func, Attr) else expr.callee
    words = name.lower().split(".")
    return words[-1] in LEVELS or not SAYING.isdisjoint(words)
