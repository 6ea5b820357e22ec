from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class VisibilityUnderLimit(ProjectRule, code="TG805", since="0.1.0"):
    """
    The broker waits for an acknowledgement for less time than a task may run that is acknowledged late.

    ## Why is this bad?
    Redis and SQS deliver a message again that nobody has acknowledged within the visibility timeout: after an hour on Redis, half an hour on SQS, unless
    it is set. A task with late acknowledgement that runs longer is then started a second time while it runs, and again after that.
    RabbitMQ, from 3.8.17 on, closes the channel of a consumer that has not acknowledged a message within half an hour (`consumer_timeout`): the worker ends with PRECONDITION_FAILED, and the task begins anew elsewhere.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost")


    @app.task(acks_late=True, time_limit=4 * 3600)  # error
    def export(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost")
    app.conf.broker_transport_options = {"visibility_timeout": 5 * 3600}


    @app.task(acks_late=True, time_limit=4 * 3600)
    def export(): ...
    ```

    ## Unknown
    Said once for each app. An error where the broker is sure, a warning where an environment may name another one. Of RabbitMQ where a compose file or the like says which image it is, and none of these files sets `consumer_timeout` or brings a configuration of its own. Silent on other brokers, about tasks without a time
    limit that is known, and where `visibility_timeout` cannot be told.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.delivery import delivered_again

        yield from said(delivered_again(celery_of(project)))
