from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class AlwaysEager(ProjectRule, code="TG807", since="0.1.0"):
    """
    `task_always_eager` in settings that are not for tests.

    ## Why is this bad?
    With it `delay()` and `apply_async()` send nothing: the task runs at once, in the request or command that calls it, and the answer waits for it. Workers are
    idle, retries happen on the spot, limits and routes do not count. It is meant for tests.

    ## Example
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_always_eager = True  # error
    ```
    `Procfile`:
    ```text
    worker: celery -A shop worker
    ```

    ## Use instead
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    ```
    `Procfile`:
    ```text
    worker: celery -A shop worker
    ```

    ## Unknown
    An error where deployment files start a worker, else a warning. Silent in files and classes whose names speak of tests or of a developer's own
    machine (`settings/local.py`, `class TestConfig`), under a condition, and where another settings module that may be in use says otherwise, unless the one that switches it on is by its name that of a server (`settings/prod.py`). Undecided
    where a file of the project that is no part of those settings sets it, too.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.always_eager import always_eager

        yield from said(always_eager(celery_of(project)))
