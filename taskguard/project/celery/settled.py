"""Values that the code takes from `django.conf.settings`, as the settings modules say them."""

from __future__ import annotations

from taskguard.project.celery.django import settings_modules
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.values import Known, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

PREFIX = "django.conf.settings."


def settled_value(system: System, value: Value, *services: Service) -> Value:
    """`value`, or where it is an attribute of Django's settings what all settings modules of `services` (all live ones where none are given) say."""
    if not isinstance(value, Unknown) or not value.name.startswith(PREFIX):
        return value
    name = value.name[len(PREFIX) :]
    if "." in name:
        return value
    found = [one for service in (services or system.live) for one in _said(system, service, name)]
    first = found[0] if found else None
    if not isinstance(first, Known) or any(not isinstance(one, Known) or one.value != first.value for one in found):
        return value
    return Known(first.value, tuple(dict.fromkeys(file for one in found for file in one.files)), value.name)


def _said(system: System, service: Service, name: str) -> list[Value]:
    from taskguard.project.celery.sources import definition

    held = settings_modules(service)
    if held.open or not held.modules:
        return [Unknown(held.open or "no settings module")]
    made: list[Value] = []
    for module in held.modules:
        bound, _ = definition(module, name)
        value = Unknown("not set there") if bound is None else value_of(bound)
        made.append(
            value.replace(files=tuple(dict.fromkeys((*value.files, module.path))))
            if isinstance(value, Known)
            else value
        )
    return made
