"""Functions that are given the task which is running, and keep the exception by which it is to run again: `deliver(self)` around `ask(self)`, which retries."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.facts.selections import functions_calling
from taskguard.project.hazards.calls.handling import RETRY, Place
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.hazards.retries.fates import fate
from taskguard.project.hazards.retries.retries import Again, Swallowed, helpers, passes, raises, retrying
from taskguard.project.python.flow import body_of, calls_of
from taskguard.project.python.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Call, Function
    from taskguard.project.python.project import Module

# What a function of a module calls the task that it is given: no object of its own has such a name there.
NAMES = frozenset("bound_task celery_task self task task_instance task_self".split())


def carried(module: Module) -> Iterator[tuple[Function, Swallowed]]:
    """What keeps that exception, in the functions of a file that are no tasks: one for each handler."""
    held = helpers(module.project)
    for qualname, holder in functions_calling(module.facts, "retry", *sorted(held)):
        function = module.function(qualname)
        if function is None or holder != "module" or function.decorators or runs_of(module, qualname):
            continue
        own = next((one.name for one in function.params if one.name in NAMES), "")
        for one in _in_function(module, function, own) if own else ():
            yield function, one


def _in_function(module: Module, function: Function, own: str) -> Iterator[Swallowed]:
    body = body_of(module, function)
    retries = retrying(module, function.qualname, frozenset((own,)))
    place = Place(module, function.qualname, retries)
    seen: set[Span] = set()
    for called in calls_of(body) if body is not None else ():
        own_retry = retries(called.call)
        if called.later or (own_retry and not raises(called)):
            continue
        home = module if own_retry else _helper(module, function, called.call, own)
        made = fate(called.spot, RETRY, place) if home is not None else None
        if made is None or home is None or made.span in seen:
            continue
        seen.add(made.span)
        helper = "" if own_retry else called.call.callee
        yield Swallowed(Again(called.call, called.spot, helper, (home.path,) if home is not module else ()), made)


def _helper(module: Module, function: Function, call: Call, own: str) -> Module | None:
    """The file of the function that a call is, where it is given the task, and lets the exception pass by which that runs again."""
    given = [*call.args, *(one.value for one in call.keywords)]
    if not any(isinstance(one, Ref) and one.name == own for one in given):
        return None
    found = resolve(module, call.callee, function.qualname) if call.callee else None
    for home, other, param in helpers(module.project).get(call.callee.rpartition(".")[2], ()):
        if found is not None and found.kind == "symbol" and found.module is home and found.path == other.qualname:
            return home if passes(home, other, param) else None
    return None
