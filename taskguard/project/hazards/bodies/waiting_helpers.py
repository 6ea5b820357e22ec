"""Functions of the project that wait for the results of tasks, and are called by other tasks: by what they send, or by what they are handed."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Function, Ref, Star
from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import functions_calling
from taskguard.facts.statements import If, Match
from taskguard.patterns import regex
from taskguard.project.hazards.bodies.task_results import (
    CALLED,
    CALLS,
    ENDINGS,
    SENT,
    WAITING,
    Results,
    is_allowed,
    may_wait,
    waiting,
    waiting_for,
)
from taskguard.project.hazards.calls.fitting import PLACED, argument_for
from taskguard.project.hazards.calls.functions import OF_CLASS
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.runs import Run
from taskguard.project.python.flow import Called, body_about, body_of, calls_of, is_choice
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import finds_within
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module, Project

    Place = tuple[str, Call]  # a call that waits, and its file

# How a function waits that others call for it: by a name that says so, or with nothing that a dict or a list wants.
WAITS = regex(
    r"(?:\)\s*|(?:result|res|job|promise|answer|task)s?)\.(?:get|wait|join|join_native)\("
    r"|\w\.(?:get|wait|join|join_native)\(\s*(?:\)|(?:timeout|propagate|interval)\s*=)",
    re.IGNORECASE,
)
# What asks whether a worker runs it, or says how tasks are run.
ASKS_WHERE = regex(
    r"\b(?:current_task|current_worker_task|get_current_task|is_eager|called_directly|task_join_will_block|assert_will_not_block|\w*always_eager|\w*ALWAYS_EAGER)\b"
)
# So many functions lie between a task and the call that waits.
DEEPEST = 3
# So many functions that wait are looked for by their names.
MOST = 20
# What Celery raises where a task waits.
RAISED = frozenset(("RuntimeError", "builtins.RuntimeError"))


def waits_by_others(run: Run) -> Iterator[tuple[Call, Call, str]]:
    """The calls of a body that have a function wait: that which waits, that of the body, and the file of the former."""
    told = set[str]()
    for callee, call, at, path in (*_by_sending(run), *_by_handing(run)):
        if callee not in told:
            told.add(callee)
            yield call, at, path


def _by_sending(run: Run) -> Iterator[tuple[str, Call, Call, str]]:
    """What functions of the project do that the body calls, wherever they are called."""
    names = waiting_names(run.module.project)
    wanted = set(run.function.called(names))
    body = run.body if wanted else None
    for called in calls_of(body) if body is not None else ():
        if called.call.callee not in wanted or called.later or is_allowed(called):
            continue
        for module, function in _meant(run, called.call.callee):
            for path, call in surely(module, function.qualname)[:1]:
                wanted.discard(called.call.callee)
                yield called.call.callee, call, called.call, path


def _by_handing(run: Run) -> Iterator[tuple[str, Call, Call, str]]:
    """What functions of the project do with the results that the body hands to them."""
    if not run.function.may_call(*SENT):
        return
    helpers = _helpers(run.function, lambda callee: _meant(run, callee))
    for called, place in _handed_on(run.module, run.function, helpers, {}, DEEPEST):
        yield called.call.callee, place[1], called.call, place[0]


def _helpers(
    function: Function, meant: Callable[[str], Iterable[tuple[Module, Function]]]
) -> dict[str, tuple[Module, Function]]:
    """The functions that one calls and that can be handed something, by how it calls them; `meant` tells what a name means there."""
    return {
        callee: (module, other)
        for callee in dict.fromkeys(function.calls)
        for module, other in meant(callee)
        if other.params and _is_plain(other)
    }


def _handed_on(
    module: Module,
    function: Function,
    helpers: dict[str, tuple[Module, Function]],
    handed: dict[str, bool],
    left: int,
) -> Iterator[tuple[Called, Place]]:
    """The calls of a function that hand results on to one that waits for them; `handed` are those that it is given itself."""
    lasts = {callee.rpartition(".")[2] for callee in helpers}
    body = body_about(module, function, lasts) if helpers else None
    told = Results(module, function.qualname, body, handed, eager=False) if body is not None else None
    for called in calls_of(body) if body is not None else ():
        if told is None or called.call.callee not in helpers or called.later or is_allowed(called):
            continue
        if handed and not _is_bare(called):
            continue
        there, helper = helpers[called.call.callee]
        for param, many in _results_given(called, helper, told):
            for place in _awaited(there, helper.qualname, param, many, left - 1)[:1]:
                yield called, place


def _results_given(called: Called, function: Function, told: Results) -> Iterator[tuple[str, bool]]:
    """The parameters of a function that a call fills with results, and whether each is filled with several."""
    params, call = function.params, called.call
    if function.holder == "class" and not _has(function, "staticmethod"):
        params = params[1:]
    for one in params:
        given = argument_for(call, params, one.name)
        if given is not None and told.is_result(given, called.within):
            yield one.name, False
        elif given is not None and told.are_results(given):
            yield one.name, True
        elif one.kind == "var":
            placed = sum(each.kind in PLACED for each in params)
            rest = call.args[placed:] if not any(isinstance(each, Star) for each in call.args[:placed]) else ()
            if rest and all(_is_given(each, called, told) for each in rest):
                yield one.name, True


def _is_given(expr: Expr, called: Called, told: Results) -> bool:
    return told.are_results(expr.value) if isinstance(expr, Star) else told.is_result(expr, called.within)


def _meant(run: Run, callee: str) -> Iterator[tuple[Module, Function]]:
    """The function that a body calls by this name: one of the project, or with `self.…` a method of the task's own class."""
    klass = run.task.klass
    head, _, method = callee.rpartition(".")
    if klass is not None and run.task.form == "class" and head and head == run.own:
        function = run.module.function(f"{klass.qualname}.{method}")
        if function is not None and function is not run.function:
            yield run.module, function
        return
    yield from _named(run.module, run.function, callee)


