"""Coroutines that tasks run, and in which Django's database is asked: `async_unsafe` raises wherever a loop runs in the thread (django/utils/asyncio.py)."""

from __future__ import annotations

from taskguard.facts.model import Call
from taskguard.facts.questions import finds, holds
from taskguard.facts.statements import If, Inner, Match, Return
from taskguard.patterns import regex
from taskguard.project.celery.forgotten import is_unsent
from taskguard.project.hazards.bodies.event_loops import WORDS
from taskguard.project.hazards.bodies.run_coroutines import HANDING, coroutines_run, target_of
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.runs import Run, runs_in
from taskguard.project.hazards.database.asked_rows import Query, queries
from taskguard.project.python.flow import body_of, calls_of, is_choice, spots_of
from taskguard.project.python.followed import reached
from taskguard.project.python.names import resolve
from taskguard.project.python.requirements import requirements
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import finds_within
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.payloads.callees import Target
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project

# What allows it, wherever it is set.
ALLOWING = "DJANGO_ALLOW_ASYNC_UNSAFE"
# Django looks for a loop from 3.0 on.
OLD = regex(
    r"(?im)^[\s\"']*django[ \t]*(?:(?:==|~=)[ \t]*[\"']?[012]\.|[^#\n;]*<[ \t]*[23](?:\.0)*\b)|^django[ \t]*=[ \t]*[\"'][~^=]*[012]\."
)
REFUSED = frozenset(("SynchronousOnlyOperation", "exceptions.SynchronousOnlyOperation"))
# A function that looks for a loop does one thing with it and another without.
LOOKS = regex(r"\b(?:_?get_running_loop|get_event_loop|is_running|async_unsafe|current_task)\b")
STARTING = frozenset(("create_task", "ensure_future"))
# So many functions lie between the coroutine that a task runs and the place that asks.
DEEPEST = 4


class Asked(Record):
    """The places of one function that have the database asked while a loop runs, in order, and what has it run: the call in the task's file."""

    module: Module
    function: Function
    found: tuple[Query, ...]
    run: Run
    call: Call


def asked_in_loop(project: Project) -> Iterator[Asked]:
    """Those of all tasks, each function once."""
    if not project.search(*WORDS):
        return
    seen = set[tuple[str, str]]()
    for module in dict.fromkeys(task.module for task in all_tasks(project)):
        for run in runs_in(module) if not in_tests(module.path) else ():
            yield from _of_run(run, seen)


def _of_run(run: Run, seen: set[tuple[str, str]]) -> Iterator[Asked]:
    for function in reached(run.module, run.function):
        for call, target in coroutines_run(run.module, function):
            for home, one in _within(target):
                found = _asked(home, one.qualname)
                if (
                    found
                    and (home.path, one.qualname) not in seen
                    and not is_allowed(run.module.project)
                    and not is_unsent(run.task)
                ):
                    seen.add((home.path, one.qualname))
                    yield Asked(home, one, found, run, call)


@query
def is_allowed(project: Project) -> bool:
    """Whether the project lets Django ask where a loop runs, or has a Django that does not look."""
    if project.search(ALLOWING) or any(finds(project, path, OLD) for path in requirements(project)):
        return True
    return any(holds(project, path, ALLOWING) for path in (*sorted(project.markers), *project.notes))


def _within(target: Target) -> list[tuple[Module, Function]]:
    """A coroutine function, and what is surely done while it runs: those that it awaits, and plain functions that it calls."""
    held: dict[tuple[str, str], tuple[Module, Function]] = {}
    queue = [(target.module, target.function, 0)]
    for module, function, depth in queue:
        if (module.path, function.qualname) in held:
            continue
        held[module.path, function.qualname] = module, function
        for other, path, qualname in _leads_to(module, function.qualname) if depth < DEEPEST else ():
            following = other.function(qualname)
            if following is not None and path:
                queue.append((other, following, depth + 1))
    return list(held.values())


@query
def _leads_to(module: Module, qualname: str) -> tuple[tuple[Module, str, str], ...]:
    """The functions that one leads to in the same thread, as far as nothing decides whether it does."""
    function = module.function(qualname)
    body = _body(module, function)
    made = []
    for called in calls_of(body) if body is not None else ():
        if function is None or body is None or called.later or not _is_reached(function, body, called):
            continue
        target = target_of(module, function, called.call, body)
        other = target.function if target is not None else None
        if target is None or other is None or other.is_generator or in_tests(target.module.path):
            continue
        if other.is_async and not _is_awaited(module, qualname, called):
            continue
        made.append((target.module, target.module.path, other.qualname))
    return tuple(dict.fromkeys(made))


@query
def _asked(module: Module, qualname: str) -> tuple[Query, ...]:
    function = module.function(qualname)
    body = _body(module, function)
    if body is None or function is None:
        return ()
    return tuple(
        one
        for one in queries(module, qualname, body)
        if not is_caught(one.spot, REFUSED) and (function.is_async or _is_bare(body, one))
    )


def _body(module: Module, function: Function | None) -> Body | None:
    """What a function does; None where it does one thing in a loop and another without."""
    if function is None or (not function.is_async and finds_within(module.project, module.path, function, LOOKS)):
        return None
    return body_of(module, function)


def _is_awaited(module: Module, scope: str, called: Called) -> bool:
    """Whether a coroutine is awaited where it is made, or handed to the loop."""
    for one in called.within:
        if isinstance(one, Inner) and one.kind == "await" and called.within[-1:] == (one,):
            return True
        if isinstance(one, Call) and any(each is called.call for each in one.args):
            return one.method in STARTING or (bool(one.callee) and resolve(module, one.callee, scope).path in HANDING)
    gathered = [one for one in called.within if isinstance(one, Call)]
    return bool(gathered) and bool(gathered[-1].callee) and resolve(module, gathered[-1].callee, scope).path in HANDING


def _is_reached(function: Function, body: Body, called: Called) -> bool:
    """Whether what stands at a place is done: in a coroutine wherever that is, in a plain function, which is called by others as well, where nothing decides on it."""
    return function.is_async or _is_bare(body, called)


def _is_bare(body: Body, one: Called | Query) -> bool:
    if any(map(is_choice, one.within)):
        return False
    if any(isinstance(around.statement, If | Match) or around.part == "handler" for around in one.spot.around):
        return False
    for spot in spots_of(body):
        if spot.statement is one.spot.statement:
            return True
        if isinstance(spot.statement, Return):
            return False
    return False
