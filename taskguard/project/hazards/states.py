"""What a run leaves on its task, which serves all runs of a process."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Const, Expr, Ref, Seq
from taskguard.facts.questions import finds
from taskguard.facts.statements import If, Let, Loop, Match, Statement, Try
from taskguard.project.hazards.runs import Run
from taskguard.project.python.flow import below, calls_of, expressions, spots, spots_of
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Project

    StateKind = Literal["option", "counted", "left", "filled"]

# Attributes that Celery reads of the task at each run or retry.
OPTIONS = frozenset(
    "max_retries default_retry_delay rate_limit ignore_result acks_late time_limit soft_time_limit queue priority serializer expires"
    " autoretry_for retry_backoff retry_kwargs throws track_started name backend routing_key exchange reject_on_worker_lost".split()
)


FILLING = frozenset(("append", "extend", "insert"))


class State(Record):
    """A statement that changes the task. `kind` is `option` (one of Celery's), `counted` (added to), or `left` (set in some runs, read in all), or `filled` (a list of the class that runs add to)."""

    kind: StateKind
    name: str
    span: Span


def states(run: Run) -> Iterator[State]:
    """What the body of a task sets on the task: each attribute once."""
    own = run.own
    lists = _lists(run)
    if not own or not (
        lists
        or any(
            isinstance(one.target, Ref) and one.target.name.startswith(f"{own}.")
            for one in run.module.places.assigns_in(run.function.qualname)
        )
    ):
        return
    body = run.body
    if body is None:
        return
    asked = _asked(body, own)
    always = _always(body.statements, own)
    seen: set[str] = set()
    for spot in spots_of(body):
        one = spot.statement
        if not isinstance(one, Let):
            continue
        for target in one.targets:
            name = target.name if isinstance(target, Ref) else ""
            head, _, attribute = name.partition(".")
            if head != own or not attribute or "." in attribute or name in seen or attribute in asked:
                continue
            kind = _kind(one, spot, attribute, name, body, always)
            if kind is not None:
                seen.add(name)
                yield State(kind, name, target.span)
    for called in calls_of(body) if lists else ():
        name, _, method = called.call.callee.rpartition(".")
        head, _, attribute = name.partition(".")
        if head == own and method in FILLING and attribute in lists - asked and name not in seen:
            seen.add(name)
            yield State("filled", name, called.call.span)


def _lists(run: Run) -> frozenset[str]:
    """The empty lists of a task's class to which its body adds, and which nothing in the project empties or sets anew."""
    klass, module = run.task.klass, run.module
    if klass is None or run.task.form != "class" or not run.own:
        return frozenset()
    added = {
        name.split(".")[1]
        for name in run.function.calls
        if name.count(".") == 2 and name.startswith(f"{run.own}.") and name.rpartition(".")[2] in FILLING
    }
    empty = {
        one.name
        for one in klass.attributes
        if one.name in added and isinstance(one.value, Seq) and not one.value.items and one.value.kind == "list"
    }
    return frozenset(one for one in empty if not _emptied(module.project, one))


@query
def _emptied(project: Project, name: str) -> bool:
    """Whether something empties an attribute of that name, sets it, or hands it out."""
    pattern = re.compile(rf"\.{name}\s*(?::[^=\n]+)?=(?!=)|\.{name}(?:\.(?:clear|pop|remove)\b|\s*\[)|[\"']{name}[\"']")
    return not project.can_search or any(finds(project, path, pattern) for path in project.search(name))


def _kind(one: Let, spot: Spot, attribute: str, name: str, body: Body, always: frozenset[str]) -> StateKind | None:
    if attribute in OPTIONS:
        return "option"
    if one.op != "=":
        return None if _set_before(body, spot, name) else "counted"
    return "left" if name not in always and _read_elsewhere(body, one, name) else None


def _asked(body: Body, own: str) -> frozenset[str]:
    """The attributes of the task of which the body asks whether they are there, or are None: those are kept on purpose."""
    made: set[str] = set()
    for spot in spots_of(body, inner=True):
        one = spot.statement
        tests = (
            [test for test, _ in one.branches] if isinstance(one, If) else [one.head] if isinstance(one, Loop) else []
        )
        for test in (*tests, *(expr for expr in expressions(one))):
            for expr, _ in below(test):
                if isinstance(expr, Call) and expr.callee in ("hasattr", "getattr", "setattr", "delattr"):
                    made.update(
                        one.value for one in expr.args[1:2] if isinstance(one, Const) and isinstance(one.value, str)
                    )
                elif isinstance(expr, Ref) and test in tests and expr.name.startswith(f"{own}."):
                    made.add(expr.name.split(".")[1])
    return frozenset(made)


def _always(statements: tuple[Statement, ...], own: str) -> frozenset[str]:
    """What the body sets on every way that leads on, at its own level: later reads find this run's value."""
    made: set[str] = set()
    for one in statements:
        if isinstance(one, Let) and one.op == "=":
            made.update(target.name for target in one.targets if isinstance(target, Ref))
        elif isinstance(one, Try):
            made |= _always(one.body, own) | _always(one.final, own)
        elif isinstance(one, If | Match):
            blocks = [block for _, block in one.branches] if isinstance(one, If) else list(one.cases)
            ends = [_always(block, own) for block in (*blocks, one.orelse if isinstance(one, If) else ())]
            made |= frozenset.intersection(*ends)
        elif hasattr(one, "body") and not isinstance(one, Loop):
            made |= _always(one.body, own)
    return frozenset(made)


def _set_before(body: Body, spot: Spot, name: str) -> bool:
    """Whether something above sets the attribute anew, in whichever branch."""
    line = spot.statement.span.line
    return any(
        isinstance(one.statement, Let)
        and one.statement.op == "="
        and one.statement.span.line < line
        and any(isinstance(target, Ref) and target.name == name for target in one.statement.targets)
        for one in spots_of(body)
    )


def _read_elsewhere(body: Body, one: Let, name: str) -> bool:
    """Whether the body reads the attribute in another block than that which sets it."""
    setting = _block_of(body.statements, one)
    for spot in spots_of(body, inner=True):
        for expr in _read(spot.statement):
            for inner, _ in below(expr):
                reads = isinstance(inner, Ref) and (inner.name == name or inner.name.startswith(f"{name}."))
                if reads and not any(inner is held for held in setting):
                    return True
    return False


def _read(statement: Statement) -> tuple[Expr, ...]:
    return (statement.value,) if isinstance(statement, Let) else expressions(statement)


def _block_of(statements: tuple[Statement, ...], one: Statement) -> list[Expr]:
    """The expressions of the block that a statement stands in, blocks within among them."""
    for spot in spots(statements):
        if spot.statement is one:
            block = _held(spot)
            return [
                inner for each in spots(block, inner=True) for expr in _read(each.statement) for inner, _ in below(expr)
            ]
    return []


def _held(spot: Spot) -> tuple[Statement, ...]:
    from taskguard.project.python.flow import blocks

    around = spot.around[-1]
    return next((block for held, block in blocks(around.statement) if held == around), ())
