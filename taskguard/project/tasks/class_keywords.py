"""What a class task is given by other ways than an attribute: by class keywords (`class Hourly(Base, name="hourly")` with
`Base.__init_subclass__(cls, name=None)`), and the name that its constructor, a property or a metaclass makes."""

from __future__ import annotations

from taskguard.facts.model import Assign, Class, Expr, Function, Ref
from taskguard.project.python.evaluate import Bound, Mapping, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known, Unknown, Value
from taskguard.project.tasks.app_names import above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

HOOK = "__init_subclass__"
WHY = f"what {HOOK} makes of it cannot be told"
DEEPEST = 20


def given_by_keywords(module: Module, klass: Class) -> dict[str, Value]:
    """The class attributes that the `__init_subclass__` of its ancestors sets, the nearest one last."""
    made: dict[str, Value] = {}
    for place, parent in reversed(above(module, klass, DEEPEST)):
        hook = place.function(f"{parent.qualname}.{HOOK}") if parent.has(HOOK) else None
        if hook is not None:
            made.update(_set_by(place, hook, module, klass))
    return made


def made_name(module: Module, klass: Class) -> Value | None:
    """The name that a constructor, a property or a metaclass of the project gives to an instance; None where none does."""
    for place, one in ((module, klass), *above(module, klass, DEEPEST)):
        if one.has("name"):
            return Unknown("the name is a property")
        scope = f"{one.qualname}.__init__"
        for assign in place.places.assigns_in(scope) if one.has("__init__") else ():
            if isinstance(assign.target, Ref) and assign.target.name == "self.name":
                value = value_of(Bound(assign.value, place, scope))
                return Unknown("the constructor makes the name") if assign.guard else value
        if klass.sets("name"):
            return None
        for keyword in one.keywords:
            if keyword.name == "metaclass" and _changes(place, keyword.value):
                return Unknown("a metaclass may give the name")
    return None


def _changes(module: Module, metaclass: Expr) -> bool:
    found = resolve(module, metaclass.name) if isinstance(metaclass, Ref) else None
    held = found.module.klass(found.path) if found is not None and found.module is not None else None
    return held is not None and held.has("__getattribute__", "__init__", "__new__")


def _set_by(place: Module, hook: Function, module: Module, klass: Class) -> dict[str, Value]:
    here = klass.qualname.rpartition(".")[0].removesuffix(".<locals>")
    written = {one.name: Bound(one.value, module, here) for one in klass.keywords if one.name != "metaclass"}
    names = {one.name for one in hook.params if one.kind in ("both", "keyword")}
    env: dict[str, Bound | Value | Mapping] = {"cls": Unknown("a class")}
    env |= {
        f"cls.{held.name}": Bound(held.value, module, klass.qualname)
        for held in klass.attributes
        if held.value is not None
    }
    env |= {
        "cls.__name__": Known(klass.name),
        "cls.__qualname__": Known(klass.qualname),
        "cls.__module__": Known(module.name),
    }
    for param in hook.params:
        if param.name in written:
            env[param.name] = written[param.name]
        elif param.default is not None:
            env[param.name] = Bound(param.default, place)
    made: dict[str, Value] = {}
    for one in place.places.assigns_in(hook.qualname):
        name = one.target.name.removeprefix("cls.") if isinstance(one.target, Ref) else ""
        if not isinstance(one.target, Ref) or not one.target.name.startswith("cls."):
            continue
        if one.guard and _param(one) not in written:
            if _param(one) not in names:
                made[name] = Unknown(WHY)
            continue  # `if name: cls.name = name`, and the class gives none
        value = value_of(Bound(one.value, place, hook.qualname, env))
        made[name] = value.replace(files=tuple(dict.fromkeys((*value.files, place.path)))) if value.known else value
    if any(param.kind == "rest" for param in hook.params) or None in written:
        made.update({str(name): Unknown(WHY) for name in written if name is not None and name not in names | set(made)})
    return made


def _param(one: Assign) -> str:
    return one.value.name if isinstance(one.value, Ref) else ""
