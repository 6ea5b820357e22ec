from __future__ import annotations

from taskguard.rule import ChangeRule, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractSignatureChanged(ChangeRule, code="TG703", since="0.1.0"):
    """
    A task or a moved function does not take the arguments that it took.

    ## Why is this bad?
    Messages that were sent before the deployment carry the old arguments. They fail in the new worker, or mean something else there.
    An optional parameter at the end, or a keyword-only one, harms nobody.

    ## Example
    `before/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt")
    def send_receipt(order_id, language="en"):
        print(order_id, language)
    ```
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt")
    def send_receipt(order_id, language):  # error
        print(order_id, language)
    ```

    ## Use instead
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt")
    def send_receipt(order_id, language="en", *, copy=False):
        print(order_id, language)
    ```

    ## Unknown
    A plain function that stayed where it was is judged only if a file that the change does not touch uses it.
    """

    def check(self, change: Change) -> Findings:
        from taskguard.project.change.verdicts import broken_signatures

        for broken in broken_signatures(change):
            new, task = broken.pair.new, broken.task
            users = "".join(f"; {one.path}:{one.line} {one.how}" for one in broken.users[:3])
            yield Finding(
                new.path,
                new.head,
                f"`{new.name}`: {'; '.join(broken.phrases)}{users}",
                new.dotted,
                "take the old arguments as well until no message carries them"
                if task
                else "take the old arguments as well, or change every caller",
                (change.was_at(broken.pair.old),),
                (broken.pair.old.path,),
                lines=task.lines if task else (),
            )
