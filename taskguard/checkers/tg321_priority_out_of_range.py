from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class PriorityOutOfRange(ProjectRule, code="TG321", since="0.1.0"):
    """
    A priority that the broker does not have, or that means the opposite on it.

    ## Why is this bad?
    Each broker has its own. Redis takes 0 to 9, and **0 comes first**: what is more counts as 9, the very last. RabbitMQ takes 0 to 255, the
    largest first, and only where the queue says `x-max-priority`: with none a priority has no effect, and with 256 each message is
    an error at the sender. SQS has no priorities. Celery passes the number on and says nothing.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://cache/0")


    @app.task(priority=10)  # error
    def alarm(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://cache/0")
    app.conf.task_default_priority = 6


    @app.task(priority=0)
    def alarm(): ...
    ```

    ## Unknown
    The broker is known by the scheme of its URL, also where only the beginning is written out (`f"redis://{host}"`). Where the environment gives it, a
    default, a deployment file or the variable's name (`REDIS_URL`) must tell, none of them may disagree, and findings are warnings; undecided
    where nothing tells. That a priority means the opposite is said on Redis alone, where words show what is meant: constants like
    `PRIORITY_HIGH = 9`, a queue "high" or "low" beside the number; silent where neighbours show that 0 is meant to be first. That RabbitMQ has none is a warning, once
    for an app, and silent where some file speaks of `x-max-priority` or quorum queues. Texts in schedules are TG307's.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.queues.priority_faults import priorities_out_of_range

        return said(priorities_out_of_range(celery_of(project)))
