"""Methods that make tasks: `@queue.task` where `queue` is an object of a class of the project, be it an app of its own or one that holds an app."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Binding, Call, Class, Expr, Function, Ref
from taskguard.project.python.names import resolve
from taskguard.project.tasks.app_names import above, app_name, inherits
from taskguard.project.tasks.celery_names import CELERY_APP, DEEPEST
from taskguard.project.tasks.declarer import Declarer
from taskguard.project.tasks.leads import leads_away
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.declarer import Arguments, Handed


WHY = "a method that makes tasks and cannot be followed"
APP_WORDS = ("celery", "capp", "app", "_app")


def by_method(
    module: Module, expr: Expr, scope: str, written: str, depth: int, around: Arguments | None, handed: Handed
) -> Declarer | None:
    """How the decorator `owner.method` declares a task, where `owner` is an object of a project class; None where it does not."""
    owner, _, last = written.rpartition(".")
    if owner in ("self", "cls"):
        return _of_self(module, expr, scope, last, depth, around, handed)
    found = resolve(module, owner, scope)
    app = ""
    if found.kind == "symbol" and found.module is not None:
        made = _class_of(found.module, found.path, depth)
        app = app_name(found.module, found.path) if made is not None else ""
    elif found.kind == "local":
        made = _class_of_local(module, owner, scope, depth)
    else:
        return None
    method = _method(*made, last) if made is not None else None
    if method is None:
        stands_for = made is not None and last == "task" and _delegates(*made)
        return Declarer(f"{owner}.task", app or f"{module.name}.{owner}") if stands_for else None
    return _with_app(_handed(module, expr, scope, *method, depth, around, handed), app)


def by_super(
    module: Module, expr: Expr, scope: str, depth: int, around: Arguments | None, handed: Handed
) -> Declarer | None:
    """`super().task(*args, **options)` in a method of the project's own app class."""
    func = expr.func if isinstance(expr, Call) else None
    if not isinstance(func, Attr) or not isinstance(func.of, Call) or func.of.callee != "super":
        return None
    klass = _around(module, scope)
    if klass is None:
        return None
    for place, parent in _parents(module, klass):
        method = _method(place, parent, func.name)
        if method is not None:
            return _handed(module, expr, scope, *method, depth, around, handed)
    return Declarer("celery.app.task") if func.name == "task" and inherits(module, klass, CELERY_APP) else None


def hands_on(module: Module, function: Function, handed: Handed) -> bool:
    """Whether a method, used as a decorator, declares a task."""
    if not _speaks_of_tasks(module, function):
        return False
    return handed(module, Ref(function.name, function.span), "", module, without_self(function), 0, None) is not None


def without_self(function: Function) -> Function:
    """The method as its callers see it."""
    names = [one.name for one in function.decorators if isinstance(one, Ref)]
    return function if "staticmethod" in names else function.replace(params=function.params[1:])


def _of_self(
    module: Module, expr: Expr, scope: str, last: str, depth: int, around: Arguments | None, handed: Handed
) -> Declarer | None:
    """`self.task(func)` in a method."""
    klass = _around(module, scope)
    if klass is None:
        return None
    method = _method(module, klass, last)
    if method is not None:
        return _handed(module, expr, scope, *method, depth, around, handed)
    return Declarer("celery.app.task") if last == "task" and inherits(module, klass, CELERY_APP) else None


def held_app(module: Module, head: str, scope: str) -> str:
    """The app that an object holds by the look of it: `self.celery` in a method, set to what it was given; empty where it is none."""
    first, _, rest = head.partition(".")
    if first not in ("self", "cls") or not rest.endswith(APP_WORDS) or _around(module, scope) is None:
        return ""
    imports = any(one.module.partition(".")[0] == "celery" for one in module.facts.imports)
    return f"{module.name}.{head}" if imports else ""


def _handed(
    module: Module,
    expr: Expr,
    scope: str,
    place: Module,
    function: Function,
    depth: int,
    around: Arguments | None,
    handed: Handed,
) -> Declarer | None:
    if depth > DEEPEST or not _speaks_of_tasks(place, function):
        return None
    made = handed(module, expr, scope, place, without_self(function), depth + 1, around)
    if made is not None:
        return made
    written = [one.name for one in expr.keywords if one.name] if isinstance(expr, Call) else []
    return Declarer(
        f"{place.name}.{function.qualname}", fixed=("base", "bind", "name", *written), opened=WHY, files=(place.path,)
    )


