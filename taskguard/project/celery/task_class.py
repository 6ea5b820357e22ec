"""The base class that an app gives to its tasks."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.project.celery.system import celery_of
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.values import ABSENT, Known, Name, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module


def task_class_of(service: Service) -> Value:
    """The base class that the app gives to tasks without one: `task_cls=`, `app.task_cls`, `app.Task = …`, or a subclass's attribute."""
    given = task_class_given(service)
    if given is None:
        return ABSENT
    value = value_of(given)
    if isinstance(value, Known) and isinstance(value.value, str):
        written = value.value.replace(":", ".")
        return Known(Name(_class_named(service, written)), value.files)
    return value


def task_class_given(service: Service) -> Bound | None:
    """The expression that says that class, where something does."""
    given: list[Bound] = []
    expr = service.call.keyword("task_cls")
    if expr is not None:
        given.append(Bound(expr, service.maker, service.maker_scope))
    for one in celery_of(service.project).statements(service):
        if one.kind == "Task":
            given.append(one.bound())
    found = resolve(service.maker, service.call.callee, service.maker_scope)
    klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
    if not given and klass is not None and found.module is not None:
        given = [
            Bound(one.value, found.module, klass.qualname)
            for one in klass.attributes
            if one.name == "task_cls" and one.value is not None
        ]
    return given[-1] if given else None


def local_class(service: Service) -> tuple[Module, Class] | None:
    """That class, where it is one inside of a function, as those that an app's factory makes."""
    bound = task_class_given(service)
    if bound is None or not isinstance(bound.expr, Ref) or "." in bound.expr.name:
        return None
    scope = bound.scope
    while scope:
        klass = bound.module.klass(f"{scope}.<locals>.{bound.expr.name}")
        if klass is not None:
            return bound.module, klass
        scope = scope.rpartition(".<locals>.")[0]
    return None


def _class_named(service: Service, written: str) -> str:
    """The dotted name of a class that a string names, through re-exports."""
    name, _, attribute = written.rpartition(".")
    target = service.project.find(name, service.module) if name else None
    return (resolved_name(target, attribute) if target is not None else "") or written
