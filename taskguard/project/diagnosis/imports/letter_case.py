"""Modules that are named in another case than they have: on Linux, where workers run, these are two names, and Python asks for the case elsewhere as well."""

from __future__ import annotations

from taskguard.facts.model import Const
from taskguard.project.celery.django import reads_settings, spoken
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.letter_case import in_other_case

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module


def said_by_the_app(service: Service) -> Iterator[tuple[Module, Span, str]]:
    """The settings modules that are written where the app is made: who writes one, where, and its name."""
    for one in spoken(service.project):
        given = one.expr.value if isinstance(one.expr, Const) else None
        if one.module in (service.module, service.maker) and isinstance(given, str):
            yield one.module, one.expr.span, given


def miscased_settings(service: Service) -> Iterator[Fault]:
    """`DJANGO_SETTINGS_MODULE` where the app is made, if a deployment does not say another module."""
    project = service.project
    if service.test or any(project.find(name) for name, _ in project.evidence.deployment.settings):
        return
    for origin, span, value in said_by_the_app(service):
        module = in_other_case(project, value) if project.find(value, origin) is None else None
        if module is not None and reads_settings(service):
            yield Fault(
                origin.path,
                span,
                f'DJANGO_SETTINGS_MODULE is "{value}", and the module is called {module.name}: the worker stops when it starts',
                f'write "{module.name}": names of modules are told apart by case',
                symbol=value,
                depends=(module.path,),
            )