def _delegates(module: Module, klass: Class) -> bool:
    """Whether objects of a class have the `task` of an app they hold: by `__getattr__`, or set as an attribute."""
    for place, one in ((module, klass), *_parents(module, klass)):
        if not any(held.module.partition(".")[0] == "celery" for held in place.facts.imports):
            continue
        if one.has("__getattr__"):
            return True
        for assign in place.facts.assigns:
            target, value = assign.target, assign.value
            if (
                isinstance(target, Ref)
                and target.name == "self.task"
                and assign.scope.startswith(f"{one.qualname}.")
                and isinstance(value, Attr | Ref)
                and value.name.rpartition(".")[2] == "task"
            ):
                return True
    return False


def _speaks_of_tasks(place: Module, function: Function) -> bool:
    """Whether a method calls a task decorator of what it holds, in itself or in a function of its own."""
    own, inner = function.qualname, f"{function.qualname}.<locals>."
    for scope, func in _task_calls(place):
        if scope == own or scope.startswith(inner):
            return _is_decorator(place, scope, func)
    return False


@query
def _task_calls(place: Module) -> list[tuple[str, Expr]]:
    """The calls of what may be a task decorator, by name, with the scopes they are in."""
    sites = selections.calling_through(place.facts, "shared_task", "task")
    return [(one.scope, one.call.func.func if isinstance(one.call.func, Call) else one.call.func) for one in sites]


def _is_decorator(place: Module, scope: str, func: Expr) -> bool:
    """Whether `x.task` can be that of an app: the file imports from Celery, or the class is an app."""
    if any(
        "celery" in (one.name or one.module).lower() or one.module.startswith("celery") for one in place.facts.imports
    ):
        return True
    klass = _around(place, scope)
    return klass is not None and inherits(place, klass, CELERY_APP)


def _with_app(made: Declarer | None, app: str) -> Declarer | None:
    return made.replace(app=app, name=f"{app}.task") if made is not None and app else made


def _around(module: Module, scope: str) -> Class | None:
    """The class whose method a scope is in."""
    return module.klass(scope.partition(".<locals>")[0].rpartition(".")[0])


def _class_of(holder: Module, path: str, depth: int) -> tuple[Module, Class] | None:
    """The project class of which a module's variable holds an object."""
    entry = holder.entry(path) if "." not in path else None
    if not isinstance(entry, Binding) or entry.kind != "variable":
        return None
    if isinstance(entry.value, Call):
        return _made(holder, entry.value, "", depth)
    found = resolve(holder, entry.annotation) if entry.annotation.replace(".", "").isidentifier() else None
    return _klass(found.module, found.path) if found is not None and found.kind == "symbol" else None


def _class_of_local(module: Module, name: str, scope: str, depth: int) -> tuple[Module, Class] | None:
    """The same of a variable of the function `scope`, or of one around it."""
    values = [
        one
        for one in module.places.assigns_to(name)
        if isinstance(one.target, Ref) and isinstance(one.value, Call) and f"{scope}.".startswith(f"{one.scope}.")
    ]
    last = values[-1] if values else None
    return _made(module, last.value, last.scope, depth) if last is not None and isinstance(last.value, Call) else None


def _made(module: Module, value: Call, scope: str, depth: int) -> tuple[Module, Class] | None:
    """The project class of what a call makes, also where a function of the project makes it."""
    if not value.callee or depth > DEEPEST or leads_away(module, value.callee, scope, ("import *", "task")):
        return None
    found = resolve(module, value.callee, scope)
    if found.kind != "symbol" or found.module is None:
        return None
    klass = _klass(found.module, found.path)
    function = found.module.function(found.path) if klass is None else None
    if function is None:
        return klass
    for one in found.module.places.assigns_in(function.qualname):
        if isinstance(one.value, Call):
            inner = _made(found.module, one.value, one.scope, depth + 1)
            if inner is not None and inherits(*inner, CELERY_APP):
                return inner
    return None


def _klass(module: Module | None, path: str) -> tuple[Module, Class] | None:
    klass = module.klass(path) if module is not None else None
    return (module, klass) if module is not None and klass is not None else None


def _method(module: Module, klass: Class, name: str) -> tuple[Module, Function] | None:
    """The method of a class or of its ancestors in the project."""
    for place, one in ((module, klass), *_parents(module, klass)):
        function = place.function(f"{one.qualname}.{name}") if one.has(name) else None
        if function is not None:
            return place, function
    return None


def _parents(module: Module, klass: Class) -> list[tuple[Module, Class]]:
    return above(module, klass, DEEPEST)
