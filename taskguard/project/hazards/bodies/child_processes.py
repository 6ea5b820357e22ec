"""Tasks that start processes of their own.

A worker process of the prefork pool is a daemon, and `Process.start` refuses to give a daemon children (multiprocessing/process.py): pools, managers and executors of
processes all end there, with an AssertionError. `billiard` knows no such check.
"""

from __future__ import annotations

from taskguard.facts.model import Attr, Call
from taskguard.facts.questions import finds
from taskguard.facts.statements import If, Match, Return
from taskguard.patterns import regex
from taskguard.project.hazards.calls.callers import seen_callers
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.hazards.limits.worker_pools import pools_of
from taskguard.project.hazards.races.outer_transactions import FARTHEST
from taskguard.project.python.flow import body_of, bound_in, calls_of, is_choice, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.registry.routing import setting_of
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

WORDS = ("multiprocessing", "ProcessPoolExecutor")
MAKERS = frozenset(("Pool", "Manager", "ProcessPoolExecutor"))
STARTING = frozenset(
    "multiprocessing.Pool multiprocessing.pool.Pool multiprocessing.Manager multiprocessing.context.Pool concurrent.futures.ProcessPoolExecutor"
    " concurrent.futures.process.ProcessPoolExecutor".split()
)
PROCESSES = frozenset(("multiprocessing.Process", "multiprocessing.process.Process", "multiprocessing.context.Process"))
CONTEXTS = frozenset(("multiprocessing.get_context", "multiprocessing.context.get_context"))
# One of these last names is called, and be it for the next call.
NAMED = (*sorted(MAKERS), "Process", "get_context")
# What a refused start raises, and what takes it, too.
REFUSAL = frozenset(("AssertionError",))
REFUSED = frozenset((*REFUSAL, "Exception", "BaseException"))
FORKING = frozenset(("prefork", "processes"))
# Code that looks whether the process is a daemon, or has it be none any more.
TOLD = regex(r"\bcurrent_process\b|_config\b[^\n]{0,20}[\"']daemon[\"']|\bdaemon\b[^\n]{0,20}_config\b")
# Without assertions there is no check.
OPTIMIZED = regex(r"\bPYTHONOPTIMIZE\b|\bpython[\d.]*\s+-OO?\b")


class Start(Record):
    """A call in the body of a task that has processes started, and the place where that is done: the call itself, or one of a function that it leads to."""

    call: Call
    at: Call
    path: str


def starts_of(run: Run) -> Start | None:
    """The first such call of a task that a prefork pool runs, as far as can be seen."""
    project = run.module.project
    if run.function.is_async or not project.can_search or not project.search(*WORDS):
        return None
    found = _own(run) or _starting(project).get((run.module.path, run.function.qualname))
    if found is None or not _is_forked(run.task) or _is_lifted(project):
        return None
    return found


def is_surely_forked(project: Project) -> bool:
    """Whether a deployment file starts a worker, and so with the prefork pool."""
    return any(one.step in ("worker", "multi") for one in project.evidence.deployment.launches)


def _is_forked(task: Task) -> bool:
    pool = setting_of(task, "worker_pool")
    return (pool.absent or pool.known) and pools_of(task) <= FORKING


@query
def _is_lifted(project: Project) -> bool:
    if any(finds(project, path, TOLD) for path in project.search("current_process", "daemon")):
        return True
    return any(finds(project, path, OPTIMIZED) for path in sorted(project.markers))


def _own(run: Run) -> Start | None:
    body = run.body if run.function.may_call(*NAMED) else None
    for called in calls_of(body) if body is not None else ():
        if (
            body is not None
            and _is_start(run.module, run.function, body, called)
            and not is_caught(called.spot, REFUSAL)
        ):
            return Start(called.call, called.call, run.module.path)
    return None


@query
def _starting(project: Project) -> dict[tuple[str, str], Start]:
    """What the tasks of a project start by other functions: by the path of the task and the name of its function."""
    made: dict[tuple[str, str], Start] = {}
    asked: list[tuple[Module, str, Call, str]] = []
    for module, function in functions_in(project, project.search(*WORDS), NAMED):
        body = body_of(module, function) if not runs_of(module, function.qualname) else None
        for called in calls_of(body) if body is not None else ():
            if body is not None and _is_start(module, function, body, called) and _is_sure(function, body, called):
                asked.append((module, function.qualname, called.call, module.path))
                break
    seen = {(module.path, name) for module, name, _, _ in asked}
    for _ in range(FARTHEST):
        above: list[tuple[Module, str, Call, str]] = []
        for home, name, at, path in asked:
            for other, function, called in seen_callers(home, name):
                place = (other.path, function.qualname)
                if place in seen or called.later or function.is_async:
                    continue
                if runs_of(other, function.qualname):
                    if not is_caught(called.spot, REFUSAL):
                        made.setdefault(place, Start(called.call, at, path))
                    continue
                body = body_of(other, function)
                if body is not None and _is_sure(function, body, called):
                    seen.add(place)
                    above.append((other, function.qualname, at, path))
        asked = above
    return made


def _is_start(module: Module, function: Function, body: Body, called: Called) -> bool:
    """Whether a call makes something that starts processes, or a process that the function starts."""
    call = called.call
    if called.later:
        return False
    last = call.method
    if last not in MAKERS and last != "Process":
        return False
    path = ""
    if isinstance(call.func, Attr):
        path = f"multiprocessing.{last}" if _is_context(module, function, call.func.of) else ""
    elif call.callee:
        head = call.callee.rpartition(".")[0]
        held = [value for value, _ in bound_in(body, head)] if head and "." not in head else []
        if held:
            path = f"multiprocessing.{last}" if all(_is_context(module, function, one) for one in held) else ""
        else:
            found = resolve(module, call.callee, function.qualname)
            path = found.path if found.kind == "external" else ""
    if path in PROCESSES:
        return any(not one.later and one.call.method == "start" for one in calls_of(body))
    return path in STARTING


def _is_context(module: Module, function: Function, value: object) -> bool:
    if not isinstance(value, Call) or not value.callee:
        return False
    return resolve(module, value.callee, function.qualname).path in CONTEXTS


def _is_sure(function: Function, body: Body, called: Called) -> bool:
    """Whether a function comes to a call of its own on each way through it, and lets pass what that raises."""
    if function.is_generator or any(isinstance(one.statement, If | Match) for one in called.spot.around):
        return False
    if any(map(is_choice, called.within)):
        return False
    line = called.call.span.line
    if any(isinstance(one.statement, Return) and one.statement.span.line < line for one in spots_of(body)):
        return False
    return not is_caught(called.spot, REFUSED, bare=True)
