"""Calls that have a task run again, in its body and in what that calls."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Function, Ref
from taskguard.facts.questions import finds
from taskguard.facts.selections import functions_calling
from taskguard.facts.statements import Define, Raise
from taskguard.patterns import regex
from taskguard.project.celery.signatures import task_at
from taskguard.project.hazards.calls.handling import RETRY, Place
from taskguard.project.hazards.calls.runs import Run, runs_in
from taskguard.project.hazards.calls.search_words import RETRY as RETRY_WORD
from taskguard.project.hazards.retries.fates import Fate, decorated_fate, fate
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import Called, Spot, body_of, calls_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.registry.effective import lineage_of
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.project.python.project import Module, Project

CURRENT_TASK = frozenset(("celery.current_task", "celery._state.current_task", "celery.app.current_task"))
DEEPEST = 2


class Again(Record):
    """A call that has a task run again, by an exception that it raises. `helper` is the function that does so for the body, empty for `retry` itself."""

    call: Call
    spot: Spot
    helper: str = ""
    files: tuple[str, ...] = ()


class Swallowed(Record):
    """What becomes of the exception by which a task is to run again."""

    again: Again
    fate: Fate


# -- which calls ----------------------------------------------------------------------------------------------------


def retrying(module: Module, scope: str, own: frozenset[str]) -> Callable[[Call], bool]:
    """What tells whether a call in a function is `retry` of a task. `own` are the names under which it has the task that is running."""

    def retries(call: Call) -> bool:
        head, _, method = call.callee.rpartition(".")
        if method != "retry" or not head:
            return False
        return head in own or is_task(module, head, scope)

    return retries


def retrying_in(module: Module, function: Function) -> Callable[[Call], bool]:
    """The same for a function that tasks of its file may run: they have themselves under the names that their declarations give."""
    own = frozenset(run.own for run in runs_in(module) if run.own and run.function is function)
    return retrying(module, function.qualname, own)


def is_task(module: Module, name: str, scope: str) -> bool:
    """Whether a name is a task of the project, or Celery's `current_task`."""
    found = resolve(module, name, scope)
    if found.kind == "external":
        return found.path in CURRENT_TASK
    return task_at(Bound(Ref(name, Span(1, 1, 1, 1)), module, scope), name) is not None


def raises(called: Called) -> bool:
    """Whether a call of `retry` surely raises: not with `throw=False`, unless what it gives is raised."""
    if isinstance(called.spot.statement, Raise):
        return True
    throw = called.call.keyword("throw")
    place = throw is None and all(one.name is not None for one in called.call.keywords)
    return place and len(called.call.args) < 4


@query
def helpers(project: Project) -> dict[str, tuple[tuple[Module, Function, str], ...]]:
    """The functions that have a task run again that they are given, by their last names; with the parameter that the task is."""
    made: dict[str, list[tuple[Module, Function, str]]] = {}
    for path in project.search(RETRY_WORD):
        module = project.modules[path]
        for qualname, _ in functions_calling(module.facts, "retry"):
            function = module.function(qualname)
            if function is None:
                continue
            for name in function.called_ending(".retry"):
                head, _, method = name.partition(".")
                if method == "retry" and any(one.name == head for one in function.params):
                    made.setdefault(function.name, []).append((module, function, head))
    return {name: tuple(held) for name, held in made.items()}


def agains(run: Run) -> Iterator[Again]:
    """The calls in a task's own body (not in functions within) that raise to have it run again."""
    body = run.body
    if body is None:
        return
    own = frozenset((run.own,)) if run.own else frozenset()
    retries = retrying(run.module, run.function.qualname, own)
    held = helpers(run.module.project)
    wanted = frozenset(name for name in held if run.function.may_call(name))
    within = _within(run, retries)
    for called in calls_of(body):
        if called.later:
            continue
        if retries(called.call):
            if raises(called):
                yield Again(called.call, called.spot)
        elif called.call.callee in within:
            yield Again(called.call, called.spot, called.call.callee)
        elif called.call.callee.rpartition(".")[2] in wanted:
            found = _helper(run, called.call, held[called.call.callee.rpartition(".")[2]])
            if found is not None:
                yield Again(called.call, called.spot, called.call.callee, (found.path,))
        elif run.own and (home := _handed(run, called.call)) is not None:
            yield Again(called.call, called.spot, called.call.callee, (home.path,))


def _handed(run: Run, call: Call) -> Module | None:
    """The file of a function of the project that is given `self.retry` and calls it; None where it is none, or lets nothing pass."""
    wanted = f"{run.own}.retry"
    given = [
        *((number, one) for number, one in enumerate(call.args)),
        *((one.name, one.value) for one in call.keywords),
    ]
    at = next((place for place, one in given if isinstance(one, Ref) and one.name == wanted), None)
    if at is None or not call.callee:
        return None
    found = resolve(run.module, call.callee, run.function.qualname)
    function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
    if function is None or found.module is None:
        return None
    names = [one.name for one in function.params]
    param = names[at] if isinstance(at, int) and at < len(names) else at
    passes = isinstance(param, str) and param in names and _called_param(found.module, function.qualname, param)
    return found.module if passes else None


