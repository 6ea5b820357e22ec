"""Apps that a module of tasks makes for itself and nothing configures, in a project whose app has a broker: what these tasks send goes to the default one."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.entries import documented, launched
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.apps.default_app import BROKER, where_lost
from taskguard.project.diagnosis.apps.unloaded import sends_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.diagnosis.apps.unloaded import Send


def stray_apps(system: System) -> Iterator[Fault]:
    """Each such app with tasks that other code sends."""
    bare = [one for one in system.live if _is_bare(one)]
    others = [one for one in system.live if one not in bare and not one.test] if bare else []
    lost = [one for one in others if where_lost(one) == BROKER]
    if not lost or len(lost) < len(others):
        return
    for service in bare:
        tasks = [task for task in tasks_in(service.module) if system.owner(task) is service]
        sends = sends_of(tasks, lambda module, scope: True, BROKER) if tasks else []
        if sends and not launched(service, own=True) and not documented(service):
            yield _fault(service, sends, lost[0])


def _is_bare(service: Service) -> bool:
    """Whether an app is made of nothing but a name, in its own module, and nobody says anything to it."""
    if service.test or service.maker is not service.module or service.maker_scope or in_tests(service.module.path):
        return False
    if service.call.keywords or len(service.call.args) > 1 or hidden(service.module.path):
        return False
    held = configuration(service)
    return (
        not held.settings and not held.open and not held.sources and not celery_of(service.project).statements(service)
    )


def _fault(service: Service, sends: list[Send], other: Service) -> Fault:
    first = sends[0].task
    return Fault(
        service.module.path, service.span,
        f"nothing configures this app: `{first.qualname}` is sent to {BROKER.removeprefix('broker ')}, not to the broker of {other.dotted}",
        f"take the app of {other.module.name}, or `shared_task`", symbol=service.dotted,
        related=(
            *(Related(one.module.path, one.line, f"{one.task.qualname} is sent here") for one in sends[:3]),
            Related(other.module.path, other.span.line, "this app has a broker"),
        ),
        depends=tuple(dict.fromkeys((other.module.path, *(one.module.path for one in sends)))), certain=False,
    )  # fmt: skip
