from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class TextForSwitch(ProjectRule, code="TG331", since="0.1.0"):
    """
    A setting that is true or false holds a text that says no.

    ## Why is this bad?
    What the environment holds is text, and each text but the empty one is true: `os.environ.get("EAGER", "False")` switches on what it is meant to switch off, and so does every other word that a
    deployment gives the variable. With `task_always_eager` no task is ever sent, each runs in the web process; with `task_ignore_result` no result is kept. `bool("False")` is true as well.

    ## Example
    ```py
    import os

    from celery import Celery

    app = Celery("shop")
    app.conf.task_always_eager = os.environ.get("EAGER", "False")  # error
    ```

    ## Use instead
    ```py
    import os

    from celery import Celery

    app = Celery("shop")
    app.conf.task_always_eager = os.environ.get("EAGER", "False") == "True"
    ```

    ## Unknown
    Silent where the default is no text, or none that says no (`"False"`, `"no"`, `"off"`, `"0"`, `"none"`), about helpers that may make a boolean of what they read (`env("EAGER")`), and in tests.

    ## References
    - [Celery: configuration and defaults](https://docs.celeryq.dev/en/stable/userguide/configuration.html)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.texts_for_switches import texts_for_switches

        yield from said(texts_for_switches(celery_of(project)))
