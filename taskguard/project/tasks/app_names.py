"""Which names are Celery apps, and which classes are Celery's: an app makes a base class (`app.Task`), and a class may be that of an app."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Binding, Call, Class, Cond, Const, Expr, Item, Ref
from taskguard.project.python.asking import told_class
from taskguard.project.python.evaluate import BUILTINS
from taskguard.project.python.families import ancestors, by_levels
from taskguard.project.python.flow import body_of, bound_in
from taskguard.project.python.names import builtin, resolve, resolved_name
from taskguard.project.tasks.celery_names import (
    APP_NAMES,
    CELERY_APP,
    CELERY_TASK,
    CURRENT_APP,
    DEEPEST,
    FOREIGN_APP,
    is_task_class,
)
from taskguard.project.tasks.leads import leads_away
from taskguard.project.tasks.text_questions import given_back, several_given_back
from taskguard.query import Keyed, query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module


class Parent(Record):
    """One base of a class. `dotted` is empty where it cannot be told; `module` and `klass` are None where it is outside the project."""

    dotted: str
    module: Module | None = None
    klass: Class | None = None


def key_of(module: Module, klass: Class) -> tuple[str, str, int]:
    """What tells a class from all others, also from one of the same name in the same file."""
    return module.path, klass.qualname, klass.span.line


def parents(module: Module, klass: Class) -> tuple[Parent, ...]:
    """The bases of a class, in order. `app.Task` of a Celery app is Celery's own."""
    return _parents(module, Keyed(klass, key_of(module, klass)))


@query
def _parents(module: Module, klass: Keyed) -> tuple[Parent, ...]:
    return tuple(_read_parents(module, klass.held))


def above(module: Module, klass: Class, deepest: int) -> list[tuple[Module, Class]]:
    """The classes of the project above a class, the first base and what is above it before the second."""
    return _above(module, Keyed(klass, key_of(module, klass)), deepest)


@query
def _above(module: Module, klass: Keyed, deepest: int) -> list[tuple[Module, Class]]:
    return ancestors((module, klass.held), _in_project, lambda one: key_of(*one), deepest)


def family(module: Module, klass: Class, deepest: int) -> list[tuple[Module, Class]]:
    """A class and those of the project above it, the nearest first."""
    return by_levels((module, klass), _in_project, lambda one: key_of(*one), deepest)


def _in_project(one: tuple[Module, Class]) -> Iterator[tuple[Module, Class]]:
    for parent in parents(*one):
        if parent.module is not None and parent.klass is not None:
            yield parent.module, parent.klass


def _read_parents(module: Module, klass: Class) -> Iterator[Parent]:
    scope = klass.qualname.rpartition(".")[0].removesuffix(".<locals>")
    for base in klass.bases:
        expr = base.of if isinstance(base, Item) else base
        if not isinstance(expr, Ref):
            yield _computed(module, base, scope)
            continue
        head, _, last = expr.name.rpartition(".")
        if last == "Task" and head and app_name(module, head, scope):
            yield Parent("celery.Task")
            continue
        found = resolve(module, expr.name, scope)
        holder = found.module if found.kind == "symbol" else None
        own = holder.klass(found.path) if holder is not None else None
        if own is not None:
            yield Parent(found.dotted, holder, own)
        elif found.kind == "external":
            yield Parent(found.dotted)
        elif (found.kind == "local" and _is_class_of_app(module, expr.name, scope)) or (
            holder is not None and _names_class_of_app(holder, found.path)
        ):
            yield Parent("celery.Task")
        else:
            plain = expr.name in BUILTINS and builtin(found, module)
            yield Parent(f"builtins.{expr.name}" if plain else "")


def _is_class_of_app(module: Module, name: str, scope: str) -> bool:
    """Whether a name of the function `scope` is the task class of an app: `TaskBase = celery.Task`."""
    function = module.function(scope)
    body = body_of(module, function) if function is not None else None
    values = [value for value, _ in bound_in(body, name)] if body is not None else []
    value = values[0] if len(values) == 1 else None
    head, _, last = value.name.rpartition(".") if isinstance(value, Ref) else ("", "", "")
    if last != "Task" or not head or function is None:
        return False
    # A function that is handed the app: `def configure(app, celery)`.
    handed = head in APP_NAMES and any(one.name == head for one in function.params)
    return handed or bool(app_name(module, head, scope))


def _names_class_of_app(module: Module, path: str) -> bool:
    """The same for a variable of a module, outside of functions."""
    bindings = [one for one in module.entries(path) if isinstance(one, Binding)] if "." not in path else []
    value = bindings[0].value if len(bindings) == 1 else None
    head, _, last = value.name.rpartition(".") if isinstance(value, Ref) else ("", "", "")
    return last == "Task" and bool(head and app_name(module, head))


def _computed(module: Module, expr: Expr, scope: str) -> Parent:
    held = told_class(expr, module, scope)
    return Parent(f"{held[0].name}.{held[1].qualname}", *held) if held is not None else Parent("")


