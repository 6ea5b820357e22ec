from __future__ import annotations

from taskguard.rule import FileRule, Known, about, doubt, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task


class MissingOption(FileRule, code="TG203", since="0.1.0", house="require"):
    """
    An option that this house requires is not set.

    ## Why is this bad?
    Celery's defaults are those of a demonstration: no time limit, three retries after three minutes each. A task that hangs without a limit
    takes a worker process away for good, so many teams want the answer written down for each task.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(time_limit=300)  # error
    def report(): ...
    ```
    `taskguard.toml`:
    ```toml
    [tasks]
    require = ["time_limit", "max_retries|autoretry_for"]
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(time_limit=300, max_retries=3)
    def report(): ...
    ```

    ## Unknown
    The option may stand in the declaration, a wrapper or the base class; whatever value it has there counts. Silent where one of these
    cannot be followed. `queue` alone is the matter of TG202, `base` that of TG201 once the settings name one.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.registry.effective import base_files
        from taskguard.project.tasks.declarations import tasks_in

        house = module.house
        entries = [one for one in house.require if one != "queue" and not (one == "base" and house.base)]
        for task in tasks_in(module) if entries else ():
            answers = [(entry, _set(task, entry)) for entry in entries]
            missing = [entry.replace("|", " or ") for entry, answer in answers if answer is False]
            unknown = [entry for entry, answer in answers if answer is None]
            if missing:
                yield about(
                    task,
                    f"not set: {listing(missing, 6)}",
                    "set it in the declaration or in the base class",
                    depends=base_files(task),
                )
            if unknown:
                yield doubt(task, f"{listing(unknown)} may be set in a place that is not known")


def _set(task: Task, entry: str) -> bool | None:
    """Whether one of the options `a|b` is set; None where that cannot be told."""
    answers = [_one(task, name) for name in entry.split("|")]
    return True if True in answers else None if None in answers else False


def _one(task: Task, name: str) -> bool | None:
    from taskguard.project.registry.annotations import option_in_force

    value = option_in_force(task, name)
    if isinstance(value, Known):
        # None is Celery's own "not given", but for `max_retries`, where it means for ever.
        return value.value is not None or name == "max_retries"
    if value.absent:
        return False
    return True if name in task.options else None