def _named(here: Module, caller: Function, callee: str) -> Iterator[tuple[Module, Function]]:
    found = resolve(here, callee, caller.qualname)
    module = found.module if found.kind == "symbol" else None
    function = module.function(found.path) if module is not None else None
    if module is not None and function is not None and function is not caller and not in_tests(module.path):
        yield module, function


@query
def waiting_names(project: Project) -> frozenset[str]:
    """The last names of the functions that wait for the result of a task on each way through them, and of those that call them, if tasks call something of that name."""
    if not project.can_search:
        return frozenset()
    names, last = _waiting_by_themselves(project)
    for _ in range(DEEPEST - 1):
        last = _callers(project, last) - names if 0 < len(last) <= MOST else frozenset()
        names |= last
    return names


def _waiting_by_themselves(project: Project) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the functions that wait themselves: all that tasks call, and those of modules, which others may call for a task."""
    tasks = all_tasks(project)
    bodies = [one.function for one in tasks]
    bodies += [one.module.function(f"{one.klass.qualname}.run") for one in tasks if one.klass is not None]
    found: dict[str, list[Module]] = {}
    outer = set[str]()
    for path in project.search(".delay(", ".apply_async(", "send_task(", "AsyncResult("):
        if in_tests(path) or not holds(project, path, *CALLS) or not finds(project, path, WAITS):
            continue
        module = project.modules[path]
        for qualname, holder in functions_calling(module.facts, *SENT, *ENDINGS):
            found.setdefault(qualname, []).append(module)
            if holder == "module":
                outer.add(qualname)
    waiters = frozenset(one.rpartition(".")[2] for one in found)
    called = {name.rpartition(".")[2] for one in bodies if one is not None for name in one.called(waiters)}
    wanted = {one for one in found if one in outer or one.rpartition(".")[2] in called}
    held = {one for one in wanted if any(_surely_waits(module, one) for module in found[one])}
    return frozenset(one.rpartition(".")[2] for one in held), frozenset(held & outer)


def _callers(project: Project, names: frozenset[str]) -> frozenset[str]:
    """The names of the functions of modules that call one of these names."""
    return frozenset(
        qualname
        for path in project.search(*(f"{one}(" for one in sorted(names)))
        if not in_tests(path)
        for qualname, holder in functions_calling(project.modules[path].facts, *sorted(names))
        if holder == "module"
    )


def _surely_waits(module: Module, qualname: str) -> bool:
    function = module.function(qualname)
    return function is not None and may_wait(module, function) and bool(_itself(module, qualname))


@query
def surely(module: Module, qualname: str, left: int = DEEPEST) -> tuple[Place, ...]:
    """The calls of a function that wait, and that no branch guards: its own, or those of what it calls."""
    found = tuple((module.path, one) for one in _itself(module, qualname))
    function = module.function(qualname)
    if found or function is None or left <= 1 or not _is_plain(function):
        return found
    names = waiting_names(module.project)
    wanted = {callee: list(_named(module, function, callee)) for callee in function.called(names)}
    if not any(wanted.values()) or finds_within(module.project, module.path, function, ASKS_WHERE):
        return ()
    body = body_about(module, function, {one.rpartition(".")[2] for one in wanted})
    return tuple(
        place
        for called in (calls_of(body) if body is not None else ())
        if _is_bare(called) and not is_allowed(called)
        for there, other in wanted.get(called.call.callee, ())
        if _is_plain(other)
        for place in surely(there, other.qualname, left - 1)
    )


@query
def _itself(module: Module, qualname: str) -> tuple[Call, ...]:
    """The calls that wait in a function itself, and that no branch guards."""
    function = module.function(qualname)
    found = waiting(module, function) if function is not None and not function.is_generator else ()
    if not found or function is None or finds_within(module.project, module.path, function, ASKS_WHERE):
        return ()
    body = body_of(module, function)
    bare = {
        called.call.span
        for called in (calls_of(body) if body is not None else ())
        if not any(isinstance(one.statement, If | Match) for one in called.spot.around)
    }
    return tuple(one for one in found if one.span in bare)


@query
def _awaited(module: Module, qualname: str, param: str, many: bool, left: int) -> tuple[Place, ...]:
    """The calls that surely wait where a parameter of a function is given a result, or a list of `many`: its own, or those of what it hands them on to."""
    function = module.function(qualname)
    if function is None or finds_within(module.project, module.path, function, ASKS_WHERE):
        return ()
    if finds_within(module.project, module.path, function, CALLED):
        found = waiting_for(module, function, param, many)
        body = body_about(module, function, WAITING) if found else None
        bare = {one.call.span for one in (calls_of(body) if body is not None else ()) if _is_bare(one)}
        own = tuple((module.path, one) for one in found if one.span in bare)
        if own:
            return own
    if left <= 0 or not finds_within(module.project, module.path, function, _word(param)):
        return ()
    helpers = _helpers(function, lambda callee: _named(module, function, callee))
    return tuple(place for _, place in _handed_on(module, function, helpers, {param: many}, left))


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(name)}\b")


def _is_plain(function: Function) -> bool:
    """Whether a call of a function has what stands in it done, and nothing around it."""
    plain = all(isinstance(one, Ref) and one.name in OF_CLASS for one in function.decorators)
    return plain and not function.is_generator and not function.is_async


def _has(function: Function, decorator: str) -> bool:
    return any(isinstance(one, Ref) and one.name == decorator for one in function.decorators)


def _is_bare(called: Called) -> bool:
    """Whether a call is done whenever the function is: no branch, no choice and no handler of what Celery raises is around it."""
    if called.later or any(map(is_choice, called.within)) or is_caught(called.spot, RAISED):
        return False
    return not any(isinstance(one.statement, If | Match) or one.part == "handler" for one in called.spot.around)
