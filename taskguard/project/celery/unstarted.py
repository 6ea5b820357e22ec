"""Apps that no process runs: each start of Celery is one of another app, and they have no tasks."""

from __future__ import annotations

from taskguard.facts.questions import holds
from taskguard.project.celery.entries import documented, entry_modules, launched, started_by, written_down
from taskguard.project.celery.loaded import BEATS, RUN, is_set
from taskguard.project.celery.references import references_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service


@query
def runs_nowhere(service: Service) -> bool:
    """Whether each start of Celery that the project has or writes down is one of another app, and this one neither declares a task nor names one: it is there to
    ask workers of their queues, say. No worker imports what it lists then, and no message goes by its routes. One that can be run by hand, that
    looks as if it were to be, or that the settings name, counts as started."""
    project, held = service.project, service.project.evidence.deployment
    if service.test or service.maker_scope or held.unclear or is_set(service):
        return False
    if any(holds(project, service.path, word) for word in (*RUN, *BEATS)):
        return False
    if launched(service, own=True) or documented(service) or entry_modules(service):
        return False
    starts = (*(one for one in held.launches if not in_tests(one.path)), *written_down(project))
    others = [one for one in celery_of(project).live if one is not service]
    # Whoever starts other projects of the repository says nothing of this one.
    near = [one for other in others for one in started_by(other, starts) if one.root == service.module.root]
    return bool(near) and not _has_tasks(service)


def _has_tasks(service: Service) -> bool:
    """Whether an app declares a task, or names one: in a schedule, or where it sends."""
    system = celery_of(service.project)
    return any(system.owner(one) is service for one in all_tasks(service.project)) or any(
        one.service is service and one.kind not in ("route", "annotation") for one in references_of(system)
    )
