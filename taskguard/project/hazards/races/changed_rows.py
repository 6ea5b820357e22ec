"""Tasks that are told of a row of SQLAlchemy which the function has changed and commits only later: the worker may read what was there before, and the commit
may undo what it has written."""

from __future__ import annotations

import re

from taskguard.facts.model import Attr, Call, Ref
from taskguard.facts.statements import Let
from taskguard.project.hazards.database.sessions import is_session, leads, named_in
from taskguard.project.hazards.database.transactions import Open
from taskguard.project.python.flow import below, body_of, bound_in, calls_of, spots_of
from taskguard.project.python.text_questions import finds_within
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Function
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.dispatched import Sent
    from taskguard.project.python.flow import Called, Spot
    from taskguard.project.python.project import Module

READING = frozenset("get get_one query scalar scalars execute exec".split())


class _Change(Record):
    row: str
    attribute: str
    spot: Spot


def changed(module: Module, function: Function, sent: Sent) -> Open | None:
    """The commit of what a function has set on a row before it tells a task of it, where the task's function reads or sets the same attribute."""
    body = body_of(module, function) if not sent.called.later and function.called_ending(".commit") else None
    task = sent.task.function if sent.task is not None else None
    if body is None or task is None or sent.task is None:
        return None
    calls = [one for one in calls_of(body) if not one.later]
    for one in _changes(body, named_in(sent.called.call)):
        session = _session_of(body, one.row)
        if not session or not _stands_around(one.spot, sent.called):
            continue
        commit = _committed_after(calls, one, sent.called, session)
        asked = re.compile(rf"\.{re.escape(one.attribute)}\b")
        if commit is not None and finds_within(sent.task.module.project, sent.task.module.path, task, asked):
            return Open("session", module.path, commit.call.span.line, f"the transaction of `{session}`")
    return None


def _changes(body: Body, rows: set[str]) -> Iterator[_Change]:
    for spot in spots_of(body):
        one = spot.statement
        for target in one.targets if isinstance(one, Let) else ():
            if isinstance(target, Attr) and isinstance(target.of, Ref):
                row, attribute = target.of.name, target.name
            elif isinstance(target, Ref):
                row, _, attribute = target.name.rpartition(".")
            else:
                continue
            if row in rows and "." not in row and attribute:
                yield _Change(row, attribute, spot)


def _session_of(body: Body, row: str) -> str:
    """The session that a local name has been read by, where it is bound once."""
    values = [value for value, _ in bound_in(body, row)]
    if len(values) != 1 or values[0] is None:
        return ""
    found = {_asked(one) for one, _ in below(values[0]) if isinstance(one, Call)} - {""}
    return found.pop() if len(found) == 1 else ""


def _asked(call: Call) -> str:
    session, _, method = call.callee.rpartition(".")
    return session if method in READING and is_session(session) else ""


def _stands_around(change: Spot, sent: Called) -> bool:
    """Whether each way to a call that sends passes a change."""
    around = [(id(one.statement), one.part, one.number) for one in sent.spot.around]
    return all((id(one.statement), one.part, one.number) in around for one in change.around)


def _committed_after(calls: list[Called], change: _Change, sent: Called, session: str) -> Called | None:
    """The commit that comes only after the call that sends, with nothing before it that may have committed the change."""
    here = change.spot.statement.span
    for one in calls:
        at = one.call.span
        if at.line <= here.end_line:
            continue
        last = one.call.callee.rpartition(".")[2]
        if at < sent.call.span:
            if one.call.callee == f"{session}.flush" or _is_within(one.call, sent.call):
                continue
            if "commit" in last or "begin" in last or any(_hands(arg, session, change.row) for arg in _given(one.call)):
                return None
        elif one.call is not sent.call and one.call.callee == f"{session}.commit":
            return one if leads(one, sent) else None
    return None


def _is_within(call: Call, sent: Call) -> bool:
    return sent.span.line <= call.span.line and call.span.end_line <= sent.span.end_line


def _given(call: Call) -> tuple[Expr, ...]:
    return (*call.args, *(one.value for one in call.keywords))


def _hands(expr: Expr, session: str, row: str) -> bool:
    """Whether an argument is the session or the row: who is given them may commit."""
    return isinstance(expr, Ref) and expr.name in (session, row)
