from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ScheduleWithoutBeat(ProjectRule, code="TG327", since="0.1.0"):
    """
    A deployment starts the workers of an app that has a schedule, and no beat.

    ## Why is this bad?
    A worker does what it is sent; beat is the process that sends what is due. Where a Procfile, a compose file or a manifest starts a site and its workers and no beat, the schedule of the app
    is never looked at: no periodic task is ever run, and no log says so, for nothing fails.

    ## Example
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {"report": {"task": "shop.report", "schedule": 3600.0}}

    @app.task
    def report(): ...
    ```
    `Procfile`:
    ```
    web: gunicorn site:application
    worker: celery -A shop worker  # error
    ```

    ## Use instead
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {"report": {"task": "shop.report", "schedule": 3600.0}}

    @app.task
    def report(): ...
    ```
    `Procfile`:
    ```
    web: gunicorn site:application
    worker: celery -A shop worker
    beat: celery -A shop beat
    ```

    ## Unknown
    Silent where a file is there for developers or for trying out, where it does not start what answers requests, or starts anything of which it cannot be told whether it runs tasks; and where
    any deployment file, any command in the code and any command in what is written about the project speaks of a beat: it may be started by hand, or from another place.

    ## References
    - [Celery: starting the scheduler](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#starting-the-scheduler)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.without_beat import beatless

        if project.complete:
            yield from said(beatless(celery_of(project)))
