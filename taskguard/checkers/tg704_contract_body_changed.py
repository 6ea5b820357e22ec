from __future__ import annotations

from taskguard.rule import ChangeRule, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractBodyChanged(ChangeRule, code="TG704", since="0.1.0"):
    """
    A function that moved is not the same code.

    ## Why is this bad?
    A move should only move. What else changes on the way is lost in a large difference, and nobody reviews it. Formatting, comments, docstrings,
    annotations, imports inside the function and names of local variables do not count, and names are compared by what they lead to.

    ## Example
    `before/shop/tasks.py`:
    ```py
    def total(items):
        return sum(one.price for one in items if one.paid)
    ```
    `after/shop/tasks.py`:
    ```py
    # taskguard: facade
    from shop.prices import total
    ```
    `after/shop/prices.py`:
    ```py
    def total(items):  # error
        return sum(one.price for one in items)
    ```

    ## Use instead
    `after/shop/prices.py`:
    ```py
    def total(items):
        '''What the paid items cost.'''
        return sum(item.price for item in items if item.paid)
    ```

    ## Unknown
    Silent where all that the function did is found in it and in new functions that it calls. Lost protections are TG705.
    """

    def check(self, change: Change) -> Findings:
        from taskguard.project.change.verdicts import bodies

        for body in bodies(change):
            found, old, new = body.difference, body.pair.old, body.pair.new
            if found is None:
                continue
            yield Finding(
                new.path,
                new.head,
                f"`{new.qualname}` moved from {old.path} and is not the same: {found.phrase}",
                new.dotted,
                "move the code as it is, and change it in a commit of its own",
                (change.was_at(old),),
                (old.path,),
                lines=body.task.lines if body.task else (),
            )
