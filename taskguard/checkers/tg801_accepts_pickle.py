from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class AcceptsPickle(ProjectRule, code="TG801", since="0.1.0", practice=True):
    """
    Workers accept pickled messages, and nothing of the project sends any.

    ## Why is this bad?
    To read a pickle is to run what it says. A worker that takes pickle runs the code of whoever can write to its broker. JSON alone is the default.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop", task_serializer="json")
    app.conf.accept_content = ["json", "pickle"]  # error
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop", task_serializer="json")
    app.conf.accept_content = ["json"]
    ```

    ## Unknown
    Undecided where no `task_serializer` is set and the requirements do not say that Celery is 4.0 or newer: in Celery 3 it was pickle. Where a serializer of the project is pickle, that is the cause, and TG802 tells it. Silent in settings of tests and of a developer's own machine.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.serializers import accepts_pickle

        yield from said(accepts_pickle(celery_of(project)))
