from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ScheduleOverlaps(ProjectRule, code="TG808", since="0.1.0", practice=True):
    """
    A beat entry fires again while its task may still run, and nothing keeps the two apart.

    ## Why is this bad?
    Beat sends what is due, whether the run before has ended or not. A task that takes longer than usual then runs beside itself: rows are worked on
    twice, mails go out twice, and the queue fills up.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {
        "sync": {"task": "shop.sync", "schedule": 60.0},  # error
    }


    @app.task(name="shop.sync", time_limit=600)
    def sync(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.beat_schedule = {
        "sync": {"task": "shop.sync", "schedule": 60.0},
    }


    @app.task(name="shop.sync", time_limit=50)
    def sync(): ...
    ```

    ## Unknown
    A warning. Only limits that the task itself is given count, the soft one where it has both. Silent where the body speaks of a lock or asks what runs, where a decorator, a
    wrapper or a base class of its own may keep runs apart, and where the times of a schedule are not known.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.overlaps import overlapping

        yield from said(overlapping(celery_of(project)))
