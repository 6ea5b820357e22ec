from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class BeatStartedTwice(ProjectRule, code="TG326", since="0.1.0"):
    """
    A deployment file starts the schedule of an app more than once.

    ## Why is this bad?
    Beat has no lock: each process that runs a schedule sends all that is due, and every periodic task is done once for each of them. It happens where a worker that
    runs beat within itself (`-B`) is given replicas, and where a service of its own is added for beat while the worker goes on with `-B`.

    ## Example
    `app.py`:
    ```py
    from celery import Celery

    app = Celery("app")
    ```
    `docker-compose.yml`:
    ```yaml
    services:
      worker:
        image: shop
        command: celery -A app worker -B
        deploy:
          replicas: 3  # error
    ```

    ## Use instead
    `docker-compose.yml`:
    ```yaml
    services:
      worker:
        image: shop
        command: celery -A app worker
        deploy:
          replicas: 3
      beat:
        image: shop
        command: celery -A app beat
    ```

    ## Unknown
    Silent where a scheduler takes a lock (RedBeat) or another program sees to it that one beat runs, and about two services of which one has `profiles`, extends another, is called after an
    environment (`beat-dev`), or differs from the other in its image, settings, broker or scheduler. What one file says and another one overlays is not put together.

    ## References
    - [Celery: starting the scheduler](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#starting-the-scheduler)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.schedules.started_twice import twice_beaten

        if project.complete:
            yield from said(twice_beaten(celery_of(project)))
