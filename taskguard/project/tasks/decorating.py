"""Objects of the project that make tasks when they are called: `heavy = Decorator("heavy")`, used as `@heavy` or `@heavy(retry=True)`,
and classes used so: `@Retried(max_retries=3)`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Class, Expr, Function, Ref
from taskguard.facts.selections import imports_head
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.values import Unknown, Value
from taskguard.project.tasks.app_names import app_name
from taskguard.project.tasks.celery_names import SHARED
from taskguard.project.tasks.declarer import Declarer
from taskguard.project.tasks.handing import LATER
from taskguard.project.tasks.wrapper_bodies import makes_own, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

    Arguments = dict[str, Bound]

WHY = "an object that makes tasks when it is called"


def by_object(module: Module, expr: Expr, scope: str, holder: Module, made: Call) -> Declarer:
    """What the object that `made` makes hands on for the decorator `expr`: its class calls `shared_task` in one place."""
    found = resolve(holder, made.callee)
    place = found.module
    klass = place.klass(found.path) if place is not None else None
    dotted = resolved_name(holder, made.callee)
    if place is None or klass is None:
        return Declarer(dotted, opened=WHY)
    sites = _sites(place, klass)
    entry = place.function(f"{klass.qualname}.__call__")
    if len(sites) != 1 or entry is None:
        return Declarer(dotted, opened=WHY)
    call, here = sites[0]
    inner = call.func if isinstance(call.func, Call) else call
    given = _given(entry, Bound(expr, module, scope), place)
    own = {param.name for param in entry.params}
    if any(keyword.name is None for keyword in inner.keywords):
        return Declarer(dotted, opened=WHY, fixed=tuple(sorted(own)), files=(place.path,))
    options: dict[str, Value] = {}
    for keyword in inner.keywords:
        options[str(keyword.name)] = _worth(keyword.value, place, klass, here, given, Bound(made, holder))
    wrapped = call.args[0] if call.args else None
    automatic = (
        None
        if isinstance(wrapped, Ref) and wrapped.name in {one.name for one in here.params}
        else name_of(wrapped, place, here)
    )
    files = tuple(dict.fromkeys((place.path, holder.path)))
    fixed = (
        tuple(sorted({*own, *options, *(k.name for k in expr.keywords if k.name)}))
        if isinstance(expr, Call)
        else tuple(sorted(own | set(options)))
    )
    return Declarer(dotted, "", options, fixed, "", files, automatic, makes_own(wrapped, place, here))


def by_class(module: Module, expr: Call, scope: str, place: Module, klass: Class) -> Declarer | None:
    """What the object that a decorator makes hands on when it is called with the function; None where it makes no task."""
    sites = _sites(place, klass)
    dotted = f"{place.name}.{klass.qualname}"
    if not sites:
        return _attached(place, klass, dotted)
    if len(sites) != 1 or not klass.has("__call__"):
        return Declarer(dotted, opened=WHY)
    call, here = sites[0]
    inner = call.func if isinstance(call.func, Call) else call
    init = place.function(f"{klass.qualname}.__init__")
    params = init.params[1:] if init is not None else ()
    rest = next((param.name for param in params if param.kind == "rest"), "")
    made = Bound(expr, module, scope)
    options: dict[str, Value] = {}
    opened = ""
    for keyword in inner.keywords:
        if keyword.name is not None:
            options[keyword.name] = _worth(keyword.value, place, klass, here, {}, made)
        elif not rest or _source(keyword.value, place, klass) != rest:
            opened = WHY
    fixed = {*options, *(param.name for param in params if param.kind in ("both", "keyword"))}
    wrapped = call.args[0] if call.args else None
    plain = isinstance(wrapped, Ref) and wrapped.name in {one.name for one in here.params}
    automatic = None if plain else name_of(wrapped, place, here)
    return Declarer(
        dotted, "", options, tuple(sorted(fixed)), opened, (place.path,), automatic, makes_own(wrapped, place, here)
    )


def _attached(holder: Module, klass: Class, dotted: str) -> Declarer | None:
    """A class whose objects give the function back as it is, and make the task of it when the configuration is scanned (venusian)."""
    init = holder.function(f"{klass.qualname}.__init__")
    rest = next((param.name for param in init.params if param.kind == "rest"), "") if init is not None else ""
    if init is None or not rest or not klass.has("__call__") or not imports_head(holder.facts, "venusian"):
        return None
    for site in holder.facts.calls:
        call = site.call.func if isinstance(site.call.func, Call) else site.call
        if not site.scope.startswith(f"{klass.qualname}.") or not any(one.name is None for one in call.keywords):
            continue
        last = call.func.name.rpartition(".")[2] if isinstance(call.func, Attr | Ref) else ""
        spread = [one.value for one in call.keywords if one.name is None]
        if last in ("task", "shared_task") and any(_source(one, holder, klass) == rest for one in spread):
            own = tuple(one.name for one in init.params[1:] if one.kind in ("both", "keyword"))
            return Declarer(dotted, dotted, fixed=own, opened=LATER, files=(holder.path,))
    return None


def _source(value: Expr, holder: Module, klass: Class) -> str:
    """The name of the constructor's parameter that `self.x` is set to, and nothing else."""
    name = value.name if isinstance(value, Ref) else ""
    values = [
        one.value
        for one in holder.places.assigns_to(name)
        if isinstance(one.target, Ref) and one.scope.startswith(f"{klass.qualname}.")
    ]
    return values[0].name if len(values) == 1 and isinstance(values[0], Ref) else ""


