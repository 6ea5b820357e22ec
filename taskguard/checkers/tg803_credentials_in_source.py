from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class CredentialsInSource(ProjectRule, code="TG803", since="0.1.0"):
    """
    The URL of a broker or a result backend holds a password.

    ## Why is this bad?
    Who can read the repository can then read and write the queue: tasks, their arguments, and with pickle the workers themselves. A password that was
    committed stays in the history when the line is changed.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop", broker="amqp://shop:kiwi7Bird@fox.rmq.cloudamqp.com/shop")  # error
    ```

    ## Use instead
    ```py
    import os

    from celery import Celery

    app = Celery("shop", broker=os.environ["BROKER_URL"])
    ```

    ## Unknown
    A default beside an environment variable is told as well. Silent about what is the password of nobody's server: `guest:guest`, placeholders
    (`<password>`, `changeme`), hosts of this machine or of a network of containers (`localhost`, `rabbitmq`), samples and tests. A warning where the
    host has a private address (`10.0.0.5`, `mq.prod.internal`). Parts of a URL that the code does not say are no password.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.brokers.secrets import secrets

        yield from said(secrets(celery_of(project)))
