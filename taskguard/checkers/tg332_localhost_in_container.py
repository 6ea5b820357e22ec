from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class LocalhostInContainer(ProjectRule, code="TG332", since="0.1.0"):
    """
    The broker or the result backend is on localhost, and a compose file starts the worker in a container of its own.

    ## Why is this bad?
    In a container localhost is that container. Redis or RabbitMQ is another one, which the file has under the name of its service: the worker says "Error 111 connecting to localhost:6379. Connection refused" for ever, and
    nothing is run. On the machine of who wrote it all is well, since there the port of the server is published. A result backend that is called `redis`, without a URL, is on localhost as well.

    ## Example
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost:6379/0")  # error
    ```
    `compose.yml`:
    ```yaml
    services:
      redis:
        image: redis:7
      worker:
        build: .
        command: celery -A shop worker
    ```

    ## Use instead
    `shop.py`:
    ```py
    import os

    from celery import Celery

    app = Celery("shop", broker=os.environ.get("REDIS_URL", "redis://localhost:6379/0"))
    ```
    `compose.yml`:
    ```yaml
    services:
      redis:
        image: redis:7
      worker:
        build: .
        command: celery -A shop worker
        environment:
          REDIS_URL: redis://redis:6379/0
    ```

    ## Unknown
    Silent where the file has no such server beside the worker, where one of several values is another host or is none that is written, where the command names the broker, where the service shares a network (`network_mode`), is told
    names of hosts (`extra_hosts`, `links`) or extends another one, where a deployment file names the variable that Celery reads before any setting (`CELERY_BROKER_URL`, `CELERY_RESULT_BACKEND`), and in tests. Of a
    default beside a variable of the environment: a warning, and silent where any deployment file names that variable, where the service has a file of variables, or code fills the environment from one.

    ## References
    - [Docker: networking in Compose](https://docs.docker.com/compose/how-tos/networking/)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.brokers.local_brokers import local_brokers

        if project.complete:
            yield from said(local_brokers(celery_of(project)))
