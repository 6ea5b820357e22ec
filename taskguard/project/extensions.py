"""Apps that an object holds: `FlaskCeleryExt(app).celery`, `ext.celery` where `ext` is an extension of a library or of the project."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Class, Expr, Ref
from taskguard.project.apps import APP_NAMES, CELERY_APP, makes_app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module

# Functions of libraries that make an app. What they configure is not known, so they make no service.
MAKERS = frozenset(("flask_celeryext.create_celery_app", "flask_celeryext.app.create_celery_app"))


def gives_app(module: Module, value: Expr) -> bool:
    """Whether an expression is an app that a library makes, or one that an object made here holds."""
    if isinstance(value, Call) and value.callee:
        made_by = module.find(value.callee).dotted
        what = value.args[0] if value.args else None
        cast = made_by == "typing.cast" and isinstance(what, Ref) and module.resolve(what.name) in CELERY_APP
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
    found = module.find(made.callee) if made.callee else None
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
