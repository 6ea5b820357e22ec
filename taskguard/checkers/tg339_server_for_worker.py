from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ServerForWorker(ProjectRule, code="TG339", since="0.1.0"):
    """
    A service is called like a worker or beat, and runs the web server of its image.

    ## Why is this bad?
    A service of a compose file that has no `command` runs what the `CMD` of its image says. Where that is `gunicorn …`, a service `celery_worker` is a second web server: the container runs, its log
    shows a server that has started, and no worker takes a task. With `celery_beat` no schedule runs.

    ## Example
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    ```
    `Dockerfile`:
    ```
    FROM python:3.12
    COPY . .
    CMD ["gunicorn", "shop.wsgi"]
    ```
    `compose.yml`:
    ```yaml
    services:
      web:
        build: .
      celery_worker:  # error
        build: .
    ```

    ## Use instead
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    ```
    `Dockerfile`:
    ```
    FROM python:3.12
    COPY . .
    CMD ["gunicorn", "shop.wsgi"]
    ```
    `compose.yml`:
    ```yaml
    services:
      web:
        build: .
      celery_worker:
        build: .
        command: celery -A shop worker
    ```

    ## Unknown
    Silent where the image has an entrypoint, is built on anything but plain images of Python and of systems, runs a script, or chooses by a variable; where no other service has the same image, or this one has ports,
    replicas or a profile; where another compose file gives a service of that name a command, a file has `extends`, or what is written about the project runs a command in it by hand; and in tests.

    ## References
    - [Dockerfile reference: CMD](https://docs.docker.com/reference/dockerfile/#cmd)
    - [Compose file reference: command](https://docs.docker.com/reference/compose-file/services/#command)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.starts.servers_for_workers import servers_for_workers

        if project.complete:
            yield from said(servers_for_workers(project))
