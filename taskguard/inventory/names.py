"""Names in a choice that nothing in the project has: most likely misspelt, so that an empty list would mislead."""

from __future__ import annotations

from taskguard.celery_options import CALL_ONLY, KNOWN, meant
from taskguard.errors import nearest
from taskguard.inventory.choice import at
from taskguard.project.celery.queues import queues_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.inventory.choice import Choice
    from taskguard.inventory.rows import Row
    from taskguard.project.python.project import Project


def unknown_names(choice: Choice, rows: list[Row], project: Project) -> Iterator[str]:
    """What is wrong with the names of a choice, each with the nearest that is right. `rows` are all tasks of the project."""
    queues = _queues(rows, project)
    for queue in choice.queues:
        if queue not in queues:
            open_ = sum(1 for row in rows if row.queue.value is None and not row.queue.name)
            note = f" (of {open_} tasks the queue is not known)" if open_ else ""
            yield f"--queue: no task goes to a queue `{queue}`, and none is configured{note}{_meant(queue, queues)}"
    for path in choice.paths:
        if not any(at(one, path) for one in project.modules):
            yield f"--path: no file matches `{path}`"
    classes = {name for row in rows for name in row.ancestors}
    for base in choice.bases:
        if any(one == base or one.endswith("." + base) for one in classes) or project.search(base.rpartition(".")[2]):
            continue
        yield f"--base: there is no class `{base}`{_meant(base, classes | {one.rpartition('.')[2] for one in classes})}"
    own = {option for row in rows for option in (*row.options, *row.unknown_options, *row.inherited)}
    own |= {option for path in project.eager for option in project.house(path).options}
    for option in choice.missing:
        if option in CALL_ONLY and option not in own:
            yield f"--missing: `{option}` is an option of a call (`apply_async`), which no task has"
        elif option not in KNOWN and option not in own:
            guess = meant(option)
            hint = f"; did you mean `{guess}`?" if guess else _meant(option, own | KNOWN)
            yield f"--missing: neither Celery nor a task has an option `{option}`{hint}"


def _queues(rows: list[Row], project: Project) -> set[str]:
    """The queues that tasks go to, or that are configured."""
    made = {word for row in rows for word in (row.queue.value, row.queue.name) if word}
    for service in celery_of(project).services:
        made.update(
            one.name.value
            for one in queues_of(service)
            if isinstance(one.name, Known) and isinstance(one.name.value, str)
        )
    for settings in {id(one): one for one in map(project.settings_at, project.eager)}.values():
        made.update(settings.celery.queues)
    return made


def _meant(word: str, known: set[str]) -> str:
    guess = nearest(word, sorted(known))
    return f"; did you mean `{guess}`?" if guess else ""
