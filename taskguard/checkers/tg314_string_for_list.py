from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class StringForList(ProjectRule, code="TG314", since="0.1.0"):
    """
    A string where Celery walks a list, so that it is read letter by letter, or where a list wants `Queue` objects.

    ## Why is this bad?
    A string is a sequence of letters. `accept_content = "json"` accepts the serializers j, s, o and n, and the worker does not start;
    `autodiscover_tasks("shop")` looks for the packages s, h, o and p, and stops the worker at the first, so does `lambda: "shop"`. Most often a comma is missing in `("shop",)`. `task_queues = ["mail"]` is an AttributeError at start, and
    `task_queues = (Queue("mail"))`, one queue in brackets without a comma, a TypeError. The reverse is said of `autodiscover_tasks(["shop"], ["orders"])`: what
    comes second is the name that the modules have, and no module is called `['orders']`.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop")
    app.autodiscover_tasks(("shop"))  # error
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop")
    app.autodiscover_tasks(["shop"])
    ```

    ## Unknown
    Silent about values that cannot be told. `imports` and `include` may be strings, Celery makes a list of them.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.settings.not_lists import strings_for_lists

        return said(strings_for_lists(celery_of(project)))
