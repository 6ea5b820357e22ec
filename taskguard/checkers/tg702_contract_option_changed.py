from __future__ import annotations

from taskguard.rule import ChangeRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractOptionChanged(ChangeRule, code="TG702", since="0.1.0"):
    """
    An option of a task differs: its queue, base, limits, retry.

    ## Why is this bad?
    A task that goes to another queue may have no worker; one that lost its time limit blocks one. A refactoring should leave all of it as it was.
    Options are compared as they work: a policy that was spelled out, or a constant that moved, is no difference.

    ## Example
    `before/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt", queue="mail", time_limit=60)
    def send_receipt(order_id):
        print(order_id)
    ```
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt", queue="mail")  # error
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Use instead
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt", time_limit=60, queue="mail")
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Unknown
    Where a value cannot be told, its expression is compared. Silent about options that a `**spread` may still set.
    """

    def check(self, change: Change) -> Findings:
        for pair, found in change.changed_options():
            old, new = pair.old, pair.new
            said = "; ".join(f"`{one.name}` is {one.after}, it was {one.before}" for one in found)
            yield Finding(
                new.path,
                new.where,
                f"`{new.qualname.rpartition('.')[2]}` differs: {said}",
                new.dotted,
                "give it the options that it had, or accept the change",
                (Related(old.path, old.where.line, "the task was declared here"),),
                tuple(dict.fromkeys((old.path, *new.depends))),
                lines=new.lines,
            )
