"""Images that start beat by themselves, as a user who may not write into the folder in which it keeps its schedule."""

from __future__ import annotations

from posixpath import normpath

from taskguard.diagnostics import Span
from taskguard.facts.questions import holds
from taskguard.project.celery.schedulers import has_own_beat
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.deployment.queue_readers import owner_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.starts.schedule_folders import ELSEWHERE, USUAL
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
        yield Fault(
            path,
            Span(start.line, 1, start.line, 1),
            f"beat keeps its schedule in {kept}, the folder is root's, and the image runs as another user: beat ends when it starts",
            "keep it where the user may write (`--schedule=/tmp/celerybeat-schedule`), or give the folder to that user (`RUN chown`) before `USER`",
            certain=False,
        )


def _kept(start: OwnStart) -> str:
    """The path of the schedule; empty where that cannot be told, or is another scheduler's matter."""
    words = start.words
    if any(one == "-S" or one.startswith("--scheduler") for one in words) or any(
        one in ("&&", ";", "&") for one in words
    ):
        return ""
    said = [one for before, one in zip(("", *words), words, strict=False) if before in ("-s", "--schedule")]
    said += [one.partition("=")[2] for one in words if one.startswith("--schedule=")]
    written = said[-1] if said else USUAL
    if "$" in written or "$" in start.folder or not (start.folder.startswith("/") or written.startswith("/")):
        return ""
    return normpath(written if written.startswith("/") else f"{start.folder}/{written}")
