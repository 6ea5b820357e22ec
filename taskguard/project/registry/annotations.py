"""What `task_annotations` makes of the options of tasks: it is set on the task when its app takes it, so it beats the declaration and the base.

An app asks the entry of the task's name first and sets `"*"` after it (celery/app/annotations.py `resolve_all`): of two the latter holds.
"""

from __future__ import annotations

from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.registered import services_of
from taskguard.project.python.evaluate import mapping_of, value_of
from taskguard.project.python.values import ABSENT, Known, Unknown, Value
from taskguard.project.registry.effective import effective_option
from taskguard.project.registry.routing import ANNOTATIONS, configured, is_annotated
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task

EVERY = "*"
UNTOLD = Unknown("task_annotations that cannot be told")


def option_in_force(task: Task, name: str) -> Value:
    """The value of an option as a worker has it: of the annotations, else of the declaration, else of the base class."""
    said = annotated(task, name)
    return effective_option(task, name) if said.absent else said


def annotated(task: Task, option: str) -> Value:
    """What the annotations of its apps make of an option; ABSENT where they leave it alone, or only a part of the project is linked."""
    project = task.module.project
    if not project.complete:
        return ABSENT
    every = services_of(task)
    services = tuple(one for one in every if not one.test) or every
    if not services:
        return UNTOLD if configured(project, ANNOTATIONS, False) else ABSENT
    answers = [_by(service, task, option) for service in _annotators(project, services)]
    first = answers[0]
    same = all(type(one) is type(first) and one.value == first.value and one.absent == first.absent for one in answers)
    return first if same else UNTOLD


@query
def _annotators(project: Project, services: tuple[Service, ...]) -> tuple[Service, ...]:
    """One of the services for each of the different things that they say of annotations."""
    made: dict[int, Service] = {}
    for one in services:
        held = configuration(one).get("task_annotations")
        made.setdefault(bool(configuration(one).open) if held is None else id(held), one)
    return tuple(made.values())


def may_annotate(task: Task, *options: str) -> bool:
    """Whether annotations may change one of these options of a task: they do, or what they say of it cannot be told."""
    if is_annotated(task) is False:
        return False
    return not task.module.project.complete or not all(annotated(task, one).absent for one in options)


def annotation_files(task: Task) -> tuple[str, ...]:
    """The files that set the annotations of the apps of a task."""
    settings = [configuration(one).get("task_annotations") for one in services_of(task)]
    return tuple(dict.fromkeys(file for one in settings if one is not None for file in one.files))


def _by(service: Service, task: Task, option: str) -> Value:
    held = configuration(service).get("task_annotations")
    if held is None:
        opened = configuration(service).open and configured(service.project, ANNOTATIONS, False)
        return UNTOLD if opened else ABSENT
    whole, said = held.mapping, held.known
    if isinstance(said, Known) and not said.value:
        return ABSENT
    if whole.open or (not whole.entries and not said.known):
        return UNTOLD
    name = task.name.value
    keys = (EVERY, name) if isinstance(name, str) else (EVERY, *(one for one in whole.entries if one != EVERY))
    for key in keys:
        entry = mapping_of(whole.entries[key]) if key in whole.entries else None
        if entry is None:
            continue
        if option in entry.entries:
            value = value_of(entry.entries[option])
            if key != EVERY and not isinstance(name, str):
                return UNTOLD
            return value.replace(files=tuple(dict.fromkeys((*value.files, *held.files))))
        if entry.open:
            return UNTOLD
    return ABSENT
