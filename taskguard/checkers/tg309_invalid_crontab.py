from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class InvalidCrontab(ProjectRule, code="TG309", since="0.1.0"):
    """
    A crontab that Celery refuses, reads only in part, or that never comes.

    ## Why is this bad?
    `crontab` raises an error as soon as it is made, so that the module around it cannot be imported: neither worker nor beat starts. Days of
    the week go from 0 to 6, and blanks are no separators. After a step the rest of a field is skipped without a word: `crontab("*/5 3 * * *")` is
    every five minutes, all day. A step longer than the field is never taken: `crontab(minute="*/120")` is every hour, at minute 0.
    A row of django-celery-beat (`CrontabSchedule.objects.create(hour="24")`) is not checked when it is made: the scheduler that reads it leaves out what hangs on it, or stops.

    ## Example
    ```py
    from celery import Celery
    from celery.schedules import crontab

    app = Celery("shop")
    app.conf.beat_schedule = {
        "report": {"task": "shop.report", "schedule": crontab(minute=0, hour=3, day_of_week=7)},  # error
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
        "report": {"task": "shop.report", "schedule": crontab(minute=0, hour=3, day_of_week=0)},
    }


    @app.task(name="shop.report")
    def report(): ...
    ```

    ## Unknown
    A warning where a field is None on one of two ways (`minute if minute != "*" else None`). Silent about a step just as long as its field (`minute="*/60"`), which comes as often as it says, about values that cannot be told, about names of months (`"jan"`, which Celery reads from 5.5 on), and in tests.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.crontabs import invalid_crontabs
        from taskguard.project.diagnosis.schedules.row_faults import row_crontabs

        system = celery_of(project)
        yield from said(invalid_crontabs(system))
        yield from said(row_crontabs(system))
