from __future__ import annotations

from taskguard.project.python.pins import pinned_below
from taskguard.rule import FileRule, Finding, Known, Related, about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Setting
    from taskguard.project.python.values import Value
    from taskguard.rule import Findings, Module, Project, Task


LIMITS = ("soft_time_limit", "time_limit")


class TimeLimitOrder(FileRule, code="TG205", since="0.1.0"):
    """
    `soft_time_limit` is not below `time_limit`.

    ## Why is this bad?
    At `time_limit` the worker kills the process. A soft limit at or above it leaves the task no time to clean up: it never comes, and with Redis or
    RabbitMQ, whose event loop counts the hard limit from the soft one on, the task runs on until the soft one and is killed with it. From Celery 5.5
    on each `delay()` and `apply_async()` of a task whose soft limit is above the hard one is a ValueError; where the settings have one of the two, from 5.7 on.

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
    Only numbers are compared, those of the base class and of the settings (`task_time_limit`) included; 0 and None mean no limit. What
    `task_annotations` says of a task, or of all (`"*"`), beats its declaration. Where the settings alone give both limits, that is told once, at
    the app: a warning where they are the defaults of variables of the environment (`int(os.environ.get("SOFT", 600))`) that no deployment file names. Silent where the settings cannot be told,
    and about tasks that a test declares and does not send.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.registry.annotations import annotation_files
        from taskguard.project.registry.effective import base_files, setting_files
        from taskguard.project.tasks.declarations import tasks_in

        for task in tasks_in(module):
            soft, hard = _seconds(task, "soft_time_limit"), _seconds(task, "time_limit")
            if not soft or not hard or soft < hard or _is_idle(task):
                continue
            files = (*base_files(task), *setting_files(task, "time_limit"), *annotation_files(task))
            yield about(
                task,
                f"soft_time_limit {soft:g} s{_origin(task, 'soft_time_limit')} is not below time_limit {hard:g} s"
                f"{_origin(task, 'time_limit')}: {_consequence(task, soft > hard)}",
                "leave the task the time between the two to clean up",
                depends=tuple(dict.fromkeys(files)),
            )
        yield from _configured(module)


def _is_idle(task: Task) -> bool:
    """Whether only a test declares a task, to look at what was declared."""
    from taskguard.project.python.testing import in_test_path
    from taskguard.project.tasks.missed import is_sent

    return in_test_path(task.path) and not is_sent(task)


def _configured(module: Module) -> Findings:
    """The limits that a configuration gives to all tasks, told at the app that a file makes."""
    from taskguard.project.celery.configuration import configuration
    from taskguard.project.celery.system import celery_of

    for service in celery_of(module.project).services:
        if service.path != module.path or service.test:
            continue
        conf = configuration(service)
        soft, hard = (conf.get(f"task_{one}") for one in LIMITS)
        low, high = (_number(conf.value(f"task_{one}")) for one in LIMITS)
        if soft is None or hard is None:
            continue
        asked = ""
        if low is None or high is None:
            low, high = _by_default(module.project, soft, hard)
            asked = " where the environment sets no others"
        if not low or not high or low < high:
            continue
        places = (*soft.places, *hard.places)
        yield Finding(
            module.path,
            service.call.span,
            f"the soft limit of all tasks, {low:g} s, is not below the hard one, {high:g} s{asked}: no time is left to clean up",
            symbol=service.dotted,
            certain=not asked,
            help="leave the tasks the time between the two to clean up",
            related=tuple(Related(one.path, one.span.line, f"{one.written} is set here") for one in places),
            depends=tuple(dict.fromkeys(one.path for one in places if one.path != module.path)),
        )


def _by_default(project: Project, soft: Setting, hard: Setting) -> tuple[float | None, float | None]:
    """Both limits where the environment sets none, and no deployment file says what it sets."""
    from taskguard.project.celery.by_default import by_default, is_set_by_deployment

    low, high = by_default(soft.value), by_default(hard.value)
    variables = (*low.variables, *high.variables) if low is not None and high is not None else ()
    if low is None or high is None or not variables or is_set_by_deployment(project, variables):
        return None, None
    return low.number, high.number


def _seconds(task: Task, option: str) -> float | None:
    """A limit of the task, else that of the settings; nothing where neither is the task's own."""
    from taskguard.project.registry.annotations import option_in_force
    from taskguard.project.registry.routing import setting_of

    value = option_in_force(task, option)
    if value.absent and not all(option_in_force(task, one).absent for one in LIMITS):
        value = setting_of(task, f"task_{option}")
    return _number(value)


def _number(value: Value) -> float | None:
    number = value.value if isinstance(value, Known) else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


def _origin(task: Task, option: str) -> str:
    from taskguard.project.registry.annotations import annotated, option_in_force

    if not annotated(task, option).absent:
        return " (task_annotations)"
    return f" (task_{option} of the settings)" if option_in_force(task, option).absent else ""


def _consequence(task: Task, above: bool) -> str:
    """What happens at run time: `Task.apply_async` compares the two from 5.5 on, those of the settings from 5.7 on."""
    from taskguard.project.registry.annotations import option_in_force

    if not above:
        return "no time is left to clean up"
    since = (5, 7) if any(option_in_force(task, one).absent for one in LIMITS) else (5, 5)
    before = pinned_below(task.module.project, since)
    if before is None:
        return f"no time is left to clean up, and from Celery {since[0]}.{since[1]} on each delay() raises ValueError"
    return "no time is left to clean up" if before else "each delay() raises ValueError"
