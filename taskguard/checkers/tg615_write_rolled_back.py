from __future__ import annotations

from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class WriteRolledBack(FileRule, code="TG615", since="0.1.0"):
    """
    A task writes to the database what its own transaction rolls back at once.

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
    Silent in tasks that nobody sends, schedules or names, where other files send some. Said of `save`, `delete`, `create` and `update` of rows that are surely Django's, in a handler, where the same block surely raises
    behind them (`raise`, `retry`) and nothing within the transaction catches it; and of a `retry` that hands on the key of a row which the transaction has made. Silent where a
    database is named (`using`), where another context manager or a `finally` stands between, and where another decorator stands below `@transaction.atomic`.

    ## References
    - [Django: transactions](https://docs.djangoproject.com/en/stable/topics/db/transactions/#controlling-transactions-explicitly)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.runs import found_in, runs_in

        if not runs_in(module):
            return
        from taskguard.project.hazards.undone import undone

        for run, found in found_in(module, undone):
            for one in found:
                begun = Related(module.path, one.begun, "the transaction")
                if one.kind == "key":
                    what = f"{one.text} is made in a transaction that this retry rolls back: the next run looks for a row that is not there"
                    also = Related(module.path, one.raised, "the row is made here")
                    advice = "leave the block before the retry"
                else:
                    what = f"undone: line {one.raised} raises, and the transaction that begins in line {one.begun} is rolled back"
                    also = Related(module.path, one.raised, "this raises")
                    advice = "write it when the block is left: have the `try` around `with transaction.atomic()`"
                yield Finding(
                    module.path, one.at, what, symbol=run.task.dotted, help=advice, related=(begun, also),
                )  # fmt: skip
