"""Wrappers whose body cannot be followed step by step: what they hand on, as far as that shows at the place where a task is made."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Function, Item, Ref
from taskguard.facts.selections import imports_head
from taskguard.project.python.calls import returns
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.python.values import ABSENT, Value
from taskguard.project.tasks.declarer import Declarer
from taskguard.project.tasks.rest_options import forced_options, taken_options
from taskguard.project.tasks.wrapper_bodies import BLIND, PLAIN, makes_own, merged, uses_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.declarer import Arguments, Declare


LATER = "the task is made when the configuration is scanned"


def unfollowed(expr: Expr, holder: Module, function: Function, depth: int, declare: Declare) -> Declarer | None:
    """A wrapper whose body cannot be followed, but hands its `**kwargs` on to just one task decorator.

    Of what its caller writes, `name`, `bind` and `base` count unless the body sets them; what becomes of the rest cannot be told.
    """
    rest = next((param.name for param in function.params if param.kind == "rest"), "")
    if function.steps is not None or not rest:
        return None
    calls = [
        site.call
        for site in holder.places.calls_in(function.qualname)
        if site.call.callee.rpartition(".")[2] in ("task", "shared_task")
        and any(
            keyword.name is None and isinstance(keyword.value, Ref) and keyword.value.name == rest
            for keyword in site.call.keywords
        )
    ]
    made = (
        merged(Bound(calls[0], holder, function.qualname), holder, function, depth, declare)
        if len(calls) == 1
        else None
    )
    if made is None:
        return None
    changed = {
        value_of(Bound(one.target.index, holder, one.scope)).value
        for one in holder.places.assigns_in(function.qualname)
        if isinstance(one.target, Item) and isinstance(one.target.of, Ref) and one.target.of.name == rest
    }
    written = [str(keyword.name) for keyword in expr.keywords if keyword.name] if isinstance(expr, Call) else []
    fixed = (*made.fixed, *made.options, *(name for name in written if name in changed or name not in PLAIN))
    options = dict(made.options)
    if not isinstance(expr, Call) or all(keyword.name for keyword in expr.keywords):
        options.update({name: ABSENT for name in PLAIN if name not in {*written, *changed, *options}})
    own = made.inner or _of_own(calls[0], holder, function)
    return made.replace(options=options, fixed=tuple(dict.fromkeys(fixed)), opened=BLIND, inner=own)


def _of_own(call: Call, holder: Module, function: Function) -> bool:
    """Whether a wrapper makes the task of a function of its own: `@task(**options) def run(): …`, `task(**options)(run)`."""
    inner = holder.places.functions_in(function.qualname)
    if any(getattr(expr, "span", None) == call.span for one in inner for expr in one.decorators):
        return True
    handed = (site.call for site in holder.facts.calls if site.call.func == call and site.call.args)
    return any(makes_own(one.args[0], holder, function) for one in handed)


def attached(holder: Module, function: Function) -> Declarer | None:
    """A wrapper that gives its function back as it is and makes the task when the configuration is scanned (venusian)."""
    rest = next((param.name for param in function.params if param.kind == "rest"), "")
    if not rest or not imports_head(holder.facts, "venusian"):
        return None
    for site in holder.facts.calls:
        if not site.scope.startswith(f"{function.qualname}.<locals>."):
            continue
        call = site.call.func if isinstance(site.call.func, Call) else site.call
        last = call.func.name.rpartition(".")[2] if isinstance(call.func, Attr | Ref) else ""
        spread = any(
            one.name is None and isinstance(one.value, Ref) and one.value.name == rest for one in call.keywords
        )
        if spread and last in ("task", "shared_task"):
            own = tuple(one.name for one in function.params if one.kind in ("both", "keyword"))
            name = f"{holder.name}.{function.qualname}"
            return Declarer(name, name, fixed=own, opened=LATER, files=(holder.path,))
    return None


def returned(
    holder: Module, function: Function, given: Arguments | None, depth: int, declare: Declare
) -> Declarer | None:
    """A function that returns `shared_task(...)` (with options of its own), directly or through a nested decorator."""
    for inner in (function, *holder.places.functions_in(function.qualname)):
        for step in (*returns(inner.steps or ()), *_makes(holder, inner, given is not None)):
            made = _handed_on(holder, function, inner, step, given, depth, declare)
            if made is not None:
                return made
    return None


def _makes(holder: Module, inner: Function, called: bool) -> list[Expr]:
    """`made = task(func)`: whatever a wrapper returns then, the function that it is given, or one around it, becomes a task."""
    if inner.holder != "function" and called:
        return []
    params = {param.name for param in inner.params}
    params.update(one.name for one in holder.places.functions_in(inner.qualname) if uses_given(inner, one))
    return [
        one.value
        for one in holder.places.assigns_in(inner.qualname)
        if isinstance(one.value, Call)
        and one.value.args
        and isinstance(one.value.args[0], Ref)
        and one.value.args[0].name in params
    ]


def _handed_on(
    holder: Module,
    function: Function,
    inner: Function,
    expr: Expr,
    given: Arguments | None,
    depth: int,
    declare: Declare,
) -> Declarer | None:
    """`return shared_task(queue="x", **options)`, `return shared_task(...)(func)`, `return shared_task(func, queue="x")`."""
    call = expr.func if isinstance(expr, Call) and isinstance(expr.func, Call) else expr
    if not isinstance(call, Call):
        return None
    made = declare(holder, call, inner.qualname, depth + 1, None)
    if made is None or made.name == "register":
        return None
    rest = {param.name for one in (function, inner) for param in one.params if param.kind == "rest"}
    env: Arguments = dict(given or {})
    for param in function.params:
        if param.kind == "rest":
            env[param.name] = _defaults(function, param.name, holder)
    options: dict[str, Value] = dict(made.options)
    fixed: list[str] = list(made.fixed)
    opened = made.opened
    forced = forced_options(function.steps or (), rest, holder, function.qualname, env)
    fixed.extend(taken_options(function.steps or (), rest))
    for keyword in call.keywords:
        if keyword.name is not None:
            options[keyword.name] = value_of(Bound(keyword.value, holder, inner.qualname, env))
            fixed.append(keyword.name)
        elif isinstance(keyword.value, Ref) and keyword.value.name in rest:
            whole = env.get(keyword.value.name)
            if isinstance(whole, Mapping):
                options.update({str(key): value_of(entry) for key, entry in whole.entries.items()})
            options.update(forced)
            fixed.extend(forced)
        else:
            spread = mapping_of(Bound(keyword.value, holder, inner.qualname, env))
            opened = opened or spread.open
            options.update({str(key): value_of(entry) for key, entry in spread.entries.items()})
    names = {param.name for param in function.params if param.kind in ("both", "keyword")}
    passed = {
        k.name: k.value.name for k in call.keywords if k.name and isinstance(k.value, Ref) and k.value.name in names
    }
    for option, name in passed.items() if given is None else ():
        fixed.remove(option)
        default = next((param.default for param in function.params if param.name == name), None)
        options.pop(option, None)
        if default is not None:
            options[option] = value_of(Bound(default, holder))
    fixed.extend(sorted(names - set(fixed) - set(passed)))
    files = tuple(dict.fromkeys((*made.files, holder.path)))
    wrapped = expr.args[0] if isinstance(expr, Call) and expr.args else None
    own = made.inner or makes_own(wrapped, holder, inner)
    return Declarer(made.name, made.app, options, tuple(fixed), opened, files, inner=own)


def _defaults(function: Function, name: str, holder: Module) -> Mapping:
    """What `options.setdefault("queue", "x")` puts into the wrapper's `**options`."""
    made = Mapping()
    for step in function.steps or ():
        call = step.expr
        if (
            step.kind == "call"
            and isinstance(call, Call)
            and call.callee == f"{name}.setdefault"
            and len(call.args) == 2
        ):
            key = value_of(Bound(call.args[0], holder, function.qualname))
            if isinstance(key.value, str):
                made.entries[key.value] = Bound(call.args[1], holder, function.qualname)
    return made
