from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class InheritedHealthcheck(ProjectRule, code="TG333", since="0.1.0"):
    """
    A worker or beat runs in the image of a web server, and is asked for its health as that is.

    ## Why is this bad?
    The `HEALTHCHECK` of a Dockerfile holds for each container of the image. `curl -f http://localhost:8000/health` fails in one that runs a worker, which answers no requests: Docker calls it unhealthy for ever, however well it
    works. What waits for it (`condition: service_healthy`) never starts, Swarm and what restarts unhealthy containers end it again and again, in the midst of its tasks, and nobody sees when it is really ill.

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
    HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1
    CMD ["gunicorn", "shop.web"]
    ```
    `compose.yml`:
    ```yaml
    services:
      web:
        build: .
      worker:
        build: .
        command: celery -A shop worker  # error
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
    HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1
    CMD ["gunicorn", "shop.web"]
    ```
    `compose.yml`:
    ```yaml
    services:
      web:
        build: .
      worker:
        build: .
        command: celery -A shop worker
        healthcheck:
          test: ["CMD-SHELL", "celery -A shop inspect ping -d celery@$$HOSTNAME"]
    ```

    ## Unknown
    Silent where the check asks anything but a server of the container itself by HTTP, or chooses by a variable or a condition, where the service starts a server for the web as well, where the script that the container begins with (its ENTRYPOINT) does not run
    the command (TG325), where another compose file says a check, an entrypoint or another program for the service, where
    the image is none that the file says how to build, and in tests.

    ## References
    - [Dockerfile reference: HEALTHCHECK](https://docs.docker.com/reference/dockerfile/#healthcheck)
    - [Compose file reference: healthcheck](https://docs.docker.com/reference/compose-file/services/#healthcheck)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.starts.inherited_healthchecks import inherited_checks

        if project.complete:
            yield from said(inherited_checks(project))