def app_name(module: Module, written: str, scope: str = "", depth: int = 0) -> str:
    """The dotted name of the Celery app that `written` is; empty where it is none."""
    found = resolve(module, written, scope)
    if found.kind == "external":
        return found.path if found.path in CURRENT_APP else ""
    if found.kind == "local":
        for assign in module.places.assigns_to(written):
            if isinstance(assign.target, Ref) and makes_app(module, assign.value, assign.scope):
                return f"{module.name}.{written}"
        return ""
    if found.kind != "symbol" or found.module is None:
        return ""
    holder = found.module
    if any(one.app.replace(":", ".") == found.dotted for one in module.project.settings.apps):
        return found.dotted
    first, _, rest = found.path.partition(".")
    if rest:
        klass = holder.klass(first)
        bindings = [one for one in klass.attributes if one.name == rest] if klass else []
        if klass is None and rest in APP_NAMES:
            return app_of_variable(holder, first, rest)
    else:
        bindings = [one for one in holder.entries(first) if isinstance(one, Binding)]
    if any(_holds_app(holder, one) for one in bindings):
        return found.dotted
    if not rest and bindings and made_later(holder, first):
        return found.dotted
    handed = [one.value for one in bindings if isinstance(one.value, Call) and depth < DEEPEST]
    if name := next((name for one in handed if (name := _handed_on(holder, one, depth + 1))), ""):
        return name
    if pair := next((one.value for one in bindings if isinstance(one.value, Item)), None):
        back = one_of_several(holder, pair)
        if back is not None and depth < DEEPEST and (name := app_name(*back, depth + 1)):
            return found.dotted if resolve(*back).kind == "local" else name
    others = [one.value.name for one in bindings if isinstance(one.value, Ref) and depth < DEEPEST]
    return next((name for name in (app_name(holder, other, "", depth + 1) for other in others) if name), "")


def _handed_on(module: Module, value: Call, depth: int) -> str:
    """The name of the app that a function of the project has from elsewhere and gives back: `init_celery(flask_app)`; empty for any other call."""
    found = resolve(module, value.callee) if value.callee else None
    home = found.module if found is not None and found.kind == "symbol" else None
    function = home.function(found.path) if found is not None and home is not None else None
    if home is None or function is None or function.decorators or function.is_async or function.is_generator:
        return ""
    name = given_back(home.project, home.path, function) if home.function(function.qualname) is function else ""
    place = next((at for at, one in enumerate(function.params) if one.name == name), None) if name else None
    if place is not None:
        handed = value.args[place] if place < len(value.args) else value.keyword(name)
        return app_name(module, handed.name, "", depth) if isinstance(handed, Ref) else ""
    return app_name(home, name, function.qualname, depth) if name else ""


def one_of_several(module: Module, value: Item) -> tuple[Module, str, str] | None:
    """What `app, celery = create_app()` puts into a variable of the module: the module, name and scope of what the function gives back at that place."""
    call, at = value.of, value.index
    if not isinstance(call, Call) or not call.callee or not isinstance(at, Const) or not isinstance(at.value, int):
        return None
    found = resolve(module, call.callee)
    home = found.module if found.kind == "symbol" else None
    function = home.function(found.path) if home is not None else None
    if home is None or function is None or function.decorators or function.is_async or function.is_generator:
        return None
    names = several_given_back(home.project, home.path, function)
    return (home, names[at.value], function.qualname) if 0 <= at.value < len(names) else None


def _holds_app(module: Module, binding: Binding) -> bool:
    """Whether a variable holds a Celery app, by its value or by its annotation (`app: Celery = Proxy(make_app)`)."""
    if binding.value is not None and makes_app(module, binding.value, ""):
        return True
    if isinstance(binding.value, Attr | Call) and gives_app(module, binding.value):
        return True
    return bool(binding.annotation) and resolved_name(module, binding.annotation) in CELERY_APP


def makes_app(module: Module, value: Expr, scope: str, depth: int = 0) -> bool:
    """Whether an expression is a Celery app: `Celery(...)`, a subclass of it, or a project function that returns one."""
    if isinstance(value, Ref):
        found = resolve(module, value.name, scope)
        return found.kind == "external" and found.path in CURRENT_APP
    if isinstance(value, Cond):
        return any(makes_app(module, one, scope, depth + 1) for one in (value.body, value.orelse))
    if not isinstance(value, Call) or not value.callee or depth > DEEPEST:
        return False
    if leads_away(module, value.callee, scope, ("import *",)):
        return False
    found = resolve(module, value.callee, scope)
    if found.kind == "external":
        return found.path in CELERY_APP or found.path.endswith(FOREIGN_APP) or _used_as_app(module, value)
    if found.kind != "symbol" or found.module is None:
        return _used_as_app(module, value)
    klass = found.module.klass(found.path)
    if klass is not None:
        return inherits(found.module, klass, CELERY_APP)
    function = found.module.function(found.path)
    return _used_as_app(module, value) if function is None else _returns_app(found.module, function, depth + 1)


