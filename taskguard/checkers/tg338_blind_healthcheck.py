from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class BlindHealthcheck(ProjectRule, code="TG338", since="0.1.0"):
    """
    The healthcheck of a worker or beat says the same whether that lives or not.

    ## Why is this bad?
    `celery inspect ping` asks all workers of the broker, and succeeds when one of them answers. In a service beside others it says that some worker lives: one that hangs stays "healthy". Beat answers no ping at all: with
    `-d` it is unhealthy for ever, without it the workers answer for it. And a check by `pgrep` or `ps` fails in an image that is built on `python:3.12-slim`, which has neither, until procps is installed: "pgrep: not found".
    What waits for such a service (`condition: service_healthy`) never starts, what restarts unhealthy containers ends it again and again, and nobody is told when it is really ill.

    ## Example
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    ```
    `compose.yml`:
    ```yaml
    services:
      worker:
        build: .
        command: celery -A shop worker
      beat:
        build: .
        command: celery -A shop beat
        healthcheck:
          test: celery -A shop inspect ping  # warn
    ```

    ## Use instead
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    ```
    `compose.yml`:
    ```yaml
    services:
      worker:
        build: .
        command: celery -A shop worker
        healthcheck:
          test: celery -A shop inspect ping -d celery@$$HOSTNAME
      beat:
        build: .
        command: celery -A shop beat
    ```

    ## Unknown
    Of programs silent where the image is made of anything but slim images of Python's own, where the recipe installs something that may bring them, and where another compose file says more of the service. Of pings silent where the
    service is the only worker of its app in the file, and where something else than the ping decides.

    ## References
    - [Celery: ping](https://docs.celeryq.dev/en/stable/userguide/workers.html#ping)
    - [Compose file reference: healthcheck](https://docs.docker.com/reference/compose-file/services/#healthcheck)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.starts.blind_healthchecks import blind_healthchecks

        if project.complete:
            yield from said(blind_healthchecks(project))
