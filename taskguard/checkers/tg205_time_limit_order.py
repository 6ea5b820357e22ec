from __future__ import annotations

from taskguard.rule import FileRule, Known, about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task


class TimeLimitOrder(FileRule, code="TG205", since="0.1.0"):
    """
    `soft_time_limit` is not below `time_limit`.

    ## Why is this bad?
    At `time_limit` the worker kills the process. A soft limit at or above it never raises, so the task has no chance to clean up; and from Celery
    5.5 on each `delay()` and `apply_async()` of a task whose soft limit is above the hard one is a ValueError.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(soft_time_limit=600, time_limit=300)  # error
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(soft_time_limit=270, time_limit=300)
    def report(): ...
    ```

    ## Unknown
    Only numbers are compared, those of the base class included; 0 and None mean no limit.
    """

    def check(self, module: Module) -> Findings:
        for task in module.tasks:
            soft, hard = _seconds(task, "soft_time_limit"), _seconds(task, "time_limit")
            if not soft or not hard or soft < hard:
                continue
            consequence = (
                "it never comes"
                if soft == hard
                else "it never comes, and from Celery 5.5 on each delay() raises ValueError"
            )
            yield about(
                task,
                f"soft_time_limit {soft:g} s is not below time_limit {hard:g} s: {consequence}",
                "leave the task the time between the two to clean up",
                depends=task.base_files,
            )


def _seconds(task: Task, option: str) -> float | None:
    value = task.effective(option)
    number = value.value if isinstance(value, Known) else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None
