"""How sure it is that a name which no task has is a mistake, and one that does harm: by where the name stands and who reads it."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.project.celery.migrated import rows_of
from taskguard.project.celery.migration_files import in_migrations
from taskguard.project.celery.references import references_of
from taskguard.project.celery.routes import routes_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.testing import in_test_path
from taskguard.project.python.values import Known
from taskguard.project.registry.missing_tasks import Missing, is_beside
from taskguard.project.registry.sends import own_queues

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Reference
    from taskguard.project.python.project import Project

ROWS = ("periodic-task", "schedule-dict")
SENT = ("send_task", "signature")
KEYED = ("route", "annotation")
KEPT = regex(r"(?i)\b(?:legacy|backwards?|compat\w*|old(?:er)?[ -](?:\w+[ -])?names?|former(?:ly)?|deprecated)\b")


def weighed(project: Project, reference: Reference, name: str, made: Missing, guessed: bool) -> Missing | None:
    """`made` with the certainty that it has here, None where it is nothing. `guessed` says that nothing stands at the dotted path."""
    if made.doubt:
        return made
    if reference.kind == "row-lookup":
        return None if _written(project, reference, name) else made.replace(certain=False)
    if reference.kind in KEYED:
        if _kept(project, reference):
            return made.replace(doubt="a comment says that old names are kept here")
        return made.replace(certain=made.certain and _misses(reference, name, made))
    if reference.kind == "schedule-dict" and not reference.sure:
        if in_test_path(reference.path):
            return None
        if made.task is None:
            return made.replace(doubt="the dict may be for something else than Celery")
        if reference.strange and not guessed:
            return made.replace(
                doubt="the dict says no time, and the name may be the path by which its task is imported"
            )
        made = made.replace(certain=made.certain and not guessed)
    if reference.kind in ROWS and in_migrations(reference.path):
        return _row(project, reference, name, made, guessed)
    if (guessed or made.task is None) and reference.kind in SENT and not reference.queue.absent:
        return _sent_away(project, reference, made)
    return made


def _written(project: Project, reference: Reference, name: str) -> bool:
    """Whether a row that is looked up is made with that very name: there it is told."""
    others = references_of(celery_of(project))
    return any(one.kind != "row-lookup" and one.name.value == name for one in others)


def _kept(project: Project, reference: Reference) -> bool:
    """Whether a comment beside a key, or above the lines that it stands among, says that old names are kept: messages that wait may still have them."""
    lines = (project.text(reference.path) or "").splitlines()
    for number in range(reference.span.line, 0, -1):
        text = lines[number - 1].strip() if number <= len(lines) else ""
        said = KEPT.search(text.partition("#")[2])
        if text.startswith("#") or said or not text:
            return said is not None
        if number != reference.span.line and text.endswith(("= {", "({", "=[", "= [")):
            return False
    return False


def _misses(reference: Reference, name: str, made: Missing) -> bool:
    """Whether a key that names no task is meant for one that no other key names: a key that is left over does no harm."""
    task, service = made.task, reference.service
    if task is None or service is None or not isinstance(task.name, Known):
        return False
    if reference.kind == "route" and _words(name) != _words(task.name.value):
        return False  # it has a word more or less: it may well be another task than the one that is gone
    if reference.kind == "annotation":
        return is_beside(name, task)
    return not any(one.kind == "exact" and one.pattern == task.name.value for one in routes_of(service))


def _row(project: Project, reference: Reference, name: str, made: Missing, guessed: bool) -> Missing | None:
    """What an applied migration wrote stays in the table until a later one changes it: an edit of the old one would do nothing."""
    keys = () if reference.key is None else (reference.key,)
    if rows_of(celery_of(project).project).gone(reference.path, name, keys):
        return None
    moved = f'to "{made.task.name.value}"' if made.task is not None else "to another task, or deletes it"
    return made.replace(help=f"add a migration that moves the row {moved}", certain=made.certain and not guessed)


def _sent_away(project: Project, reference: Reference, made: Missing) -> Missing:
    """A message for a queue that nothing here reads goes to another service."""
    queue = reference.queue.value
    if not isinstance(reference.queue, Known) or not isinstance(queue, str):
        return (
            made
            if made.task is not None
            else made.replace(doubt="its queue cannot be told, so that another service may read it")
        )
    if queue in own_queues(celery_of(project)):
        return made
    return made.replace(doubt=f'it goes to the queue "{queue}", which another service may read')


def _words(name: str) -> int:
    """How many words the last part of a name has."""
    return name.rpartition(".")[2].strip("_").count("_")
