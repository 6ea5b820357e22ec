"""Apps beside Django's settings to which nobody hands these: what is written there for Celery is read by nobody."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.questions import holds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import has_old_loader, names_settings, settings_modules
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.setting_names import meaning
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.read_by_project import read_elsewhere

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# How an app gets its configuration another way.
ELSEWHERE = ("config_source", "CELERY_CONFIG_MODULE", "CELERY_LOADER", "djcelery")
BROKER = "CELERY_BROKER_URL"


def without_source(system: System) -> Iterator[Fault]:
    """The one app of a project that names Django's settings, and reads none of what they have for Celery."""
    project = system.project
    apps = [one for one in system.live if not one.test]
    if len(apps) != 1 or not project.complete or not project.search(BROKER):
        return
    service = apps[0]
    if service not in in_use(system) or not names_settings(service) or _is_told(service) or has_old_loader(service):
        return
    held = settings_modules(service)
    for module in held.modules if not held.open else ():
        names = _meant(module)
        if BROKER in names and not any(read_elsewhere(project, one) for one in names):
            yield _fault(service, module, names)
            return


def _is_told(service: Service) -> bool:
    """Whether the app has a configuration, a broker at least, or may have one from elsewhere: a class or a loader of its own, code that is told of it, or the environment."""
    project, held = service.project, configuration(service)
    if held.open or held.namespace is not None or held.get("broker_url") is not None:
        return True
    if not {one.name for one in service.call.keywords} <= {"include", "main", "tasks"}:
        return True
    if any(one.kind in ("config_from_object", "config_from_envvar") for one in celery_of(project).statements(service)):
        return True
    if project.search(*ELSEWHERE):
        return True
    return any(holds(project, path, BROKER) for path in project.markers if project.is_readable(path))


def _meant(module: Module) -> list[str]:
    """The names of a settings module that are settings of Celery under its usual namespace."""
    return [one for one in module.table() if one.startswith("CELERY_") and meaning(one, "CELERY", True)[0]]


def _fault(service: Service, module: Module, names: list[str]) -> Fault:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    entry = module.entries(BROKER)[0]
    return Fault(
        service.path,
        service.span,
        f"{service.dotted} is told of no configuration: {BROKER}{more} in {module.path} are read by nobody, and it looks for a broker on this machine",
        f'have it read them: `{service.dotted.rpartition(".")[2]}.config_from_object("django.conf:settings", namespace="CELERY")`',
        symbol=service.dotted,
        related=(Related(module.path, entry.span.line, "this is not read"),),
        depends=(module.path,),
    )
