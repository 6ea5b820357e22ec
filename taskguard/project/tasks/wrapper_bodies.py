"""What a wrapper around Celery's task decorators hands on for one use: its body followed with the arguments of that use."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Function, Ref
from taskguard.facts.selections import written_name
from taskguard.project.python.calls import arguments, keyword_arguments
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, run, value_of
from taskguard.project.python.values import Known, Name, Unknown, Value
from taskguard.project.tasks.declarer import Declarer
from taskguard.project.tasks.naming import keeps_name, wraps
from taskguard.project.tasks.text_questions import names_one

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.declarer import Arguments, Declare

DECORATED = Known(Name("function"))
DEEPEST = 5
BLIND = "the body of a wrapper cannot be followed"
# Options that a wrapper hands on as they are unless its body sets them.
PLAIN = ("name", "bind", "base")


def followed(
    module: Module,
    expr: Expr,
    scope: str,
    holder: Module,
    function: Function,
    depth: int,
    declare: Declare,
    around: Arguments | None = None,
) -> Declarer | None:
    """What the wrapper `function` of `holder` hands on for the decorator `expr`; None where its body cannot be followed.

    `around` are the arguments of the wrapper in which `expr` stands, if it stands in one.
    """
    if function.steps is None:
        return None
    written: Arguments = {}
    env = given(function, holder)
    if isinstance(expr, Call):
        here_called = Bound(expr, module, scope, around)
        env = arguments(here_called, expr, function, holder)
        written = keyword_arguments(here_called, expr) or {}
    if env is None:
        return None
    here, result = function, run(function.steps, holder, function.qualname, env, depth)
    for _ in range(DEEPEST):
        if not isinstance(result, Bound):
            return None
        value = result.expr
        called = written_name(value)
        inner = holder.function(f"{here.qualname}.<locals>.{called}") if called else None
        if inner is None:
            made = _handed_on(result, holder, here, depth, declare) if isinstance(value, Call) else None
            return None if made is None else _for_caller(made, written)
        decorated = _decorated(result, holder, here, inner, depth, declare)
        if decorated is not None:
            return _for_caller(decorated, written)
        own = given(inner, holder)
        if inner.steps is None or own is None:
            return None
        here, result = inner, run(inner.steps, holder, inner.qualname, {**(result.env or {}), **own}, depth + 1)
    return None


def given(function: Function, holder: Module) -> Arguments | None:
    """The parameters of a function that is used as a bare decorator; None where it could not be."""
    env: Arguments = {}
    first = True
    for param in function.params:
        if param.kind == "rest":
            env[param.name] = Mapping()
        elif param.kind == "var":
            env[param.name] = Known((DECORATED.value,) if first else ())
        elif first and param.kind in ("positional", "both"):
            env[param.name] = DECORATED
        elif param.default is not None:
            env[param.name] = Bound(param.default, holder)
        else:
            return None
        first = False
    return env


def _decorated(
    result: Bound, holder: Module, here: Function, inner: Function, depth: int, declare: Declare
) -> Declarer | None:
    """A wrapper that gives back a function of its own, which it has made a task: `@shared_task(**options) def run(): …`.

    A function that makes a task without the function it is given is none: it declares that task itself.
    """
    if not inner.decorators or not (uses_given(here, inner) or _hands_given(here, inner, holder)):
        return None
    for place, expr in enumerate(inner.decorators):
        made = merged(result.other(expr), holder, here, depth, declare)
        if made is not None:
            below = inner.replace(decorators=inner.decorators[place + 1 :])
            return made.replace(automatic=made.automatic or _name_of_own(below, holder), inner=True)
    return None


def uses_given(here: Function, inner: Function) -> bool:
    """Whether `inner` calls what `here` was given, or is decorated with it (`functools.wraps(func)`)."""
    names = {param.name for param in here.params}
    handed = {arg.name for one in inner.decorators if isinstance(one, Call) for arg in one.args if isinstance(arg, Ref)}
    return not names.isdisjoint({*handed, *(name.partition(".")[0] for name in inner.calls)})


def _hands_given(here: Function, inner: Function, holder: Module) -> bool:
    """Whether the body of `inner` names what `here` was given, which it then has another function call."""
    names = tuple(param.name for param in here.params if not inner.binds(param.name))
    return bool(names) and names_one(holder.project, holder.path, inner, names)


def _handed_on(result: Bound, holder: Module, here: Function, depth: int, declare: Declare) -> Declarer | None:
    """`shared_task(queue="x", **options)`, `shared_task(...)(func)`, `shared_task(func, queue="x")` with what its names are worth."""
    value = result.expr
    assert isinstance(value, Call)
    made = merged(result.other(value.func if isinstance(value.func, Call) else value), holder, here, depth, declare)
    if made is None:
        return None
    wrapped = value.args[0] if value.args else None
    automatic = made.automatic or name_of(wrapped, holder, here)
    return made.replace(automatic=automatic, inner=made.inner or makes_own(wrapped, holder, here))


def makes_own(wrapped: Expr | None, holder: Module, here: Function) -> bool:
    """Whether what a wrapper hands to the task decorator is a function of its own, or one that it has decorated."""
    if isinstance(wrapped, Ref):
        return holder.function(f"{here.qualname}.<locals>.{wrapped.name}") is not None
    return isinstance(wrapped, Call)


def merged(result: Bound, holder: Module, here: Function, depth: int, declare: Declare) -> Declarer | None:
    """A task decorator inside a wrapper, with the options that it is given there."""
    call = result.expr
    made = declare(holder, call, here.qualname, depth + 1, result.env)
    if made is None or made.name == "register":
        return None
    options: dict[str, Value] = dict(made.options)
    opened = made.opened
    for keyword in call.keywords if isinstance(call, Call) else ():
        bound = result.other(keyword.value)
        if keyword.name is None:
            spread = mapping_of(bound)
            opened = opened or spread.open
            options.update(
                {str(key): value_of(entry) for key, entry in spread.entries.items() if _hands_on(made, str(key))}
            )
        elif _hands_on(made, keyword.name):
            options[keyword.name] = value_of(bound)
    files = tuple(dict.fromkeys((*made.files, holder.path)))
    return Declarer(made.name, made.app, options, made.fixed, opened, files, made.automatic, made.inner)


def _hands_on(made: Declarer, name: str) -> bool:
    """Whether a decorator is known to pass that option of its caller on."""
    return name not in made.fixed and (made.opened != BLIND or name in PLAIN)


def name_of(wrapped: Expr | None, holder: Module, here: Function) -> Value | None:
    """The automatic name where the wrapper makes the task of a function of its own; None where it is that of the decorated one."""
    inner = holder.function(f"{here.qualname}.<locals>.{wrapped.name}") if isinstance(wrapped, Ref) else None
    if inner is None:
        return (
            Unknown("the wrapper decorates the function") if isinstance(wrapped, Call) and not wraps(wrapped) else None
        )
    return _name_of_own(inner, holder)


def _name_of_own(inner: Function, holder: Module) -> Value | None:
    return None if keeps_name(holder, inner) else Known(f"{holder.name}.{inner.name}", (holder.path,))


def _for_caller(made: Declarer, written: Arguments) -> Declarer:
    """The wrapper's options without those that it only passes on from its caller; those that it keeps for itself or changes are `fixed`."""
    options = dict(made.options)
    fixed = dict.fromkeys(made.fixed)
    for name, value in written.items():
        if name in options and options[name] == value_of(value):
            del options[name]
        else:
            fixed[name] = None
    return made.replace(options=options, fixed=tuple(fixed))
