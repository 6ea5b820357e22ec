"""An app that branches bind: `if DEBUG: app = Celery(…) else: app = Celery(…)`."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Cond, Import
from taskguard.project.python.names import absolute_name, resolve
from taskguard.project.tasks.celery_names import CELERY_APP, PLAIN_APPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import Service


def either(value: Expr | None) -> list[Call]:
    """The calls of which one makes a value: `Celery(…) if DEBUG else make()` has two."""
    if isinstance(value, Cond):
        return [*either(value.body), *either(value.orelse)]
    return [value] if isinstance(value, Call) else []


def alternatives(service: Service) -> list[Call]:
    """The calls of which one makes the app: several where branches bind its variable, the service's own last."""
    if service.maker_scope:
        return [service.call]
    bindings = [
        one
        for one in service.maker.entries(service.variable)
        if isinstance(one, Binding) and (one.guard or isinstance(one.value, Cond))
    ]
    calls = [call for one in bindings for call in either(one.value)]
    if all(one is not service.call for one in calls):
        return [service.call]
    return [*(one for one in calls if one is not service.call), service.call]


def made_outside(service: Service) -> bool:
    """Whether something outside the project makes the app, or may: what it configures cannot be told."""
    module, scope = service.maker, service.maker_scope
    calls = alternatives(service)
    for call in calls:
        found = resolve(module, call.callee, scope) if call.callee else None
        if found is None or (
            found.kind == "external" and found.path not in CELERY_APP and found.path not in PLAIN_APPS
        ):
            return True
        if found.kind == "unknown" and call is not service.call:
            return True
    if scope:
        return False
    branches = [one for one in module.entries(service.variable) if isinstance(one, Import) and one.guard]
    return any(module.project.find(absolute_name(module, one.module), module) is None for one in branches)
