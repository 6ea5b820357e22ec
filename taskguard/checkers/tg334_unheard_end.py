from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class UnheardEnd(ProjectRule, code="TG334", since="0.1.0"):
    """
    A container runs a script that starts a worker as a child of the shell.

    ## Why is this bad?
    `docker stop`, Kubernetes and ECS send SIGTERM to the first process of a container. Where that is a shell which waits for `celery … worker`, nobody else hears of it, and a shell that is the first process ignores it: the worker goes on to
    take messages, and ten or thirty seconds later all processes are killed. No warm shutdown takes place, what runs is torn off at each deployment, and with it what was acknowledged already is lost. With `exec` the worker takes the place of
    the shell.

    ## Example
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    ```
    `start.sh`:
    ```sh
    #!/bin/sh
    set -e
    celery -A shop worker  # warn
    ```
    `Dockerfile`:
    ```
    FROM python:3.12
    COPY . .
    CMD ["./start.sh"]
    ```

    ## Use instead
    `start.sh`:
    ```sh
    #!/bin/sh
    set -e
    exec celery -A shop worker
    ```

    ## Unknown
    A warning. Silent in files for development, tests and staging, where the worker is not the last command, runs beside others, or is put into the background, where the script sets a `trap` or waits, where the files that run it speak of a first process which hands signals on
    (`init: true`, tini, dumb-init), and where no Dockerfile or compose file of the project runs the script, and nothing else, by its name.

    ## References
    - [Dockerfile reference: ENTRYPOINT](https://docs.docker.com/reference/dockerfile/#entrypoint) (signals)
    - [Celery: stopping the worker](https://docs.celeryq.dev/en/stable/userguide/workers.html#stopping-the-worker)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.starts.unheard_ends import unheard_ends

        if project.complete:
            yield from said(unheard_ends(project))
