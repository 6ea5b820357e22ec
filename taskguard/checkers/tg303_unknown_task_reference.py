from __future__ import annotations

from taskguard.project.registry.missing_tasks import is_beside
from taskguard.rule import Finding, ProjectRule, Related, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.celery.model import Reference
    from taskguard.project.registry.missing_tasks import Missing
    from taskguard.rule import Findings, Project

WHO = {
    "beat": "the schedule names",
    "add_periodic_task": "the schedule names",
    "periodic-task": "the schedule names",
    "schedule-dict": "the schedule names",
    "row-lookup": "rows are looked up by",
    "route": "the route names",
    "annotation": "task_annotations names",
}
# What a key of these says is lost together with the task: where something else names the same one, that is what has to be mended.
BESIDE = ("annotation",)


class UnknownTaskReference(ProjectRule, code="TG303", since="0.1.0"):
    """
    A schedule, a route, `send_task` or `signature` names a task that nobody declares.

    ## Why is this bad?
    Names are plain strings, and nothing checks them. Beat sends the message, the worker logs `Received unregistered task` and throws
    it away: the job is never done, and no test notices. Most such names were right once, before a function was renamed or moved.
    Some are paths of functions that are no tasks, as `django.core.management.call_command`: Celery calls no function by its path, and a task has to be written that does.

    ## Example
    `shop/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="shop.clean_up")
    def clean_up(): ...
    ```
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop", include=["shop.tasks"])
    app.conf.beat_schedule = {
        "clean": {"task": "shop.tasks.clean_up", "schedule": 3600.0},  # error
    }
    ```

    ## Use instead
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop", include=["shop.tasks"])
    app.conf.beat_schedule = {
        "clean": {"task": "shop.clean_up", "schedule": 3600.0},
    }
    ```

    Rows of django-celery-beat that code looks up by the name of a task that is gone (`PeriodicTask.objects.get(task="shop.tasks.clean")`) are told as a warning, but in migrations and
    where the function is about such rows: it deletes them, gives them another task, or speaks of old ones.

    `task_annotations` are looked up by the whole name of a task, so that a key with a pattern (`shop.send_*`) names none: `*` alone stands for all. A key with
    a name that a schedule or a call has, too, is told there, unless a task of the same module or of that name elsewhere seems to be meant: then each place has to be mended.

    ## Unknown
    Silent for names that `celery.task-names` of the settings lists (tasks of another service), for templates, and for names that begin
    like no module and no task of the project: they belong to a library or to another service (a warning for a word without dots among names that are
    nearly all ours, for a scheduled name below `apps`, `backend` or `src`, where nothing names such a package and one task is called as its last words, for a name of a route or schedule that says the last word of a module of the project and the function of one task, and for a schedule whose messages a worker of the same app takes, as a deployment file starts it: whoever else has such a task, that one throws them away). Silent about a row of django-celery-beat that a
    migration wrote where a later one, or other code, may have changed it; what the last migration leaves counts; and about a schedule, or such a row, in a
    function that no code names, in a function or class of a file that nobody imports, starts or names, in a plain class that nothing names, in the configuration of the tests (`TestingConfig`), and in a variable with a name of its own (`SHOP_BEAT_SCHEDULE`) that nothing but tests reads. Undecided about a key of routes or annotations where a comment calls it an old name that is kept (`# legacy names`), about a dict with a
    `task` and nothing of a schedule, if it leads to something else than a task, and about a message for a queue that nothing here reads. Undecided where a file that does not
    parse, or a task whose name is computed, may be the one, and where git ignores the module that is named: it may lie on other disks. Undecided about what an app schedules or routes that is made in a module which no process loads, by
    all appearances: workers start from another one, and no code imports it; about a schedule in a class or function where the whole schedule of each app is known and
    is another one; about a schedule in a module from which no app gets it (TG311 says so); and about the schedule of an app that nothing starts, where beat is started of another. Undecided from the 2,001st name on that no task has: each is looked for in the whole project.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.references import references_of
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.registration.own_schedule import taken_by
        from taskguard.project.diagnosis.settings.module_variables import is_unhanded
        from taskguard.project.registry.lookup import look_up

        told: set[tuple[object, ...]] = set()  # an entry may be given a signature, which is a reference of its own
        held: list[tuple[Reference, Missing]] = []
        for reference in references_of(celery_of(project)):
            found = look_up(project, reference)
            if found is None or (reference.path, reference.span) in told:
                continue
            taker = taken_by(project, reference) if found.foreign else ""
            if taker:
                why = (
                    "declare the task, or take this out: the project's own worker takes the message and throws it away"
                )
                found = found.replace(doubt="", help=why, depends=(*found.depends, taker), certain=False)
            doubt = found.doubt
            if not doubt and is_unhanded(celery_of(project), reference.path, reference.span.line):
                doubt = "no app gets the schedule that it stands in"
            if doubt:
                yield Unsure(reference.path, reference.span, f"{what(found.name)}: {doubt}")
                continue
            told.add((reference.path, reference.span))
            held.append((reference, found))
        beside = _beside(held)
        for reference, found in held:
            if reference not in beside.get(found.name, ()):
                yield _said(reference, found, beside.pop(found.name, ()))


def _beside(held: Iterable[tuple[Reference, Missing]]) -> dict[str, tuple[Reference, ...]]:
    """The keys that name what something else names as well, by that name: they are told where that is. A key that was most likely meant for a task
    that is there has to be mended by itself."""
    named = {found.name for reference, found in held if reference.kind not in BESIDE}
    made: dict[str, tuple[Reference, ...]] = {}
    for reference, found in held:
        meant = found.task is not None and is_beside(found.name, found.task)
        if reference.kind in BESIDE and found.name in named and not meant:
            made[found.name] = (*made.get(found.name, ()), reference)
    return made


def _said(reference: Reference, found: Missing, beside: Iterable[Reference]) -> Finding:
    name, task = found.name, found.task
    related = [] if task is None else [Related(task.path, task.line, f'"{task.name.value}" is declared here')]
    related += [Related(one.path, one.span.line, f"{WHO[one.kind]} it, too") for one in beside]
    return Finding(
        reference.path,
        reference.span,
        f'{WHO.get(reference.kind, "this names")} "{name}", and no task has that name',
        symbol=name,
        help=found.help,
        related=tuple(related),
        depends=found.depends,
        certain=found.certain,
    )


def what(name: str) -> str:
    return f'"{name}"' if name else "a task's name"
