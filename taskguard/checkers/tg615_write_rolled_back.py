from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class WriteRolledBack(ProjectRule, shares="bodies", code="TG615", since="0.1.0"):
    """
    A task, or what it calls, writes to the database what its own transaction rolls back at once.

    ## Why is this bad?
    An exception that leaves `transaction.atomic()` rolls back all that was written in it, also what a handler has written just before it raises: the row that is to say
    that the task has failed says nothing. `retry` raises, too: the row that was made for the next run is gone when that looks for it by its key.

    ## Example
    ```py
    from celery import shared_task
    from django.db import models, transaction


    class Export(models.Model):
        status = models.TextField()


    @shared_task
    @transaction.atomic
    def export(pk):
        job = Export.objects.get(pk=pk)
        try:
            build(job)
        except OSError:
            job.status = "failed"
            job.save()  # error
            raise


    def build(job): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from django.db import models, transaction


    class Export(models.Model):
        status = models.TextField()


    @shared_task
    def export(pk):
        job = Export.objects.get(pk=pk)
        try:
            with transaction.atomic():
                build(job)
        except OSError:
            job.status = "failed"
            job.save()
            raise


    def build(job): ...
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. Said of the task's own function and of those of the project that it calls by name, and of `save`, `delete`, `create` and `update` of rows that are surely Django's, in a handler, where the same block surely raises
    behind them (`raise`, `retry`) and nothing within the transaction catches it; and of a `retry` that hands on the key of a row which the transaction has made. Silent where a
    database is named (`using`), where another context manager or a `finally` stands between, and where another decorator stands below `@transaction.atomic`.

    ## References
    - [Django: transactions](https://docs.djangoproject.com/en/stable/topics/db/transactions/#controlling-transactions-explicitly)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.races.undone import undone

        for one in undone(project):
            module, task = one.module, one.task
            if one.kind == "key":
                what = f"{one.text} is made in a transaction that this retry rolls back: the next run looks for a row that is not there"
                also, advice = (
                    Related(module.path, one.raised, "the row is made here"),
                    "leave the block before the retry",
                )
            else:
                what = f"undone: line {one.raised} raises, and the transaction that begins in line {one.begun} is rolled back"
                also = Related(module.path, one.raised, "this raises")
                advice = "write it when the block is left: have the `try` around `with transaction.atomic()`"
            by = () if task.function is one.function else (Related(task.path, task.line, "a task that comes here"),)
            yield Finding(
                module.path, one.at, what, symbol=f"{module.name}.{one.function.qualname}" if module.name else one.function.qualname, help=advice,
                related=(Related(module.path, one.begun, "the transaction"), also, *by), depends=() if task.path == module.path else (task.path,),
            )  # fmt: skip
