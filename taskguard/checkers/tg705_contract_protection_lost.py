from __future__ import annotations

from taskguard.rule import ChangeRule, Finding, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractProtectionLost(ChangeRule, code="TG705", since="0.1.0"):
    """
    An atomic block, a metric or log call, a decorator, a retry or an except clause is gone.

    ## Why is this bad?
    These lines are there because something went wrong once. They are easily lost when a function is rewritten or moved, and no test misses them.
    Which calls count besides `transaction.atomic` and `self.retry` is said by `[tool.taskguard.contract] protective-calls`.

    ## Example
    `before/shop/tasks.py`:
    ```py
    from celery import shared_task
    from django.db import transaction

    @shared_task(name="book")
    def book(order):
        with transaction.atomic():
            order.book()
    ```
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="book")
    def book(order):  # error
        order.book()
    ```

    ## Use instead
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task
    from django.db import transaction

    @shared_task(name="book")
    @transaction.atomic
    def book(order):
        order.book()
    ```

    ## Unknown
    A protection that moved into a new function which the old one calls is still there.
    """

    def check(self, change: Change) -> Findings:
        from taskguard.project.change.verdicts import bodies

        for body in bodies(change):
            if not body.gone:
                continue
            old, new = body.pair.old, body.pair.new
            yield Finding(
                new.path,
                new.head,
                f"`{new.qualname}` lost a protection: {listing(body.gone, 5)}",
                new.dotted,
                "put it back, or say why it is not needed any more",
                (change.was_at(old),),
                (old.path,),
                lines=body.task.lines if body.task else (),
            )
