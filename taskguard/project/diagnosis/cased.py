"""Modules that are named in another case than they have: on Linux, where workers run, these are two names, and Python asks for the case elsewhere as well."""

from __future__ import annotations

from taskguard.facts.model import Const
from taskguard.project.celery.django import reads_settings, spoken
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.copied import copied_as
from taskguard.project.python.requirements import is_installed
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project


def in_other_case(project: Project, name: str) -> Module | None:
    """The one module whose name differs from a dotted one in case alone, from its first part on; None where something may have that very name."""
    head = name.partition(".")[0]
    held = _by_lower_case(project).get(name.lower(), ())
    if len(held) != 1 or project.find(head) is not None or head == held[0].name.partition(".")[0]:
        return None
    inside = f"/{head}/"
    if any(inside in f"/{path}" for path in project.modules) or copied_as(project, name) is not None:
        return None
    if is_installed(project, head) or project.beside(head):
        return None
    return held[0]


@query
def _by_lower_case(project: Project) -> dict[str, tuple[Module, ...]]:
    made: dict[str, tuple[Module, ...]] = {}
    for name, module in project.by_name.items():
        made[name.lower()] = (*made.get(name.lower(), ()), module)
    return made


def miscased_settings(service: Service) -> Iterator[Fault]:
    """`DJANGO_SETTINGS_MODULE` where the app is made, if a deployment does not say another module."""
    project = service.project
    if service.test or any(project.find(name) for name, _ in project.evidence.deployment.settings):
        return
    for one in spoken(project):
        given = one.expr
        if one.module not in (service.module, service.maker) or not isinstance(given, Const):
            continue
        value = given.value if isinstance(given.value, str) else ""
        module = in_other_case(project, value) if project.find(value, one.module) is None else None
        if module is not None and reads_settings(service):
            yield Fault(
                one.module.path,
                given.span,
                f'DJANGO_SETTINGS_MODULE is "{value}", and the module is called {module.name}: the worker stops when it starts',
                f'write "{module.name}": names of modules are told apart by case',
                symbol=value,
                depends=(module.path,),
            )
