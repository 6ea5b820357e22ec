from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class RefusedSerializer(ProjectRule, code="TG812", since="0.1.0"):
    """
    Messages or results in a format that the project's own workers refuse, or that nothing knows.

    ## Why is this bad?
    A worker takes what `accept_content` lists, and JSON alone where that is not set. A message in another format is thrown away with an entry in the
    log: the task never runs, and who waits for it waits for ever. So with the settings, a task's `serializer`, and that of one call (`apply_async(…, serializer="pickle")`). Who reads a result in such a format gets ContentDisallowed.
    `auth` is a format once `app.setup_security()` was called, and "application/json" is the type of a message and not the name of its format: with these
    nothing can be sent at all.

    ## Example
    `requirements.txt`:
    ```text
    celery>=5.3
    ```
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_serializer = "pickle"  # error
    ```

    ## Use instead
    `requirements.txt`:
    ```text
    celery>=5.3
    ```
    `shop/celery.py`:
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.task_serializer = "json"
    ```

    ## Unknown
    What is the default depends on the version: where `accept_content` is not set, the requirements have to say that Celery is 4.0 or newer. Silent where
    a value is not known, about formats that the project registers itself (`setup_security`, `kombu.serialization`), and in settings of tests and of a developer's own machine.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.serializers import refused
        from taskguard.project.diagnosis.settings.unknown_serializers import unregistered

        yield from said(refused(celery_of(project)))
        yield from said(unregistered(celery_of(project)))
