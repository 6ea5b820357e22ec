from __future__ import annotations

from taskguard.rule import ProjectRule, about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project, Task

LIMITS = {"time_limit": "task_time_limit", "soft_time_limit": "task_soft_time_limit"}


class ZeroLimit(ProjectRule, code="TG809", since="0.1.0"):
    """
    A time limit of 0 on a task, where the settings have one.

    ## Why is this bad?
    It reads as "without limit", and does not switch the configured limit off: the pool takes its own where it is given nothing or 0, and the long task
    is killed all the same. `None` does not do so either. A task that may run longer needs a limit of its own that is long enough.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_time_limit = 300


    @app.task(time_limit=0)  # error
    def export(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_time_limit = 300


    @app.task(time_limit=4 * 3600)
    def export(): ...
    ```

    ## Unknown
    Silent where no limit is configured, or where it is not known. `None` is a warning. Seen with the prefork pool of Celery 5.3, 5.6 and 5.7; the other
    pools keep no limits, or none but the hard one.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.tasks.declarations import all_tasks

        for task in all_tasks(project):
            for option, setting in LIMITS.items():
                yield from _judged(task, option, setting)


def _judged(task: Task, option: str, setting: str) -> Findings:
    from taskguard.project.celery.configuration import configuration
    from taskguard.project.celery.registered import services_of
    from taskguard.project.python.testing import in_tests

    held = task.options.get(option)
    if held is None or held.origin not in ("decorator", "class") or not held.value.known or held.value.value is False:
        return
    given = held.value.value
    if given not in (0, None) or in_tests(task.path):
        return
    services = services_of(task)
    values = [configuration(service).value(setting) for service in services]
    numbers = [one.value for one in values if isinstance(one.value, int | float) and one.value > 0]
    if not numbers or len(numbers) < len(values):
        return
    files = dict.fromkeys(file for service in services for file in configuration(service).sources)
    yield about(
        task, f"{option}={given} does not switch the configured limit off: the task is stopped after {numbers[0]:g} s",
        f"give a limit that is long enough ({setting} is {numbers[0]:g})", certain=given is not None, depends=tuple(files),
    )  # fmt: skip
