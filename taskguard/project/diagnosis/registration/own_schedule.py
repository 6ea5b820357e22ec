"""Names of a schedule that no task of the project has, where the project's own workers take what beat sends: whoever else has such a task, these throw it away."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.queues import default_queue
from taskguard.project.celery.routes import queue_by_route
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.deployment.queue_readers import by_hand, owner_of, read_by
from taskguard.project.python.requirements import is_required
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Reference, Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Project

SCHEDULED = ("beat", "add_periodic_task")


def taken_by(project: Project, reference: Reference) -> str:
    """The file that starts a worker which takes what a schedule sends under a name of nobody's, and surely has no such task; empty where there is none."""
    service, name = reference.service, reference.name.value
    if service is None or service.test or reference.guard or reference.kind not in SCHEDULED:
        return ""
    found = discovery_of(service)
    if not isinstance(name, str) or not _is_nobodys(project, name, found.is_django):
        return ""
    if found.open or found.loose:
        return ""
    system = celery_of(project)
    queue = _queue(service, reference, name)
    launches = [one for one in project.evidence.deployment.launches if not in_tests(one.path)]
    mine = [one for one in launches if owner_of(system, one) is service] if queue else []
    if not any(one.beat for one in mine) or by_hand(system):
        return ""
    return next((one.path for one in mine if _takes(system, service, one, queue)), "")


def _takes(system: System, service: Service, launch: Launch, queue: str) -> bool:
    read = read_by(launch, service) if launch.step == "worker" and not launch.open else None
    return read is not None and queue in read


def _queue(service: Service, reference: Reference, name: str) -> str:
    """The queue that beat sends an entry to; empty where it cannot be told."""
    for value in (reference.queue, queue_by_route(service, name), default_queue(service)):
        if not value.absent:
            return value.value if isinstance(value.value, str) else ""
    return ""


def _is_nobodys(project: Project, name: str, django: bool) -> bool:
    """Whether no library has a name: its first part is none, or it is that of a task which a comment keeps. Django imports libraries that no code imports."""
    first, dot, _ = name.partition(".")
    if not dot:
        kept = re.compile(rf"^[ \t]*#[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(name)}\(", re.M)
        return any(finds(project, path, kept) for path in project.search(f"def {name}(") if not in_tests(path))
    required = is_required(project, first)
    if not first.isidentifier() or first == "celery" or required or (required is None and django):
        return False
    imported = re.compile(rf"^[ \t]*(?:from|import)[ \t]+{first}\b", re.M)
    return not any(finds(project, path, imported) for path in project.search(first))
