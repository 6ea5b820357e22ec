"""Decorators that hand on the arguments as they are: what a task takes is what the function below them takes, and Celery does not see it."""

from __future__ import annotations

from taskguard.facts.model import Call, Function, Item, Ref, Star
from taskguard.facts.selections import written_name
from taskguard.facts.statements import Define, Let, Return
from taskguard.project.python.flow import below, body_of, calls_of, expressions, spots, spots_of
from taskguard.project.python.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskguard.facts.model import Class, Expr, Param
    from taskguard.facts.statements import Body, Statement
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

KNOWN = frozenset(("django.db.transaction.atomic",))
# Methods that change a dict, and what only looks at one that it is given.
CHANGING = frozenset("pop popitem update setdefault clear".split())
LOOKING = frozenset("str repr dict len sorted list tuple debug info warning error exception dumps format get".split())


def hands_on(task: Task) -> bool:
    """Whether each decorator below that of a task surely calls the function with the arguments that it is given."""
    function = task.function
    if function is None or task.form != "function" or not task.below:
        return False
    exprs = function.decorators[len(function.decorators) - len(task.below) :]
    if len(exprs) + len(task.above) + 1 != len(function.decorators):
        return False
    scope = function.qualname.rpartition(".")[0].removesuffix(".<locals>")
    bound = task.option("bind").value is True
    return all(_passes(task.module, one, scope, bound) for one in exprs)


def gives_back(task: Task) -> bool:
    """Whether what the function of a task gives back is what Celery gets: no decorator stands below the task's, or none but those that surely hand it on."""
    function = task.function
    if not task.below:
        return True
    if function is None or task.form != "function":
        return False
    exprs = function.decorators[len(function.decorators) - len(task.below) :]
    scope = function.qualname.rpartition(".")[0].removesuffix(".<locals>")
    return len(exprs) == len(task.below) and all(_is_known(task.module, one, scope) for one in exprs)


def _is_known(module: Module, expr: Expr, scope: str) -> bool:
    written = written_name(expr)
    found = resolve(module, written, scope) if written else None
    return found is not None and found.kind == "external" and found.path in KNOWN


def _passes(module: Module, expr: Expr, scope: str, bound: bool) -> bool:
    written = written_name(expr)
    found = resolve(module, written, scope) if written else None
    if found is None or found.kind == "external":
        return found is not None and found.path in KNOWN
    klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
    if klass is not None:
        return isinstance(expr, Call) and _by_object(found.module, klass, bound)
    function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
    if function is None or found.module is None or function.holder == "class" or function.decorators:
        return False
    return _wrapper(found.module, function, bound, maker=isinstance(expr, Call))


def _by_object(module: Module | None, klass: Class, bound: bool) -> bool:
    """Whether an object of a class that is called with the function (`@Lock(600)`) gives back one that hands on what it gets."""
    held = module.function(f"{klass.qualname}.__call__") if module is not None else None
    if (
        module is None
        or held is None
        or held.decorators
        or klass.decorators
        or "__new__" in klass.methods
        or klass.keywords
    ):
        return False
    return len(held.params) == 2 and _wrapper(module, held, bound, maker=False, own=1)


def _wrapper(module: Module, function: Function, bound: bool, maker: bool, own: int = 0) -> bool:
    """Whether a decorator, or what makes one, gives back a function that hands on what it gets; `own` is how many parameters stand before the function."""
    body = body_of(module, function)
    made = _returned(body.statements) if body is not None and not (body.is_async or body.is_generator) else None
    if maker and made is not None:
        function_params, made = made.params, _returned(made.body)
    else:
        function_params = function.params[own:]
    if made is None or not function_params or function_params[0].kind not in ("positional", "both"):
        return False
    prefix = f"{function.qualname}.<locals>."
    inner = [
        one
        for one in module.places.functions_in(function.qualname)
        if one.qualname.startswith(prefix) and one.span.line <= made.span.line and one.name == made.name
    ]
    run = body_of(module, inner[-1]) if inner else None
    return run is not None and _is_handing_on(run, made.params, function_params[0].name, bound)


def _returned(statements: tuple[Statement, ...]) -> Define | None:
    """The function within that all returns of a body give back."""
    defined = {one.name: one for one in statements if isinstance(one, Define) and one.kind == "function"}
    names = set()
    for spot in spots(statements):
        if isinstance(spot.statement, Return):
            value = spot.statement.value
            if isinstance(value, Call) and isinstance(value.func, Call) and len(value.args) == 1:
                value = value.args[0]  # wraps(function)(run)
            names.add(value.name if isinstance(value, Ref) else "")
    return defined.get(names.pop()) if len(names) == 1 else None


def _is_handing_on(run: Body, params: tuple[Param, ...], called: str, bound: bool) -> bool:
    if run.is_async or run.is_generator or len(params) < 2:
        return False
    *first, args, kwargs = params
    if (args.kind, kwargs.kind) != ("var", "rest") or len(first) > bound or any(one.kind == "keyword" for one in first):
        return False
    calls = [one.call for one in calls_of(run) if one.call.callee == called]
    wanted = [*(one.name for one in first), f"*{args.name}", f"**{kwargs.name}"]
    return (
        bool(calls)
        and all(written_args(one) == wanted for one in calls)
        and not any(changes(one, {called, args.name, *(one.name for one in first)}, kwargs.name) for one in _all(run))
    )


def written_args(call: Call) -> list[str]:
    """The arguments of a call as they are written, where they are plain names."""
    given = [(f"*{_name(one.value)}" if isinstance(one, Star) else _name(one)) for one in call.args]
    return given + [f"**{_name(one.value)}" if one.name is None else f"{one.name}=" for one in call.keywords]


def _name(expr: Expr) -> str:
    return expr.name if isinstance(expr, Ref) else ""


def _all(run: Body) -> Iterator[Statement]:
    for spot in spots_of(run, inner=True):
        yield spot.statement


def changes(statement: Statement, names: set[str], kwargs: str, handing: Sequence[Call] = ()) -> bool:
    """Whether a statement may give the names another value, or change what is passed by name, elsewhere than in the calls that are `handing` it on."""
    if isinstance(statement, Let):
        for target in statement.targets:
            for one, _ in below(target):
                if _name(one) in names | {kwargs} or (isinstance(one, Item) and _name(one.of) == kwargs):
                    return True
    elif type(statement).__name__ == "Other":
        return any(_name(one) == kwargs for expr in expressions(statement) for one, _ in below(expr))
    for expr in expressions(statement):
        for one, _ in below(expr):
            if not isinstance(one, Call) or any(one is each for each in handing):
                continue
            holder, _, method = one.callee.rpartition(".")
            if holder == kwargs and method in CHANGING:
                return True
            if any(_name(arg) == kwargs for arg in one.args) and method not in LOOKING:
                return True
    return False
