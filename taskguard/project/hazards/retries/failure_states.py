"""States of failure that a task sets itself, without an exception (celery/backends/base.py, `exception_to_python`)."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Expr, Ref
from taskguard.facts.selections import written_name
from taskguard.facts.statements import Do, If, Raise, Return, Try, With
from taskguard.project.celery.forgotten import is_unsent
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.results import is_by_key, keeps_nothing
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.python.flow import blocks, body_of, calls_of, spots_of
from taskguard.project.python.names import resolved_name
from taskguard.project.registry.effective import effective_option
from taskguard.project.registry.routing import setting_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body, Statement
    from taskguard.project.celery.model import Service
    from taskguard.project.python.flow import Called, Spot
    from taskguard.project.python.project import Module, Project

SETTING = "update_state"
FAILURES = frozenset(("celery.states.FAILURE",))
IGNORE = "Ignore"


class Failure(Record):
    """A call that sets the state. `stays` says that no other state comes: the function raises `Ignore`, or none can be stored; `replaced` that the run then ends well, and Celery sets SUCCESS."""

    module: Module
    scope: str
    call: Call
    stays: bool
    replaced: bool = False


def failures(project: Project) -> Iterator[Failure]:
    """All of them, by file."""
    for module, function in functions_in(project, project.search(f".{SETTING}("), (SETTING,)):
        services = _services(module, function)
        if services and all(keeps_nothing(one) for one in services):
            continue
        body = body_of(module, function)
        if body is None:
            continue
        by_key = bool(services) and all(is_by_key(one) for one in services)
        stays = any(isinstance(one.statement, Raise) and _is_ignore(one.statement.value) for one in spots_of(body))
        for called in calls_of(body):
            call = called.call
            if call.callee.rpartition(".")[2] != SETTING or not _sets_failure(module, function.qualname, call):
                continue
            if _of_nobody(module, function):
                break
            if _lacks_exception(call):
                yield Failure(module, function.qualname, call, stays or by_key)
            elif not called.later and _is_replaced(module, function, body, called):
                yield Failure(module, function.qualname, call, False, True)


def _of_nobody(module: Module, function: Function) -> bool:
    """Whether a function is run by tasks alone that nobody sends."""
    runs = runs_of(module, function.qualname)
    return bool(runs) and all(is_unsent(one.task) for one in runs)


def _services(module: Module, function: Function) -> tuple[Service, ...]:
    """The services that run the task of a function; where it is none that somebody knows, all that there are."""
    runs = runs_of(module, function.qualname)
    return tuple(one for run in runs for one in services_of(run.task)) or tuple(celery_of(module.project).serving)


def _is_replaced(module: Module, function: Function, body: Body, called: Called) -> bool:
    """Whether the run of a task, whose own state that is, ends right behind the call, and its result is kept."""
    head = called.call.callee.rpartition(".")[0]
    run = next((one for one in runs_of(module, function.qualname) if one.own and one.own == head), None)
    if (
        run is None
        or called.call.args[:1]
        or called.call.keyword("task_id") is not None
        or not isinstance(called.spot.statement, Do)
    ):
        return False
    ignores = effective_option(run.task, "ignore_result")
    if ignores.absent:
        ignores = setting_of(run.task, "task_ignore_result")
    return (ignores.absent or (ignores.known and not ignores.value)) and _ends_behind(body, called.spot)


def _ends_behind(body: Body, spot: Spot) -> bool:
    """Whether the function is left right behind a statement: by a `return`, or at its end."""
    held: Statement = spot.statement
    for number in range(len(spot.around), -1, -1):
        inner = spot.around[number - 1] if number else None
        block = (
            body.statements if inner is None else next(each for one, each in blocks(inner.statement) if one == inner)
        )
        place = next((place for place, one in enumerate(block) if one is held), len(block))
        if place + 1 < len(block):
            return isinstance(block[place + 1], Return)
        if inner is None:
            return True
        outer = inner.statement
        if isinstance(outer, Try) and (outer.final or (inner.part == "body" and outer.orelse)):
            return False
        if not isinstance(outer, If | With | Try):
            return False
        held = outer
    return False


def _sets_failure(module: Module, scope: str, call: Call) -> bool:
    """`update_state(task_id, state, meta)`."""
    state = call.args[1] if len(call.args) > 1 else call.keyword("state")
    return (isinstance(state, Const) and state.value == "FAILURE") or (
        isinstance(state, Ref) and resolved_name(module, state.name, scope) in FAILURES
    )


def _lacks_exception(call: Call) -> bool:
    meta = call.args[2] if len(call.args) > 2 else call.keyword("meta")
    if not isinstance(meta, Dict):
        return False
    keys = [one.value if isinstance(one, Const) else None for one, _ in meta.items]
    return None not in keys and "exc_type" not in keys


def _is_ignore(raised: Expr | None) -> bool:
    name = written_name(raised)
    return name.rpartition(".")[2] == IGNORE