def _used_as_app(module: Module, value: Call) -> bool:
    """Whether the variable that holds what a call makes is configured as only a Celery app is: `app.config_from_object(...)`."""
    names = [one.name for one in selections.made_by_calls(module.facts) if one.value == value]
    called = {site.call.callee for site in module.facts.calls if not site.scope} if names else set()
    return any(
        f"{name}.{method}" in called for name in names for method in ("autodiscover_tasks", "config_from_object")
    )


def _returns_app(module: Module, function: Function, depth: int) -> bool:
    """Whether a function makes an app and binds it to a name, or returns it."""
    local = [one for one in module.places.assigns_in(function.qualname) if isinstance(one.target, Ref)]
    if any(makes_app(module, one.value, function.qualname, depth) for one in local):
        return True
    returned = [step.expr for step in function.steps or () if step.kind == "return"]
    return any(one is not None and makes_app(module, one, function.qualname, depth) for one in returned)


def inherits(module: Module, klass: Class, bases: frozenset[str]) -> bool:
    """Whether a class has one of `bases` (dotted names) among its ancestors, as far as the project says."""
    return _inherits(module, Keyed(klass, key_of(module, klass)), bases)


@query
def _inherits(module: Module, klass: Keyed, bases: frozenset[str]) -> bool:
    for place, one in family(module, klass.held, 20):
        for parent in parents(place, one):
            if parent.dotted in bases:
                return True
            if parent.klass is not None:
                continue
            if bases is CELERY_APP and parent.dotted.endswith(FOREIGN_APP):
                return True
            if bases is CELERY_TASK and is_task_class(parent.dotted):
                return True
    return False


def task_class(module: Module, klass: Class) -> bool:
    """Whether a class is a subclass of Celery's Task."""
    scope = klass.qualname.rpartition(".")[0].removesuffix(".<locals>")
    words = ("Task", "import *", "celery_")
    if all(isinstance(one, Ref) and leads_away(module, one.name, scope, words) for one in klass.bases):
        return False
    return inherits(module, klass, CELERY_TASK)


# Functions of libraries that make an app. What they configure is not known, so they make no service.
MAKERS = frozenset(("flask_celeryext.create_celery_app", "flask_celeryext.app.create_celery_app"))


def gives_app(module: Module, value: Expr) -> bool:
    """Whether an expression is an app that a library makes, or one that an object made here holds."""
    if isinstance(value, Call) and value.callee:
        made_by = resolve(module, value.callee).dotted
        what = value.args[0] if value.args else None
        cast = made_by == "typing.cast" and isinstance(what, Ref) and resolved_name(module, what.name) in CELERY_APP
        return cast or made_by in MAKERS
    if isinstance(value, Attr) and value.name in APP_NAMES and isinstance(value.of, Call):
        return bool(_held(module, value.of, value.name, ""))
    return False


def made_later(module: Module, variable: str) -> bool:
    """Whether a function puts an app into a variable of the module: `global app; app = Celery(…)`."""
    for one in module.facts.assigns:
        if isinstance(one.target, Ref) and one.target.name == variable and one.scope:
            function = module.function(one.scope)
            if function is not None and variable not in function.locals and makes_app(module, one.value, one.scope):
                return True
    return False


def app_of_variable(module: Module, variable: str, attribute: str) -> str:
    """The dotted name of the app that an object holds, of which `variable` is the name; empty where it holds none."""
    entry = module.entry(variable)
    if not isinstance(entry, Binding) or not isinstance(entry.value, Call):
        return ""
    return _held(module, entry.value, attribute, f"{module.name}.{variable}.{attribute}")


def _behind(place: Module, klass: Class, attribute: str) -> str:
    """The attribute that a property gives back: `_app` where it returns `self._app`."""
    function = place.function(f"{klass.qualname}.{attribute}")
    for step in (function.steps or ()) if function is not None and function.decorators else ():
        if step.kind == "return" and isinstance(step.expr, Ref) and step.expr.name.startswith("self."):
            return step.expr.name.removeprefix("self.")
    return attribute


def _held(module: Module, made: Call, attribute: str, dotted: str) -> str:
    found = resolve(module, made.callee) if made.callee else None
    if found is None:
        return ""
    if found.kind == "external":
        named = "celery" in found.path.lower() and found.path.rpartition(".")[2][:1].isupper()
        return (dotted or found.path) if named else ""
    place = found.module
    klass = place.klass(found.path) if place is not None else None
    if place is None or klass is None:
        return ""
    for one in klass.attributes:
        if one.name == attribute and one.value is not None and makes_app(place, one.value, klass.qualname):
            return f"{place.name}.{klass.qualname}.{attribute}"
    attribute = _behind(place, klass, attribute)
    for assign in place.facts.assigns:
        target = assign.target.name if isinstance(assign.target, Ref) else ""
        inside = assign.scope.startswith(f"{klass.qualname}.")
        if target == f"self.{attribute}" and inside and makes_app(place, assign.value, assign.scope):
            return f"{place.name}.{target}"
    return ""
