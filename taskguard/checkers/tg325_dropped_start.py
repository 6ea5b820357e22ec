from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class DroppedStart(ProjectRule, code="TG325", since="0.1.0"):
    """
    A service is told to start Celery, and the entrypoint of its image throws the command away; or a script waits for the end of a worker before it starts the next.

    ## Why is this bad?
    The `command` of a service, and that of a process in `fly.toml`, are words that Docker hands to the entrypoint of the image: the entrypoint decides whether they are run. A script that ends in
    `exec gunicorn …` or `exec python app.py` and never says `"$@"` starts a second web server where a worker should be, and all looks well: the container runs, tasks wait. So does the schedule that never comes, where
    the script has a branch for the first word (`case "$1" in celery) exec celery … worker`) and the service is told `celery … beat`: it gets another worker. An entrypoint in the shell form
    (`ENTRYPOINT ./start.sh`) gets no words at all: Docker runs it by `/bin/sh -c`, and says of it that it ignores CMD and the arguments of `docker run`.

    A shell waits for the end of each command. A script with `celery -A shop worker` on one line and `celery -A shop beat` on the next, and no `&` behind the first, has a worker and no beat: nothing of the schedule is ever due. So it is
    behind a server for the web.

    ## Example
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    ```
    `entrypoint.sh`:
    ```sh
    #!/bin/sh
    python manage.py migrate
    exec gunicorn shop.wsgi
    ```
    `Dockerfile`:
    ```
    FROM python:3.12
    WORKDIR /srv
    COPY . .
    ENTRYPOINT ["./entrypoint.sh"]
    ```
    `compose.yml`:
    ```yaml
    services:
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
    `entrypoint.sh`:
    ```sh
    #!/bin/sh
    python manage.py migrate
    exec "$@"
    ```
    `Dockerfile`:
    ```
    FROM python:3.12
    WORKDIR /srv
    COPY . .
    ENTRYPOINT ["./entrypoint.sh"]
    CMD ["gunicorn", "shop.wsgi"]
    ```
    `compose.yml`:
    ```yaml
    services:
      worker:
        build: .
        command: celery -A shop worker
    ```

    ## Unknown
    Of scripts a warning, where another file names the script: silent where the first command may go to the background (`--detach`, options of a variable, a configuration of Gunicorn), where the two do not stand in one block, one after the other, and of scripts with here-documents.
    Silent where the entrypoint is not the project's own shell script or a server for the web, where the script reads what it is called with in any other way than by one `case` over the first word, sources
    another file, or says anything of Celery, a worker or a supervisor; where a program of the project's own that it runs may start another one (`subprocess`, `os.exec`); where a step of the Dockerfile may make or change the script, where the service, or another compose file, gives it another entrypoint
    that is not read, where a stage, a folder or a file is named by a variable, and in tests.

    ## References
    - [Dockerfile reference: ENTRYPOINT](https://docs.docker.com/reference/dockerfile/#entrypoint) (the shell form; how CMD and ENTRYPOINT interact)
    - [Compose file reference: command, entrypoint](https://docs.docker.com/reference/compose-file/services/#command)
    - [Fly: the processes section](https://fly.io/docs/reference/configuration/#the-processes-section)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.starts.blocked_starts import unreached_starts
        from taskguard.project.diagnosis.starts.dropped_starts import dropped_starts

        if project.complete:
            yield from said(unreached_starts(project))
            yield from said(dropped_starts(project))
