"""Tasks that are sent at the end of a transaction with finished texts alone: neither the commit nor its failure changes what they do."""

from __future__ import annotations

from taskguard.facts.model import Attr, Const, Expr, Ref
from taskguard.facts.statements import Loop, Raise, With
from taskguard.project.hazards.database.written import KEYS, is_prose, written_in
from taskguard.project.python.flow import below, body_of, calls_of, expressions, spots_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.project.hazards.calls.dispatched import Sent
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

LOGS = frozenset("logger logging log LOG LOGGER print".split())
# What reads rows: managers of Django, sessions of SQLAlchemy, and what takes the place of both.
READS = frozenset(
    "objects all_objects _default_manager _base_manager session query execute cursor scalar scalars raw get_object_or_404 get_user_model"
    " refresh_from_db get_model using db".split()
)


def is_finished(module: Module, function: Function, sent: Sent) -> bool:
    """Whether a task is sent as the last thing in a `with` block, is given prose and no key of a row, and reads none by itself."""
    task, call = sent.task, sent.called.call
    if task is None or not _is_last(module, function, sent.called) or not _reads_nothing(task):
        return False
    given = [*call.args, *(one.value for one in call.keywords)]
    rows = written_in(module, function.qualname)
    return any(map(_is_text, given)) and not any(_may_be_key(one, rows) for one in given if not _is_text(one))


def _is_last(module: Module, function: Function, called: Called) -> bool:
    """Whether nothing is called behind a call, logs aside, before the `with` block around it ends."""
    blocks = [block.statement for block in called.spot.around]
    place = max((number for number, one in enumerate(blocks) if isinstance(one, With)), default=-1)
    body = body_of(module, function)
    if place < 0 or body is None or any(isinstance(one, Loop) for one in blocks[place:]):
        return False
    block = blocks[place]
    behind = [one for one in spots_of(body) if isinstance(one.statement, Raise)]
    if any(
        one.statement.span > called.call.span and any(held.statement is block for held in one.around) for one in behind
    ):
        return False
    return not any(
        one.call.span > called.call.span
        and one.call.callee.partition(".")[0] not in LOGS
        and any(held.statement is block for held in one.spot.around)
        and not any(one.call is part for part, _ in below(called.call))
        for one in calls_of(body)
    )


def _is_text(expr: Expr) -> bool:
    return is_prose(expr) or (isinstance(expr, Const) and isinstance(expr.value, str) and " " in expr.value)


def _may_be_key(expr: Expr, rows: frozenset[str]) -> bool:
    """Whether a value is a row, or called like what tells one from others."""
    return any(
        isinstance(one, Ref)
        and (one.name in rows or not KEYS.isdisjoint(one.name.rpartition(".")[2].lower().split("_")))
        for one, _ in below(expr)
    )


@query
def _reads_nothing(task: Task) -> bool:
    """Whether what a task does by itself has no word of rows in it."""
    body = body_of(task.home, task.function) if task.function is not None else None
    return body is not None and not any(
        isinstance(one, Ref | Attr) and not READS.isdisjoint(one.name.split("."))
        for spot in spots_of(body, inner=True)
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
    )
