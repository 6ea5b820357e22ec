"""Functions of the project that hand what they are given on to a task, and calls of them whose arguments do not fit it."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Dict, Expr, Import, Ref, Seq, Star
from taskguard.facts.statements import Let
from taskguard.project.hazards.arguments.misuses import Misuse, judged
from taskguard.project.hazards.calls.call_arguments import direct
from taskguard.project.hazards.calls.fitting import PLACED, Given, argument_for
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.python.flow import below, body_of, bound_in, calls_of, expressions, spots_of
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.testing import hidden, in_tests
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function, Param
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project

DELAYS = ("delay", "delay_on_commit")
PACKS = ("apply_async", "apply_async_on_commit")
PARTIAL = "functools.partial"
# Calls that only say what there is.
NOTING = frozenset("debug info warning error exception print str repr".split())


class Passing(Record):
    """A function that hands all of its `*args` or `**kwargs` on: to `task`, which may be the name of a parameter. `given` is what it gives besides; `places` and
    `names` say whether it hands on what is given by position and by name."""

    module: Module
    function: Function
    task: str
    given: Given
    places: bool
    names: bool

    @property
    def by_param(self) -> bool:
        """Whether the caller says which task it is."""
        return any(one.name == self.task and one.kind not in ("var", "rest") for one in params_of(self.function))


def passed_on(project: Project) -> Iterator[Misuse]:
    """The calls that do not fit, by the function that they call."""
    for passing in _passing_functions(project):
        name = passing.function.name
        for module, function in functions_in(project, project.search(f"{name}("), (name,)):
            body = body_of(module, function)
            for called in calls_of(body) if body is not None else ():
                found = _judged(passing, module, function.qualname, called.call)
                if found is not None:
                    yield found


def _judged(passing: Passing, module: Module, scope: str, call: Call) -> Misuse | None:
    if isinstance(call.func, Attr) or call.callee.rpartition(".")[2] != passing.function.name:
        return None
    found = resolve(module, call.callee, scope)
    if found.kind != "symbol" or found.module is not passing.module or found.path != passing.function.qualname:
        return None
    home, home_scope, task = passing.module, passing.function.qualname, passing.task
    if passing.by_param:
        given_task = argument_for(call, params_of(passing.function), task)
        if not isinstance(given_task, Ref):
            return None
        home, home_scope, task = module, scope, given_task.name
    held = takers(home, task, home_scope)
    given = _given(passing, direct(module, scope, call))
    if not held or given is None:
        return None
    made = judged(module, scope, call, task, held, given, None, True, "here")
    return made.replace(through=passing.function.name) if made is not None else None


def _given(passing: Passing, outer: Given) -> Given | None:
    """What the task gets of a call; None where that cannot be told."""
    params = params_of(passing.function)
    placed = [one for one in params if one.kind in PLACED]
    if outer.more or (outer.places > len(placed) and not passing.places):
        return None
    own = {one.name for one in params if one.kind in ("both", "keyword")}
    names = tuple(one for one in outer.names if one not in own) if passing.names else ()
    inner = passing.given
    return Given(
        inner.places + max(0, outer.places - len(placed)),
        tuple(dict.fromkeys((*inner.names, *names))),
        inner.more,
        inner.other or (outer.other and passing.names),
    )


# -- which functions --------------------------------------------------------------------------------------------------


@query
def _passing_functions(project: Project) -> tuple[Passing, ...]:
    made: list[Passing] = []
    for path in project.search(*(f".{one}" for one in (*DELAYS, *PACKS))):
        module = project.modules[path]
        names = (
            selections.functions_calling(module.facts, *DELAYS, *PACKS, "partial")
            if not in_tests(path) and not hidden(path)
            else ()
        )
        for name, holder in names:
            function = module.function(name) if holder != "function" else None
            found = _passing(module, function) if function is not None else None
            if found is not None:
                made.append(found)
    return tuple(made)


def _is_plain(function: Function) -> bool:
    """Whether a function is called as it stands there: one of the module, or a method that is asked of its class."""
    return not function.decorators if function.holder == "module" else _of_class(function) != ""


def _of_class(function: Function) -> str:
    """`staticmethod` or `classmethod`, where that and nothing else is made of a method."""
    names = [one.name if isinstance(one, Ref) else "" for one in function.decorators]
    return names[0] if function.holder == "class" and names in (["staticmethod"], ["classmethod"]) else ""


def params_of(function: Function) -> tuple[Param, ...]:
    """The parameters that a caller fills."""
    return function.params[1:] if _of_class(function) == "classmethod" else function.params


def _passing(module: Module, function: Function) -> Passing | None:
    kinds = {one.kind: one.name for one in function.params}
    args, kwargs = kinds.get("var", ""), kinds.get("rest", "")
    entries = [one for one in module.entries(function.name) if not isinstance(one, Import)]
    often = function.holder == "module" and len(entries) > 1
    if not (args or kwargs) or not _is_plain(function) or function.is_generator or often:
        return None
    body = body_of(module, function)
    if body is None or any(bound_in(body, one) for one in (args, kwargs) if one):
        return None
    found = [_sends(module, function.qualname, called.call, args, kwargs) for called in calls_of(body)]
    sends = [one for one in found if one is not None]
    if not sends or any(one != sends[0] for one in sends) or bound_in(body, sends[0].task):
        return None
    one = sends[0].replace(function=function)
    # What is given by a loop's or a condition's name is another task each time.
    known = one.by_param or bool(takers(module, one.task, function.qualname))
    return one if known and _only_handed(body, args, kwargs, one.task) else None


def _sends(module: Module, scope: str, call: Call, args: str, kwargs: str) -> Passing | None:
    """What a call hands on to a task of that which the function is given."""
    func, given = call.func, call.args
    if resolved_name(module, call.callee, scope) == PARTIAL and given:
        func, given = given[0], given[1:]
    if not isinstance(func, Ref):
        return None
    head, _, method = func.name.rpartition(".")
    function = module.function(scope)
    if not head or function is None or (method in PACKS and func is not call.func):
        return None
    if method in DELAYS:
        late = Call(func, given, call.keywords, call.span)
        stars = [one.value for one in given if isinstance(one, Star)]
        spread = [one.value for one in call.keywords if one.name is None]
        own = direct(
            module,
            scope,
            late.replace(
                args=tuple(one for one in given if not isinstance(one, Star)),
                keywords=tuple(one for one in call.keywords if one.name is not None),
            ),
        )
        if not _just(stars, args) or not _just(spread, kwargs) or not (stars or spread):
            return None
        return Passing(module, function, head, own, bool(stars), bool(spread))
    return _packed(module, function, head, call, args, kwargs) if method in PACKS else None


def _packed(module: Module, function: Function, head: str, call: Call, args: str, kwargs: str) -> Passing | None:
    """The same of `apply_async(args, kwargs)`."""
    if any(isinstance(one, Star) for one in call.args) or any(one.name is None for one in call.keywords):
        return None
    first = call.args[0] if call.args else call.keyword("args")
    second = call.args[1] if len(call.args) > 1 else call.keyword("kwargs")
    places, names = _is_name(first, args), _is_name(second, kwargs)
    count, words = 0, []
    if isinstance(first, Seq) and first.kind != "set":
        stars = [one.value for one in first.items if isinstance(one, Star)]
        places, count = bool(stars), len(first.items) - len(stars)
        if not _just(stars, args):
            return None
    elif first is not None and not places:
        return None
    if isinstance(second, Dict):
        spread = [value for key, value in second.items if key is None]
        words = [str(key.value) for key, _ in second.items if key is not None and hasattr(key, "value")]
        names = bool(spread)
        if not _just(spread, kwargs) or len(words) + len(spread) != len(second.items):
            return None
    elif second is not None and not names:
        return None
    if not (places or names):
        return None
    return Passing(module, function, head, Given(count, tuple(words)), places, names)


def _is_name(expr: Expr | None, name: str) -> bool:
    return bool(name) and isinstance(expr, Ref) and expr.name == name


def _just(unpacked: list[Expr], name: str) -> bool:
    """Whether nothing else is unpacked than what has that name, and that once at most."""
    return not unpacked or (len(unpacked) == 1 and _is_name(unpacked[0], name))


def _only_handed(body: Body, args: str, kwargs: str, task: str) -> bool:
    """Whether a function does nothing with what it is given but hand it on to the task, in whichever way, and log it."""
    for spot in spots_of(body, inner=True):
        one = spot.statement
        if isinstance(one, Let) and any(isinstance(each, Ref) and each.name == task for each in one.targets):
            return False
        for expr in expressions(one):
            for held, within in below(expr):
                if not isinstance(held, Ref) or held.name.partition(".")[0] not in (args, kwargs) or not held.name:
                    continue
                calls = [each for each in within if isinstance(each, Call)]
                inner = calls[-1] if calls else None
                if inner is None or held.name not in (args, kwargs):
                    return False
                last = inner.callee.rpartition(".")[2]
                func = inner.args[0] if last == "partial" and inner.args else inner.func
                to_task = isinstance(func, Ref) and (func.name == task or func.name.startswith(f"{task}."))
                if not to_task and last not in NOTING:
                    return False
    return True
