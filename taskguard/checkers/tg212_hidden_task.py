from __future__ import annotations

from taskguard.rule import FileRule, about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class HiddenTask(FileRule, code="TG212", since="0.1.0"):
    """
    A decorator above the task decorator, which makes of the task a plain function again.

    ## Why is this bad?
    Decorators work from the bottom up. The task decorator has registered the function as it stands below it: a worker runs that one, without what is
    above. And what the module calls by that name is what the upper decorator gives back, a plain function without `.delay` and `.apply_async`.
    So a transaction is never opened, a retry never tried, and who sends the task gets an AttributeError.

    ## Example
    ```py
    from celery import shared_task
    from django.db import transaction


    @transaction.atomic  # error
    @shared_task
    def settle(order): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from django.db import transaction


    @shared_task
    @transaction.atomic
    def settle(order): ...
    ```

    ## Unknown
    Decorators of the project are followed: each of their returns has to be a function defined inside. Of those from elsewhere only some are
    known (`atomic`, `lru_cache`, `contextmanager`, tenacity, backoff, …). Silent about all others, which may give back what they got, as Django's
    `receiver` does, and about decorators that put something on the function that they give back.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.diagnosis.declarations.hiding_decorators import hiding
        from taskguard.project.tasks.declarations import tasks_in

        for task in tasks_in(module):
            if not task.above:
                continue
            for expr, written in hiding(task):
                name = task.qualname.rpartition(".")[2]
                found = about(
                    task, f"@{written} above the task decorator: {name} is a plain function without .delay, and a worker runs it without @{written}",
                    f"put @{written} below the task decorator",
                )  # fmt: skip
                yield found.replace(span=expr.span, lines=(*found.lines, task.span.line))
                break
