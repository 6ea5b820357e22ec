"""Images that start beat by themselves, as a user who may not write into the folder in which it keeps its schedule."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.questions import holds
from taskguard.project.celery.schedulers import has_own_beat
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.deployment.queue_readers import owner_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.starts.schedule_folders import ELSEWHERE, closed_fault, schedule_of
from taskguard.project.diagnosis.starts.text_questions import OwnStart, own_start
from taskguard.project.python.rights import is_closed
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Project

# What else may say where a container keeps something, and who it runs as: compose files, Kubernetes, Fly.
ELSE = ("mountPath", "runAsUser", "fsGroup", "[mounts]", "[[mounts]]", "build:")


def recipe_schedules(project: Project) -> Iterator[Fault]:
    """Those of recipes that no other deployment file may say more of."""
    launches = {one.path: one for one in project.evidence.deployment.launches if one.beat}
    if not launches or project.search(*ELSEWHERE):
        return
    for path, launch in sorted(launches.items(), key=lambda one: one[0]):
        start = own_start(project, path) if "ockerfile" in path and not in_tests(path) else None
        kept = _kept(start) if start is not None else ""
        if start is None or not kept or not is_closed(project, path, "", kept.rpartition("/")[0] or "/"):
            continue
        service = owner_of(celery_of(project), launch)
        if service is None or not has_own_beat(service) or any(holds(project, one, *ELSE) for one in project.markers):
            continue
        yield closed_fault(path, Span(start.line, 1, start.line, 1), kept)


def _kept(start: OwnStart) -> str:
    """The path of the schedule; empty where that cannot be told, or is another scheduler's matter."""
    chained = any(one in ("&&", ";", "&") for one in start.words)
    return "" if chained else schedule_of(start.words, start.folder)
