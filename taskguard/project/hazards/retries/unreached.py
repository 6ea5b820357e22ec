"""Handlers of `MaxRetriesExceededError` around a `retry(exc=…)`, which never raises it, or beside the handler that calls `retry`."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Attr, Call, Op, Ref
from taskguard.facts.statements import Define, Handler, If, Raise, Try, With
from taskguard.project.hazards.calls.handling import Place, catches
from taskguard.project.hazards.retries.retries import helpers, retrying
from taskguard.project.hazards.retries.smothered import cannot_fail
from taskguard.project.python.flow import below, bound_in, calls_of, spots_of, tests_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Around, Called, Spot

EXCEEDED = "MaxRetriesExceededError"
# Results of other tasks raise what these raised.
WAITING = frozenset(("get", "join", "join_native", "collect", "wait", "maybe_throw", "maybe_reraise", "apply", "run"))
# Words of what a project counts its attempts by.
COUNTS = frozenset("attempt attempts retry retries tries".split())


class Unreached(Record):
    """A handler that a `retry` does not reach. `given` is the name of the exception that it is given, empty where it stands in a handler of the same `try`."""

    span: Span
    retry: Call
    given: str


def unreached(run: Run) -> Iterator[Unreached]:
    """All in one task, each handler once."""
    function = run.function
    if not function.may_call("retry"):
        return
    body = run.body
    if body is None or _asks_before(body):
        return
    own = frozenset((run.own,)) - {""}
    place = Place(run.module, function.qualname, retrying(run.module, function.qualname, own))
    for spot in spots_of(body):
        held = spot.statement
        if isinstance(held, Try) and not _counted(spot) and not _in_idle_handler(spot, body):
            yield from _in_try(held, run, place, body, spot.around)


def _asks_before(body: Body) -> bool:
    """Whether a test in the body asks how often it was tried, also by a name for the answer: what the handler was to do is done there."""
    tests = (test for spot in spots_of(body) if isinstance(spot.statement, If) for test, _ in spot.statement.branches)
    return any(
        _is_retries(held)
        for test in tests
        for one, _ in below(test)
        if isinstance(one, Ref)
        for held in (
            one,
            *(each for value, _ in bound_in(body, one.name) if value is not None for each, _ in below(value)),
        )
    )


def _is_retries(expr: Expr) -> bool:
    return isinstance(expr, Ref) and expr.name.endswith("request.retries")


def _in_idle_handler(spot: Spot, body: Body) -> bool:
    """Whether a statement stands in a handler of a `try` in which nothing may fail."""
    return any(
        isinstance(one.statement, Try) and one.part == "handler" and cannot_fail(body, one.statement)
        for one in spot.around
    )


def _counted(spot: Spot) -> bool:
    """Whether a test around compares a number of attempts that the project counts itself (`if row.attempts < 3:`): where it fails, what stands behind is done all the same."""
    return any(
        isinstance(one, Op)
        and one.op in ("<", "<=", ">", ">=", "==", "!=")
        and any(isinstance(part, Ref) and _is_count(part.name) for part, _ in below(one))
        for test, came_true in tests_of(spot)
        if came_true
        for one, _ in below(test)
    )


def _is_count(name: str) -> bool:
    return not COUNTS.isdisjoint(name.rpartition(".")[2].lower().split("_"))


def _in_try(held: Try, run: Run, place: Place, body: Body, around: tuple[Around, ...]) -> Iterator[Unreached]:
    for handler in held.handlers:
        if not for_it_alone(handler, place) or raises_again(handler):
            continue
        calls = [one for one in calls_of(body) if _stands_in(one, held)]
        retries = [one for one in calls if place.retries(one.call) and not one.later]
        given = [_given(one.call, around, place) for one in retries]
        if not all(given) or _others(calls, run, place) or _managed(held):
            continue
        span = Span(handler.span.line, handler.span.column, handler.span.line, handler.span.column + len("except"))
        if retries:
            yield Unreached(span, retries[0].call, given[0])
        else:
            beside = next(
                (one for one in calls_of(body) if place.retries(one.call) and _stands_beside(one, held)), None
            )
            if beside is not None:
                yield Unreached(span, beside.call, "")


def for_it_alone(handler: Handler, place: Place) -> bool:
    """Whether a handler is there for nothing but what `retry` raises when the retries are used up."""
    types = handler.types
    return bool(types) and all(
        catches((one,), frozenset((EXCEEDED,)), place)[0] or _by_task(one) for one in types or ()
    )


def raises_again(handler: Handler) -> bool:
    """Whether a handler does nothing but raise what it caught: it makes no difference whether it is reached."""
    return all(isinstance(one, Raise) and _is_caught(one.value, handler.name) for one in handler.body)


def _is_caught(value: Expr | None, name: str) -> bool:
    """Whether what is raised is what was caught: `raise`, `raise error`."""
    return value is None or (isinstance(value, Ref) and value.name == name)


def _by_task(one: object) -> bool:
    """`self.MaxRetriesExceededError`"""
    return isinstance(one, Ref) and one.name.rpartition(".")[2] == EXCEEDED


def _stands_in(called: Called, held: Try) -> bool:
    """Whether a call stands in the body of the `try` itself."""
    return any(one.statement is held and one.part == "body" for one in called.spot.around)


def _stands_beside(called: Called, held: Try) -> bool:
    """Whether a call stands in a handler of the `try`, and in no `try` of its own there: what it raises is caught further out, if at all."""
    around = called.spot.around
    if called.later:
        return False
    for number, one in enumerate(around):
        if one.statement is held:
            inner = (each.statement for each in around[number + 1 :])
            return one.part == "handler" and not any(isinstance(each, Try | Define) for each in inner)
    return False


def _given(call: Call, around: tuple[Around, ...], place: Place) -> str:
    """The name of the exception that a `retry` gives, where a handler around the `try` has bound it and it is none of retries; empty otherwise."""
    given = call.keyword("exc") or (call.args[2] if len(call.args) > 2 else None)
    if not isinstance(given, Ref) or any(one.name is None for one in call.keywords):
        return ""
    for block in reversed(around):
        held = block.statement
        if isinstance(held, Define):
            return ""
        if not isinstance(held, Try) or block.part != "handler":
            continue
        handler = held.handlers[block.number]
        if handler.name == given.name:
            told = catches(handler.types, frozenset((EXCEEDED,)), place)
            return given.name if told[0] is False or _wide(handler, place) else ""
    return ""


def _wide(handler: Handler, place: Place) -> bool:
    """Whether a handler names `Exception` or the like: what it catches is rarely that retries are used up."""
    return (
        handler.types is not None
        and catches(handler.types, frozenset(("Exception", "BaseException")), place)[0] is True
    )


def _others(calls: list[Called], run: Run, place: Place) -> bool:
    """Whether something else in the `try` may raise that retries are used up: a result that is waited for, a function that has the task, a helper."""
    known = helpers(run.module.project)
    for one in calls:
        func = one.call.func
        last = (func.name if isinstance(func, Attr) else one.call.callee).rpartition(".")[2]
        if place.retries(one.call):
            continue
        if last in WAITING or last in known or any(run.own and _is_own(arg, run.own) for arg in one.call.args):
            return True
    return False


def _is_own(arg: object, own: str) -> bool:
    return isinstance(arg, Ref) and arg.name.partition(".")[0] == own


def _managed(held: Try) -> bool:
    """Whether a context manager in the body may raise in its own way."""
    return any(isinstance(one, With) for one in held.body)
