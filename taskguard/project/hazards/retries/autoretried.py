"""Handlers of `MaxRetriesExceededError` in tasks that only `autoretry_for` has run again: it stands around the body (celery/app/autoretry.py, `run`), and raises nothing inside it."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Attr, Const, Ref
from taskguard.facts.questions import finds
from taskguard.facts.statements import Define, Raise, Try, With
from taskguard.patterns import regex
from taskguard.project.hazards.calls.dispatched import sending
from taskguard.project.hazards.calls.handling import Place, catches
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.retries.unreached import EXCEEDED, WAITING, for_it_alone, raises_again
from taskguard.project.python.flow import body_of, calls_of, is_plain, spots, spots_of
from taskguard.project.python.names import resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Called, Spot
    from taskguard.project.python.project import Module, Project

HANDLED = regex(r"except\b[^\n:]*\bMaxRetriesExceededError\b")
# The project raises it itself, or has classes of it.
RAISED = regex(r"raise\s+[\w.]*MaxRetriesExceededError|class\s+\w+\([^)]*MaxRetriesExceededError")
DEEPEST = 3
# The class of what `retry` raises when the retries are used up, and its bases.
FAMILY = frozenset((EXCEEDED, *"TaskError CeleryError Exception BaseException".split()))


class NeverRaised(Record):
    """A handler that nothing reaches, in the function that a task runs."""

    run: Run
    span: Span


def never_raised(module: Module) -> Iterator[NeverRaised]:
    """All in one file, by task."""
    project = module.project
    if not finds(project, module.path, HANDLED):
        return
    for run in runs_in(module):
        option = run.task.options.get("autoretry_for")
        if option is None or not option.value.known or not option.value.value or run.function.may_call("retry"):
            continue
        body = run.body
        place = Place(module, run.function.qualname, lambda _: False)
        for spot in spots_of(body) if body is not None else ():
            held = spot.statement
            handlers = [one for one in held.handlers if for_it_alone(one, place)] if isinstance(held, Try) else []
            handlers = [one for one in handlers if not raises_again(one)]
            if not handlers or not isinstance(held, Try) or body is None or _raised(project):
                continue
            caught = _raises_caught(body, held, place)
            calls = [one for one in calls_of(body) if _counts(one, held, caught)]
            if _is_opened(held) or not all(_is_clear(module, run.function.qualname, one, 0) for one in calls):
                continue
            for one in handlers:
                at = one.span
                yield NeverRaised(run, Span(at.line, at.column, at.line, at.column + len("except")))


def _raised(project: Project) -> bool:
    return any(finds(project, path, RAISED) for path in project.search(EXCEEDED))


def _counts(called: Called, held: Try, caught: bool) -> bool:
    """Whether a call plays a part: it stands in the `try` itself, or elsewhere where that raises what was `caught` before."""
    inside = [one.part for one in called.spot.around if one.statement is held]
    return inside[0] == "body" if inside else caught


def _raises_caught(body: Body, held: Try, place: Place) -> bool:
    """Whether something in the `try` raises an exception that was caught before, and may be that the retries are used up."""
    for spot in spots_of(body):
        one = spot.statement
        if isinstance(one, Raise) and any(each.statement is held and each.part == "body" for each in spot.around):
            value = one.value
            if (value is None or isinstance(value, Ref)) and not _is_another(spot, value, place):
                return True
    return False


def _is_another(spot: Spot, value: Expr | None, place: Place) -> bool:
    """Whether a value that is raised is what a handler around has caught, which catches surely nothing of retries."""
    for block in reversed(spot.around):
        if isinstance(block.statement, Try) and block.part == "handler":
            handler = block.statement.handlers[block.number]
            if value is None or (isinstance(value, Ref) and value.name == handler.name):
                return catches(handler.types, FAMILY, place)[0] is False
    return False


def _is_opened(held: Try) -> bool:
    """Whether a context manager or a function within may raise in its own way, or something is awaited or given."""
    return any(isinstance(spot.statement, With | Define) for spot in spots(held.body))


def _is_clear(module: Module, scope: str, called: Called, depth: int) -> bool:
    """Whether a call surely raises nothing of retries: it is none of Celery's, and waits for no task; so is all that it calls of the project."""
    call = called.call
    if called.later or (isinstance(call.func, Attr) and isinstance(call.func.of, Const)):
        return not called.later
    last = (call.func.name if isinstance(call.func, Attr) else call.callee).rpartition(".")[2]
    found = resolve(module, call.callee, scope) if call.callee else None
    if found is not None and found.kind == "external":
        return not found.path.startswith(("celery.", "billiard."))
    if sending(module, scope, call) is not None:
        return True
    if found is not None and found.kind == "symbol" and found.module is not None:
        function = found.module.function(found.path)
        if function is not None and is_plain(found.module, function):
            return _runs_clear(found.module, found.path, depth)
        klass = found.module.klass(found.path)
        if klass is not None:
            return not klass.decorators and not klass.methods and _is_exception(klass.bases)
        if function is not None:
            return False
    if found is not None and found.kind in ("local", "symbol") and "." not in call.callee:
        return False  # a variable that holds what is called
    if last == "get":
        first = call.args[0] if call.args else None
        return isinstance(first, Const) and isinstance(first.value, str)
    return bool(last) and last not in WAITING and last != "retry" and not _is_own_method(module.project, last)


def _is_exception(bases: tuple[object, ...]) -> bool:
    return all(isinstance(one, Ref) and one.name.endswith(("Exception", "Error")) for one in bases)


def _runs_clear(module: Module, qualname: str, depth: int) -> bool:
    function = module.function(qualname)
    body = body_of(module, function) if function is not None and depth < DEEPEST else None
    if body is None:
        return False
    if any(isinstance(spot.statement, With) for spot in spots_of(body)):
        return False
    return all(_is_clear(module, qualname, one, depth + 1) for one in calls_of(body))


def _is_own_method(project: Project, name: str) -> bool:
    """Whether a function or class of the project has that name: which of them is called cannot be told."""
    return any(
        finds(project, path, regex(rf"\b(?:def|class)\s+{re.escape(name)}\b")) for path in project.search(f" {name}")
    )
