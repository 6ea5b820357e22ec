"""Starts of beat that has no schedule file: a mount makes a folder of it, or it lies in one that is root's in an image of another user."""

from __future__ import annotations

from posixpath import normpath

from taskguard.diagnostics import Span
from taskguard.patterns import regex
from taskguard.project.celery.schedulers import has_own_beat
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.deployment.queue_readers import owner_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.starts.text_questions import has_external_volumes, nearest_line, started_in
from taskguard.project.python.composed import started_in_images
from taskguard.project.python.deployment import joined
from taskguard.project.python.rights import is_closed, is_closed_volume
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.composed import Started
    from taskguard.project.python.project import Project

# The file of Celery's own scheduler, in the folder that beat is started in (celery/app/defaults.py: `beat.schedule_filename`).
USUAL = "celerybeat-schedule"
# What sets another file, or another scheduler, than the command says.
ELSEWHERE = ("schedule_filename", "SCHEDULE_FILENAME", "CELERYBEAT_SCHEDULE_FILENAME")
VOLUME = regex(r"[A-Za-z0-9][\w.-]*$")


def schedule_folders(project: Project) -> Iterator[Fault]:
    """All of them, by file."""
    paths = sorted({one.path for one in project.evidence.deployment.launches if one.beat})
    for path in paths if paths and not project.search(*ELSEWHERE) else ():
        if in_tests(path):
            continue
        for one in started_in_images(project, path, path):
            kept = _file(project, one)
            service = owner_of(celery_of(project), one.launch) if kept else None
            if service is None or not has_own_beat(service):
                continue
            for source, target in one.mounts:
                if normpath(target) == kept and _is_folder(project, one, source):
                    yield _fault(one, source, target, nearest_line(project, path, f"{source}:{target}", one.span.line))
            if kept and _is_closed(project, one, kept):
                yield closed_fault(path, one.span, kept, one.name, one.recipe)


def _is_closed(project: Project, one: Started, kept: str) -> bool:
    """Whether beat may surely not write its file: the folder is root's in the image, or a volume that is made for it, and the image runs as another user."""
    folder = kept.rpartition("/")[0] or "/"
    if one.user or not project.is_readable(one.recipe) or _is_completed(project, one):
        return False
    over = [source for source, target in one.mounts if f"{kept}/".startswith(f"{normpath(target).rstrip('/')}/")]
    if not over:
        return is_closed(project, one.recipe, one.target, folder)
    alone = len(over) == 1 and all(normpath(target) == folder for source, target in one.mounts if source in over)
    outside = has_external_volumes(project, one.launch.path)
    return (
        alone
        and not outside
        and VOLUME.match(over[0]) is not None
        and is_closed_volume(project, one.recipe, one.target, folder)
    )


def _is_completed(project: Project, one: Started) -> bool:
    """Whether Compose reads a second file by itself, which may mount more."""
    folder = one.launch.path.rpartition("/")[0]
    names = (f"{name}.override.{end}" for name in ("docker-compose", "compose") for end in ("yml", "yaml"))
    return any(project.is_readable(joined(folder, name)) for name in names)


def closed_fault(path: str, span: Span, kept: str, symbol: str = "", *depends: str) -> Fault:
    """That beat may not write its schedule."""
    return Fault(
        path,
        span,
        f"beat keeps its schedule in {kept}, the folder is root's, and the image runs as another user: beat ends when it starts",
        "keep it where the user may write (`--schedule=/tmp/celerybeat-schedule`), or give the folder to that user (`RUN chown`) before `USER`",
        symbol=symbol,
        depends=depends,
        certain=False,
    )


def _file(project: Project, one: Started) -> str:
    """The path in the container at which beat keeps its schedule; empty where that cannot be told, or is another scheduler's matter."""
    if not one.launch.beat or one.entrypoint or one.first != "celery":
        return ""
    folder = one.folder or (started_in(project, one.recipe) if project.is_readable(one.recipe) else "")
    return schedule_of(one.words, folder) if folder.startswith("/") else ""


def schedule_of(words: tuple[str, ...], folder: str) -> str:
    """The path at which a command that starts beat in a folder keeps the schedule; empty where that cannot be told, or is another scheduler's matter."""
    if any(word == "-S" or word.startswith("--scheduler") for word in words):
        return ""
    said = [word for before, word in zip(("", *words), words, strict=False) if before in ("-s", "--schedule")]
    said += [word.partition("=")[2] for word in words if word.startswith("--schedule=")]
    written = said[-1] if said else USUAL
    if "$" in written or "$" in folder or not (folder.startswith("/") or written.startswith("/")):
        return ""
    return normpath(written if written.startswith("/") else f"{folder}/{written}")


def _is_folder(project: Project, one: Started, source: str) -> bool:
    """Whether what is mounted is a folder: a volume is, and Docker makes one where nothing lies."""
    if not source.startswith("."):
        return VOLUME.match(source) is not None
    place = normpath(joined(one.launch.path.rpartition("/")[0], source))
    return not (place.startswith("..") or project.is_readable(place))


def _fault(one: Started, source: str, target: str, line: int) -> Fault:
    what = (
        "a volume, and so a folder"
        if not source.startswith(".")
        else "no file of the project, and Docker makes a folder of it"
    )
    return Fault(
        one.launch.path,
        Span(line, 1, line, 1),
        f"{source} is {what}: beat keeps its schedule in a file at {target}, and ends when it starts",
        "mount a folder and name a file in it (`--schedule=/data/celerybeat-schedule`), or keep it in the container (`--schedule=/tmp/celerybeat-schedule`)",
        symbol=one.name,
        depends=(one.recipe,),
        certain=False,
    )
