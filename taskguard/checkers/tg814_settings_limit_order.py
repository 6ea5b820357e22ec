from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class SettingsLimitOrder(ProjectRule, code="TG814", since="0.1.0"):
    """
    The soft time limit of the settings is not below the hard one.

    ## Why is this bad?
    At the hard limit the pool kills the process. A soft limit at or above it is never raised in any task, so none has a chance to clean up. From Celery
    5.7 on the settings fill the limits of each task, and a soft limit above the hard one is a ValueError at each `delay()`.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_time_limit = 300
    app.conf.task_soft_time_limit = 600  # error


    @app.task
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_time_limit = 300
    app.conf.task_soft_time_limit = 270


    @app.task
    def report(): ...
    ```

    ## Unknown
    Silent where one of the two is not known; 0 and None mean no limit. The limits of a single task are the business of TG205.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.limit_order import limits_in_wrong_order

        yield from said(limits_in_wrong_order(celery_of(project)))
