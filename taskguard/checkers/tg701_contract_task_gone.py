from __future__ import annotations

from taskguard.rule import ChangeRule, Finding, Related, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractTaskGone(ChangeRule, code="TG701", since="0.1.0"):
    """
    A task name that existed is gone or was renamed.

    ## Why is this bad?
    A task is called by its name. Messages in the queues, messages with an ETA, retries, and schedules in a database carry the old one, and
    the worker drops what it does not know. The automatic name is made of the module, so that a function that only moves gets another.

    ## Example
    `before/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task
    def send_receipt(order_id):
        print(order_id)
    ```
    `after/shop/tasks.py`:
    ```py
    from shop.receipts import send_receipt
    ```
    `after/shop/receipts.py`:
    ```py
    from celery import shared_task

    @shared_task  # error
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Use instead
    `after/shop/receipts.py`:
    ```py
    from celery import shared_task

    @shared_task(name="shop.tasks.send_receipt")
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Fix
    Safe, for a task that is there under another name: gives its decorator the old one.

    ## Unknown
    Silent where the old or the new name cannot be told. A second task under the old name counts: `shared_task(name="old.name")(function)`.
    """

    def check(self, change: Change) -> Findings:
        from taskguard.project.change.lost_tasks import lost_tasks

        for lost in lost_tasks(change):
            name = str(lost.old.name)
            related = [Related(lost.old.path, lost.old.where.line, "the task was declared here")]
            related += [Related(one.path, one.line, f"{one.how}: `{name}`") for one in lost.references]
            keep = f'keep the name: `name="{name}"`, until no message and no schedule carries it'
            if lost.new is not None:
                automatic = lost.new.source == "automatic" and lost.old.source == "automatic"
                why = "moved" if lost.old.module != lost.new.module else "was renamed"
                why = f" because it {why}" if automatic else ""
                yield Finding(
                    lost.new.path, lost.new.where, f"the task `{name}` is now called `{lost.new.name}`{why}", name, keep, tuple(related),
                    (lost.old.path,), fix=change.pinned(lost.new, name), lines=lost.new.lines,
                )  # fmt: skip
                continue
            if lost.piece is not None:
                message = f"the task `{name}` is gone: `{lost.piece.dotted}` is no task any more"
                yield Finding(
                    lost.piece.path,
                    lost.piece.span,
                    message,
                    name,
                    f"declare it as a task, and {keep}",
                    tuple(related),
                    (lost.old.path,),
                )
                continue
            path, span = change.place_of_gone(lost.old.path)
            split = f": its code is now in {listing([f'`{one.dotted}`' for one in lost.parts])}" if lost.parts else ""
            related += [Related(one.path, one.span.line, "a part of it is here") for one in lost.parts]
            advice = "bring it back, or let it take and hand on the messages that are still on their way"
            yield Finding(
                path, span, f"the task `{name}` is gone{split}", name, advice, tuple(related), (lost.old.path,)
            )
