from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ResultsKept(ProjectRule, code="TG806", since="0.1.0", practice=True):
    """
    Results never expire, and nothing of the project reads one.

    ## Why is this bad?
    Each task leaves its result in the backend. With `result_expires` of `None` or 0 nothing ever deletes it, and a Redis grows until its memory is full.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost/0", backend="redis://localhost/1")
    app.conf.result_expires = None  # error
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost/0", backend="redis://localhost/1")
    app.conf.result_expires = 3600
    ```

    ## Unknown
    A warning. Silent where a file of the project speaks of AsyncResult or of a chord, where results are ignored, and with backends other than Redis: who keeps
    results in a database may look at them there.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.brokers.kept_results import kept_results

        yield from said(kept_results(celery_of(project)))
