from __future__ import annotations

from taskguard.rule import ChangeRule, Finding, Related, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractSymbolGone(ChangeRule, code="TG706", since="0.1.0", behind="TG701"):
    """
    A name is gone from a module path that had it.

    ## Why is this bad?
    Whoever imports it by the old path fails, and a test that patches it there, too. If nobody in the project uses it, code outside may:
    then it is a warning. A Celery app that is gone is told whoever imports it: workers are started from it, as far as deployment files say.

    ## Example
    `before/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt")
    def send_receipt(order_id):
        print(order_id)
    ```
    `shop/views.py`:
    ```py
    import shop.tasks

    def pay(order):
        shop.tasks.send_receipt(order.pk)
    ```
    `after/shop/tasks.py`:
    ```py
    '''Moved to shop.receipts.'''  # error
    ```
    `after/shop/receipts.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt")
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Use instead
    `after/shop/tasks.py`:
    ```py
    from shop.receipts import send_receipt

    __all__ = ["send_receipt"]
    ```

    ## Unknown
    Silent where the module binds names that cannot be told. Names of test modules count only if somebody else uses them.
    """

    def check(self, change: Change) -> Findings:
        from taskguard.project.change.symbols import lost_symbols

        for lost in lost_symbols(change):
            path, span = change.place_of_gone(lost.path)
            went = ""
            if lost.new is not None and lost.new.dotted != lost.dotted:
                went = f"; it is now `{lost.new.dotted}`"
            elif lost.parts:
                went = f"; its code is now in {listing([f'`{one.dotted}`' for one in lost.parts])}"
            users = [f"{one.path}:{one.line} {one.how}" for one in lost.users]
            relies = f", and {listing(users)}" if users else ""
            home = lost.new.module if lost.new is not None and lost.new.name == lost.name else ""
            again = (
                f"hand it on: `from {home} import {lost.name}`" if home else "bring it back, or change all who use it"
            )
            related = [Related(lost.path, lost.line, f"`{lost.name}` was here")]
            related += [Related(one.path, one.line, one.how) for one in lost.users]
            yield Finding(
                path, span, f"`{lost.module}` has no `{lost.name}` any more{relies}{went}", lost.dotted, again, tuple(related),
                tuple(dict.fromkeys((lost.path, *(one.path for one in lost.users)))), certain=bool(lost.users),
            )  # fmt: skip