@query
def _called_param(module: Module, qualname: str, param: str) -> bool:
    """Whether a function calls what it is given, and raises what that raises."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None and param in function.called(frozenset((param,))) else None
    place = Place(module, qualname, lambda call: call.callee == param)
    found = [one for one in (calls_of(body) if body is not None else ()) if one.call.callee == param]
    return bool(found) and all(not one.later and fate(one.spot, RETRY, place) is None for one in found)


def _within(run: Run, retries: Callable[[Call], bool]) -> frozenset[str]:
    """The functions within the body that raise to have the task run again."""
    body = run.body
    made: set[str] = set()
    place = Place(run.module, run.function.qualname, retries)
    for called in calls_of(body) if body is not None else ():
        holder = called.holder
        if (
            isinstance(holder, Define)
            and retries(called.call)
            and raises(called)
            and fate(called.spot, RETRY, place) is None
        ):
            made.add(holder.name)
    return frozenset(made)


def _helper(run: Run, call: Call, held: tuple[tuple[Module, Function, str], ...]) -> Module | None:
    """The file of the helper that a call is, where it gives it the task, and where that lets the exception pass."""
    head = call.callee.rpartition(".")[0]
    if head == run.own and run.own:
        names = lineage_of(run.task)[0]
        for module, function, param in held:
            klass = function.qualname.rpartition(".")[0]
            if (
                f"{module.name}.{klass}" in names
                and function.params[0].name == param
                and passes(module, function, param)
            ):
                return module
        return None
    found = resolve(run.module, call.callee, run.function.qualname)
    for module, function, param in held:
        if found.kind != "symbol" or found.module is not module or found.path != function.qualname:
            continue
        if _given(call, function, param, run.own) and passes(module, function, param):
            return module
    return None


def _given(call: Call, function: Function, param: str, own: str) -> bool:
    """Whether a call gives the task that is running for a parameter."""
    names = [one.name for one in function.params]
    given = call.keyword(param)
    if given is None:
        place = names.index(param)
        given = call.args[place] if place < len(call.args) else None
    return isinstance(given, Ref) and bool(own) and given.name == own


@query
def _passing(module: Module, qualname: str, param: str) -> bool:
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    retries = retrying(module, qualname, frozenset((param,)))
    place = Place(module, qualname, retries)
    found = [one for one in (calls_of(body) if body is not None else ()) if retries(one.call)]
    return bool(found) and all(not one.later and raises(one) and fate(one.spot, RETRY, place) is None for one in found)


def passes(module: Module, function: Function, param: str) -> bool:
    """Whether a helper raises what has the task run again, wherever it does so."""
    return _passing(module, function.qualname, param)


# -- what becomes of them -------------------------------------------------------------------------------------------


def swallowed_retries(run: Run) -> Iterator[Swallowed]:
    """What keeps the exception from Celery by which a task is to run again: one for each handler."""
    function = run.function
    handed = run.own and run.module.path in run.module.project.holders(f"{run.own}.retry")
    names = ("retry", *(sorted(helpers(run.module.project)) if run.own else ()))
    if not handed and not function.may_call(*names):
        return
    own = frozenset((run.own,)) if run.own else frozenset()
    place = Place(run.module, function.qualname, retrying(run.module, function.qualname, own))
    seen: set[Span] = set()
    first: Again | None = None
    for again in agains(run):
        made = fate(again.spot, RETRY, place)
        if made is None:
            first = first or again
        elif made.span not in seen:
            seen.add(made.span)
            yield Swallowed(again, made)
    for name in run.task.below if first is not None else ():
        made = decorated_fate(run.module, name, RETRY)
        if made is not None and first is not None:
            yield Swallowed(first, made.replace(span=run.task.span))


# -- not called -----------------------------------------------------------------------------------------------------


class NotCalled(Record):
    """`self.retry` without brackets. `raised` says that it is raised, so that the run ends with a TypeError."""

    ref: Ref
    raised: bool


UNCALLED = regex(r"\.retry\b(?!\s*\()")


@query
def _names_retry(module: Module) -> bool:
    """Whether a file has the word without brackets behind it: hardly any has."""
    held = module.path in module.project.holders(".retry")
    return held and finds(module.project, module.path, UNCALLED)


def uncalled(run: Run) -> Iterator[NotCalled]:
    """Where a body names `retry` of its task and does not call it: raised, given back, or alone on its line."""
    if not _names_retry(run.module):
        return
    body = run.body
    for spot in spots_of(body, inner=True) if body is not None else ():
        kind = type(spot.statement).__name__
        if kind not in ("Raise", "Do", "Return"):
            continue
        for expr in expressions(spot.statement)[:1]:
            if isinstance(expr, Ref) and expr.name.endswith(".retry"):
                head = expr.name.rpartition(".")[0]
                if (head == run.own and run.own) or is_task(run.module, head, run.function.qualname):
                    yield NotCalled(expr, kind == "Raise")
