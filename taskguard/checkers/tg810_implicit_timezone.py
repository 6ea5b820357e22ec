from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ImplicitTimezone(ProjectRule, code="TG810", since="0.1.0"):
    """
    A schedule says an hour, no `timezone` is set, and the project works in a time zone of its own.

    ## Why is this bad?
    Without a `timezone` Celery reads crontabs in UTC. What is meant for three in the morning comes at four or five, in the midst of the day on another
    continent, and an hour apart between summer and winter. A `timezone` that there is not (`Russia/Moscow`) is an error when beat starts, and when a task is sent with a countdown.

    ## Example
    `shop/celery.py`:
    ```py
    from zoneinfo import ZoneInfo

    from celery import Celery
    from celery.schedules import crontab

    BERLIN = ZoneInfo("Europe/Berlin")

    app = Celery("shop")
    app.conf.beat_schedule = {
        "report": {"task": "shop.celery.report", "schedule": crontab(hour=3, minute=0)},  # error
    }


    @app.task
    def report(): ...
    ```

    ## Use instead
    `shop/celery.py`:
    ```py
    from zoneinfo import ZoneInfo

    from celery import Celery
    from celery.schedules import crontab

    BERLIN = ZoneInfo("Europe/Berlin")

    app = Celery("shop", timezone="Europe/Berlin")
    app.conf.beat_schedule = {
        "report": {"task": "shop.celery.report", "schedule": crontab(hour=3, minute=0)},
    }


    @app.task
    def report(): ...
    ```

    ## Unknown
    A warning, once for each app. Silent where the app reads Django's settings, since Celery takes their TIME_ZONE; where the project names no time zone besides UTC
    in its code or its deployment files, or several; where settings may be set that cannot be seen; and for crontabs of every so many hours.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.timezones import implicit_zones, unknown_zones

        yield from said(implicit_zones(celery_of(project)))
        yield from said(unknown_zones(celery_of(project)))
