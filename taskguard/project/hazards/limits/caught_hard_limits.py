"""Handlers of `TimeLimitExceeded` in the bodies of tasks: the hard limit is none of theirs. The parent kills the process that runs the task, and writes the exception
into the result (celery/worker/request.py, `on_timeout`); nothing is raised in the body, in no pool."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Const
from taskguard.facts.questions import finds
from taskguard.facts.statements import Try
from taskguard.patterns import regex
from taskguard.project.hazards.calls.handling import SOFT_LIMIT, Place, catches
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.retries.unreached import WAITING, raises_again
from taskguard.project.python.flow import calls_of, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import finds_within
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call
    from taskguard.facts.statements import Body, Handler
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.project import Module, Project

HARD_LIMIT = "TimeLimitExceeded"
HANDLED = regex(r"except\b[^\n:]*(?<!\w)TimeLimitExceeded\b")
# The project raises or sets it itself, has classes of it, or pools of processes of its own.
RAISED = regex(
    r"(?:raise|exc\s*=)\s*(?:[\w.]*\.)?TimeLimitExceeded\b|class\s+\w+\([^)]*(?<!\w)TimeLimitExceeded\b"
    r"|\bimport\s+billiard\b|\bfrom\s+billiard\s+import\b|\bbilliard\.(?!exceptions\b)\w|\bset_exception\("
)
# Who waits for the result of another task gets what ended that.
AWAITED = regex(
    r"\.(?:get|join|join_native|collect|wait|wait_for|maybe_throw|maybe_reraise)\(\s*(?:\)|\w+\s*=)|\ballow_join_result\b"
)
SENDS = (".delay(", ".apply_async(", ".send_task(", "AsyncResult(", "GroupResult", "ResultSet(")


class CaughtLimit(Record):
    """A handler of the hard limit in the function that a task runs."""

    run: Run
    span: Span


def caught_hard_limits(module: Module) -> Iterator[CaughtLimit]:
    """All in one file, by task."""
    project = module.project
    if not finds(project, module.path, HANDLED):
        return
    for run in runs_in(module):
        # Nothing else of a file is parsed for it.
        body = run.body if finds_within(project, module.path, run.function, HANDLED) else None
        place = Place(module, run.function.qualname, lambda _: False)
        for spot in spots_of(body) if body is not None else ():
            held = spot.statement
            if not isinstance(held, Try) or body is None or any(_catches_soft(one, place) for one in held.handlers):
                continue
            for one in held.handlers:
                if (
                    _for_it_alone(one, place)
                    and not raises_again(one)
                    and not _waits(module, place.scope, body, held)
                    and not _may_come(project)
                ):
                    at = one.span
                    yield CaughtLimit(run, Span(at.line, at.column, at.line, at.column + len("except")))


def _for_it_alone(handler: Handler, place: Place) -> bool:
    types = handler.types
    return bool(types) and all(catches((one,), frozenset((HARD_LIMIT,)), place)[0] for one in types or ())


def _catches_soft(handler: Handler, place: Place) -> bool:
    """Whether a handler catches what the soft limit raises, which comes first: it does what is to be done."""
    return (
        handler.types is not None
        and catches(handler.types, SOFT_LIMIT - {"Exception", "BaseException"}, place)[0] is not False
    )


def _waits(module: Module, scope: str, body: Body, held: Try) -> bool:
    """Whether something in the `try` may wait for the result of another task."""
    return any(
        one.call.method in WAITING and not _is_another(module, scope, one.call)
        for one in calls_of(body)
        if any(each.statement is held and each.part == "body" for each in one.spot.around)
    )


def _is_another(module: Module, scope: str, call: Call) -> bool:
    """Whether a call is surely that of another library, or asks for a row or a key: `subprocess.run(…)`, `Report.objects.get(pk=pk)`, `data.get("name")`."""
    found = resolve(module, call.callee, scope) if call.callee else None
    if found is not None and found.kind == "external":
        return not found.path.startswith(("celery.", "billiard."))
    key = call.args[0] if call.args else None
    return call.method == "get" and (
        ".objects." in call.callee or (isinstance(key, Const) and isinstance(key.value, str))
    )


@query
def _may_come(project: Project) -> bool:
    """Whether code of the project may raise it, or get it from the result of another task."""
    raising = project.search(HARD_LIMIT, "billiard", "set_exception(")
    return any(not in_tests(one) and finds(project, one, RAISED) for one in raising) or any(
        not in_tests(one) and finds(project, one, AWAITED) for one in project.search(*SENDS)
    )
