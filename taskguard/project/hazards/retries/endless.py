"""Tasks that run again for ever: no limit to their retries, for exceptions that do not pass by themselves."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Ref
from taskguard.facts.statements import If, Try
from taskguard.project.hazards.calls.handling import Place, catches, swallowed_kinds
from taskguard.project.hazards.calls.runs import Run
from taskguard.project.hazards.retries.retries import agains, retrying
from taskguard.project.python.flow import below, expressions, spots_of
from taskguard.project.python.values import Known, Name
from taskguard.project.registry.annotations import option_in_force
from taskguard.project.registry.effective import base_files, effective_option
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.hazards.retries.retries import Again
    from taskguard.project.python.values import Value
    from taskguard.project.tasks.task import Task

# Exceptions of mistakes in the code or in the arguments: the next run ends in the same way.
LASTING = frozenset(
    "Exception BaseException ArithmeticError AssertionError AttributeError ImportError IndexError KeyError LookupError ModuleNotFoundError"
    " NameError NotImplementedError SyntaxError TypeError UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError".split()
)


class Endless(Record):
    """What has a task run again without a limit. `what` names the exceptions; `line` is that of the call of `retry`, 0 for `autoretry_for`."""

    what: str
    line: int
    files: tuple[str, ...]


def endless(run: Run) -> Iterator[Endless]:
    """Why a task may run again for ever: the first reason."""
    task = run.task
    if not _unlimited(task):
        return
    files = base_files(task)
    for name in _named(effective_option(task, "autoretry_for")):
        if name in LASTING:
            yield Endless(name, 0, files)
            return
    if not run.function.called_ending(".retry"):
        return
    body = run.body
    if body is None or _counts(body):
        return
    own = frozenset((run.own,)) - {""}
    place = Place(run.module, run.function.qualname, retrying(run.module, run.function.qualname, own))
    for again in agains(run):
        what = _handled(again, place) if not again.helper and not _limited(again.call) else ""
        if what:
            yield Endless(what, again.call.span.line, files)
            return


def _unlimited(task: Task) -> bool:
    """Whether `max_retries=None` is what holds: `retry_kwargs` beats it."""
    value = option_in_force(task, "max_retries")
    given = _limit_of_kwargs(effective_option(task, "retry_kwargs"))
    if given is not None:
        return False
    return isinstance(value, Known) and value.value is None


def _limit_of_kwargs(value: Value) -> object:
    """What `retry_kwargs` gives for `max_retries`: None where it gives none, or None; something where it cannot be told."""
    if value.absent:
        return None
    if not isinstance(value, Known):
        return value
    held = value.value
    return held.get("max_retries") if isinstance(held, dict) else None


def _named(value: Value) -> tuple[str, ...]:
    held = value.value if isinstance(value, Known) else ()
    return tuple(
        one.last
        for one in (held if isinstance(held, list | tuple) else ())
        if isinstance(one, Name) and one.dotted.startswith("builtins.")
    )


def _counts(body: Body) -> bool:
    """Whether the body asks how often it has run: it has a limit of its own."""
    for spot in spots_of(body, inner=True):
        for expr in expressions(spot.statement):
            for one, _ in below(expr):
                if isinstance(one, Ref) and (
                    one.name.endswith("request.retries") or ".request.delivery_info" in one.name
                ):
                    return True
    return False


def _limited(call: Call) -> bool:
    given = call.keyword("max_retries")
    known = isinstance(given, Const) and given.value is None
    return (given is not None and not known) or any(one.name is None for one in call.keywords)


def _handled(again: Again, place: Place) -> str:
    """How the handler reads in which a call of `retry` stands, where it catches what does not pass; empty where it is another, or asks what it has caught."""
    for number in range(len(again.spot.around) - 1, -1, -1):
        block = again.spot.around[number]
        held = block.statement
        if isinstance(held, Try) and block.part == "handler":
            handler = held.handlers[block.number]
            lasting, _ = catches(handler.types, LASTING, place)
            inside = again.spot.around[number + 1 :]
            asks = any(isinstance(one.statement, If) for one in inside)
            return swallowed_kinds(handler) if lasting and not asks else ""
    return ""