def _sites(module: Module, klass: Class) -> list[tuple[Call, Function]]:
    """The calls `shared_task(...)(func)` and `shared_task(func)` in the methods of a class."""
    made = []
    for site in module.facts.calls:
        inner = site.call.func if isinstance(site.call.func, Call) else site.call
        function = module.function(site.scope)
        if function is None or not site.scope.startswith(f"{klass.qualname}.") or not site.call.args:
            continue
        head, _, last = inner.callee.rpartition(".")
        of_app = last == "task" and head and app_name(module, head, site.scope)
        if inner.callee and (of_app or resolved_name(module, inner.callee, site.scope) in SHARED):
            made.append((site.call, function))
    called = [one.func for one, _ in made]  # `shared_task(*args)` of `shared_task(*args)(func)`
    return [pair for pair in made if pair[0] not in called]


def _given(entry: Function, written: Bound, holder: Module) -> Arguments:
    """The arguments of `__call__`: those written, else the defaults."""
    made = {param.name: Bound(param.default, holder) for param in entry.params if param.default is not None}
    if isinstance(written.expr, Call):
        made.update({keyword.name: written.other(keyword.value) for keyword in written.expr.keywords if keyword.name})
    return made


def _worth(value: Expr, holder: Module, klass: Class, here: Function, given: Arguments, made: Bound) -> Value:
    """What an option is worth that `shared_task` is given there: an attribute of the object, a parameter of `__call__`, or itself."""
    if not isinstance(value, Ref):
        return value_of(Bound(value, holder, here.qualname))
    if value.name.startswith("self."):
        return _attribute(value.name[5:], holder, klass, made)
    if value.name in {param.name for param in here.params}:
        return value_of(given[value.name]) if value.name in given else Unknown("a parameter of the decorator")
    return value_of(Bound(value, holder, here.qualname))


def _attribute(name: str, holder: Module, klass: Class, made: Bound) -> Value:
    """What `self.name` is: the constructor's argument that it is set to."""
    scope = f"{klass.qualname}.__init__"
    init = holder.function(scope)
    values = [one.value for one in holder.places.assigns_to(f"self.{name}") if isinstance(one.target, Ref)]
    call = made.expr
    if init is None or len(values) != 1 or not isinstance(call, Call):
        return Unknown("an attribute of a decorator object")
    value = values[0]
    names = [param.name for param in init.params[1:]]
    if isinstance(value, Ref) and value.name in names:
        written = call.keyword(value.name)
        if written is None and names.index(value.name) < len(call.args):
            written = call.args[names.index(value.name)]
        if written is not None:
            return value_of(made.other(written))
        default = next((param.default for param in init.params if param.name == value.name), None)
        return value_of(Bound(default, holder)) if default is not None else Unknown("an argument of a decorator object")
    return value_of(Bound(value, holder, scope))
