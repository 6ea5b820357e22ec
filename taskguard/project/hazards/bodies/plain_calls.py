"""Calls of the project's own functions and classes, in what tasks do, whose arguments do not fit: each run ends there with a TypeError."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.facts.selections import called_variables, leading_calls
from taskguard.project.facades.switched_off import retired
from taskguard.project.hazards.calls.call_arguments import direct
from taskguard.project.hazards.calls.fitting import Given, misfits
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.own_calls import own_calls_of
from taskguard.project.hazards.calls.runs import found_in
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.hazards.payloads.callees import (
    bare_class_called,
    constructor_called,
    function_called,
    function_named,
    keeps_object,
    may_make_object,
)
from taskguard.project.python.aside import put_aside
from taskguard.project.python.call_questions import asked_results, shapes_called
from taskguard.project.python.flow import calls_of, is_own
from taskguard.project.python.followed import reached
from taskguard.project.python.testing import hidden, in_tests
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call, Function, Param
    from taskguard.project.hazards.calls.fitting import Misfit
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.hazards.calls.takers import Taker
    from taskguard.project.hazards.payloads.callees import Target
    from taskguard.project.python.project import Module, Project

# A function that calls more than this is parsed at once.
MOST = 100
# Who catches one of these expects that the call may fail.
EXPECTED = frozenset(("TypeError",))
CONSTRUCTOR = "__init__"


class Unfitting(Record):
    """A call, in the function `scope`, that does not fit the function `name` which it runs, in that line of `holder`, and what is wrong."""

    module: Module
    scope: str
    call: Call
    holder: Module
    line: int
    name: str
    faults: tuple[Misfit, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Under which names the function may be replaced: a constructor by that of the class, too."""
        return (self.name, self.call.method) if self.name == CONSTRUCTOR else (self.name,)


def unfitting(project: Project) -> Iterator[Unfitting]:
    """All of them, by file, where the project is whole: in the functions of tasks that somebody sends, and in those of their files that these call."""
    for module in project.looked_at:
        if in_tests(module.path) or hidden(module.path) or put_aside(module):
            continue
        told: set[object] = set()
        for _, found in found_in(module, _in_run):
            for one in found if not retired(module) else ():
                if one.call.span not in told and not any(_is_replaced(project, name) for name in one.names):
                    yield one
                told.add(one.call.span)


def _in_run(run: Run) -> Iterator[Unfitting]:
    for function in reached(run.module, run.function, awaited=True):
        yield from _in_function(run.module, function.qualname)


@query
def _in_function(module: Module, qualname: str) -> tuple[Unfitting, ...]:
    """What is wrong in a function, which many tasks may call."""
    function = module.function(qualname)
    return tuple(_unfitting(module, function)) if function is not None else ()


def _unfitting(module: Module, function: Function) -> Iterator[Unfitting]:
    scope = function.qualname
    body = own_calls_of(module, function) if _may_misfit(module, function) else None
    params = {one.name for one in function.params}
    for called in calls_of(body) if body is not None else ():
        call = called.call
        head = call.callee.partition(".")[0]
        if (
            called.later
            or head in params
            or is_own(called.within, head)
            or is_caught(called.spot, EXPECTED)
            or body is None
        ):
            continue
        of = function_called(module, scope, call, body) or constructor_called(module, scope, call)
        taken = _taken(of) if of is not None else None
        bare = bare_class_called(module, scope, call) if of is None and (call.args or call.keywords) else None
        if bare is not None:
            faults = misfits((), direct(module, scope, call))
            held = Unfitting(module, scope, call, bare.module, bare.line, CONSTRUCTOR, faults)
        elif of is not None and taken is not None:
            faults = misfits(taken, direct(module, scope, call))
            held = Unfitting(module, scope, call, of.module, of.function.span.line, of.function.name, faults)
        elif of is None and (task := _task_called(module, scope, call.callee)) is not None:
            faults = misfits(task.params, direct(module, scope, call))
            name = task.task.qualname.rpartition(".")[2]
            held = Unfitting(module, scope, call, task.task.module, task.task.line, name, faults)
        else:
            continue
        if faults:
            yield held


def _task_called(module: Module, scope: str, name: str) -> Taker | None:
    """The task that a call by this name runs here and now, with the parameters that the call fills; None where that is not sure."""
    held = takers(module, name, scope) if name else ()
    return held[0] if len(held) == 1 and not held[0].doubt else None


def _may_misfit(module: Module, function: Function) -> bool:
    """Whether a call of a function may not fit, by the shapes of its calls, or may be one on an object: no other function is parsed."""
    project, path, scope = module.project, module.path, function.qualname
    leads = leading_calls(module.facts, project.heads, scope)
    if len(leads) > MOST:
        return True
    asked = asked_results(project, path, function) if leads else frozenset()
    if any(may_make_object(module, scope, name, given=asked is None or name in asked) for name in leads):
        return True
    if any(one.holder == "module" and function.may_call(one.name) for one in module.facts.classes):
        return True
    taking: dict[str, tuple[Param, ...] | None] = {}
    for name in leads:
        if (of := function_named(module, scope, name)) is not None:
            taking[name] = _taken(of)
        elif (task := _task_called(module, scope, name)) is not None:
            taking[name] = task.params
    for name, places, names, more in shapes_called(project, path, function, *taking) if taking else ():
        taken = taking[name]
        if taken is not None and (more or misfits(taken, Given(places, names))):
            return True
    return any(keeps_object(module, name) for name in called_variables(module.facts, scope))


def _taken(of: Target) -> tuple[Param, ...] | None:
    """The parameters that a caller fills; None where a method has none for its object, which is another mistake."""
    params = of.function.params
    if not of.given:
        return params
    return params[1:] if params and params[0].kind in ("positional", "both") else None


def _is_replaced(project: Project, name: str) -> bool:
    """Whether some code, tests aside, puts something else in the place of what has this name."""
    given = re.compile(rf"\.{re.escape(name)}\s*=(?!=)|setattr\([^()\n]*[\"']{re.escape(name)}[\"']")
    return any(finds(project, path, given) for path in project.search(name) if not in_tests(path))
