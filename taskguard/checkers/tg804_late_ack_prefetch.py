from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class LateAckPrefetch(ProjectRule, code="TG804", since="0.1.0", practice=True):
    """
    Long tasks are acknowledged late, and each process of a worker reserves more than one message.

    ## Why is this bad?
    A message that is acknowledged late stays reserved until its task has ended. Each process holds four of them unless `worker_prefetch_multiplier` says otherwise: three
    wait behind a long task while other processes have nothing to do, and if the worker is lost all of them are delivered again.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_acks_late = True  # error


    @app.task(time_limit=3600)
    def export(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_acks_late = True
    app.conf.worker_prefetch_multiplier = 1


    @app.task(time_limit=3600)
    def export(): ...
    ```

    ## Unknown
    A warning, said once for each app. Tasks count as long that may run for ten minutes by a time limit of their own, or for an hour by that of the settings; silent about tasks without a limit that is known. Silent
    where a command says `--prefetch-multiplier`, and where the settings cannot all be seen.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.delivery import hoarded

        yield from said(hoarded(celery_of(project)))
