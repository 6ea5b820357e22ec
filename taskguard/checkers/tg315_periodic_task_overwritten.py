from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class PeriodicTaskOverwritten(ProjectRule, code="TG315", since="0.1.0"):
    """
    Two periodic tasks are added under one name, or with one signature and no name: the second replaces the first.

    ## Why is this bad?
    `add_periodic_task` keeps its entry in a dict. The key is the name, or else the signature as text: the task with its arguments; the
    schedule and the options are no part of it. The first entry is gone.

    ## Example
    ```py
    from celery import Celery
    from celery.schedules import crontab

    app = Celery("shop")


    @app.task(name="shop.report")
    def report(): ...


    @app.on_after_finalize.connect
    def schedule(sender, **kwargs):
        sender.add_periodic_task(crontab(minute=0, hour=3), report.s())
        sender.add_periodic_task(crontab(minute=0, hour=15), report.s())  # error
    ```

    ## Use instead
    ```py
    from celery import Celery
    from celery.schedules import crontab

    app = Celery("shop")


    @app.task(name="shop.report")
    def report(): ...


    @app.on_after_finalize.connect
    def schedule(sender, **kwargs):
        sender.add_periodic_task(crontab(minute=0, hour=3), report.s(), name="report at night")
        sender.add_periodic_task(crontab(minute=0, hour=15), report.s(), name="report in the afternoon")
    ```

    ## Unknown
    Silent where a name, a task or an argument cannot be told, and for calls under a condition. Only a warning where the two stand in
    different functions.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.entry_keys import overwritten_entries

        return said(overwritten_entries(celery_of(project)))
