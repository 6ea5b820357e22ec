from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class CrontabEveryMinute(ProjectRule, code="TG308", since="0.1.0"):
    """
    A crontab that says the hour or the day and leaves out the minute.

    ## Why is this bad?
    Each field that is left out is `*`. `crontab(hour=3)` does not mean three o'clock: it fires at 3:00, 3:01, and so on, sixty times.

    ## Example
    ```py
    from celery import Celery
    from celery.schedules import crontab

    app = Celery("shop")
    app.conf.beat_schedule = {
        "report": {"task": "shop.report", "schedule": crontab(hour=3)},  # error
    }


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery
    from celery.schedules import crontab

    app = Celery("shop")
    app.conf.beat_schedule = {
        "report": {"task": "shop.report", "schedule": crontab(hour=3, minute=0)},
    }


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Fix
    Unsafe: says `minute=0`, so that it fires once and no more each minute.

    ## Unknown
    Silent where `minute="*"` is written out, and where every given field is `"*"` and none of them the hour, unless a comment beside it says "midnight", "every 3 hours" or the like: then
    a warning. Silent in tests. Undecided for arguments that are not written
    out (`**fields`), and in the schedule of an app that nothing starts, where beat is started of another.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.crontabs import minuteless_crontabs

        return said(minuteless_crontabs(celery_of(project)))
