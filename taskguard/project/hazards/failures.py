"""States of failure that a task sets itself, without an exception (celery/backends/base.py, `exception_to_python`)."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Expr, Ref
from taskguard.facts.selections import written_name
from taskguard.facts.statements import Raise
from taskguard.project.hazards.functions import functions_in
from taskguard.project.python.flow import body_of, calls_of, spots_of
from taskguard.project.python.names import resolved_name
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

SETTING = "update_state"
FAILURES = frozenset(("celery.states.FAILURE",))
IGNORE = "Ignore"


class Failure(Record):
    """A call that sets the state. `stays` says that the function raises `Ignore`, so that no other state comes."""

    module: Module
    scope: str
    call: Call
    stays: bool


def failures(project: Project) -> Iterator[Failure]:
    """All of them, by file."""
    for module, function in functions_in(project, project.search(f".{SETTING}("), (SETTING,)):
        body = body_of(module, function)
        if body is None:
            continue
        stays = any(isinstance(one.statement, Raise) and _is_ignore(one.statement.value) for one in spots_of(body))
        for called in calls_of(body):
            call = called.call
            if call.callee.rpartition(".")[2] == SETTING and _fails(module, function.qualname, call):
                yield Failure(module, function.qualname, call, stays)


def _fails(module: Module, scope: str, call: Call) -> bool:
    """`update_state(task_id, state, meta)`."""
    state = call.args[1] if len(call.args) > 1 else call.keyword("state")
    meta = call.args[2] if len(call.args) > 2 else call.keyword("meta")
    named = (isinstance(state, Const) and state.value == "FAILURE") or (
        isinstance(state, Ref) and resolved_name(module, state.name, scope) in FAILURES
    )
    if not named or not isinstance(meta, Dict):
        return False
    keys = [one.value if isinstance(one, Const) else None for one, _ in meta.items]
    return None not in keys and "exc_type" not in keys


def _is_ignore(raised: Expr | None) -> bool:
    name = written_name(raised)
    return name.rpartition(".")[2] == IGNORE
