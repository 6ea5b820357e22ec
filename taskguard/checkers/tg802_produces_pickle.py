from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class ProducesPickle(ProjectRule, code="TG802", since="0.1.0", practice=True):
    """
    Messages or results are pickled.

    ## Why is this bad?
    To read a pickle is to run what it says: workers have to take it, and then run the code of whoever can write to the broker. Who reads results runs the
    code of whoever can write to the backend. And a class that has moved since cannot be read any more.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.update(
        task_serializer="pickle",  # error
        accept_content=["json", "pickle"],
    )
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
    )
    ```

    ## Unknown
    Said once for each app, at the first setting or task that writes pickle; the others are named beside it. Where workers refuse pickle, TG812 tells
    that. Silent in settings of tests and of a developer's own machine.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.serializers import produces_pickle

        yield from said(produces_pickle(celery_of(project)))
