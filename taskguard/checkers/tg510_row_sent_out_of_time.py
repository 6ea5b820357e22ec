from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.races.untimely_keys import Untimely
    from taskguard.rule import Findings, Project

SAID = {
    "deleted": "{key} is None by now: the row is deleted in line {line}, and {name} is told nothing",
    "deleted by then": "{key} is read at the commit, when line {line} has deleted the row: {name} is told None",
    "of a deletion": "{key} is read at the commit: where the row is deleted within a transaction, {name} is told None",
    "made": "{key} is None as yet: nothing has saved the row that line {line} makes, and {name} is told nothing",
    "new": "{key} is None as yet: line {line} saves the new row, and {name} is told nothing",
    "new, at once": "where no transaction is open, `on_commit` runs at once, before line {line} saves the new row: {name} is told None",
    "before": "line {line} saves the row: a new one has no key before, and {name} is told None",
}
LIKELY = frozenset(("of a deletion", "new, at once", "before"))
GONE = frozenset(("deleted", "deleted by then", "of a deletion"))


class RowSentOutOfTime(ProjectRule, shares="bodies", code="TG510", since="0.1.0"):
    """
    A task is told the key of a row of Django that has none: it is deleted by then, or not saved yet.

    ## Why is this bad?
    `delete()` takes the key from the object, and a new object gets one when the database saves it. Before and after, `order.pk` is None. The message is
    sent all the same, and the worker looks for a row without a key: it finds none, and what was to be done for the row is never done. Nothing fails where the
    mistake is.

    ## Example
    ```py
    from celery import shared_task
    from django.db import models


    @shared_task
    def unlist(pk): ...


    class Order(models.Model):
        def delete(self, *args, **kwargs):
            super().delete(*args, **kwargs)
            unlist.delay(self.pk)  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from django.db import models


    @shared_task
    def unlist(pk): ...


    class Order(models.Model):
        def delete(self, *args, **kwargs):
            pk = self.pk
            super().delete(*args, **kwargs)
            unlist.delay(pk)
    ```

    ## Unknown
    Certain where the function itself deletes the row before (also by `super().delete_model()` of the admin), or in the transaction at whose end a lambda reads the key; where it makes the row and nothing may have saved
    it; and where `save` of a model sends a new row (`if not self.pk`) before `super().save()`. A warning: a receiver of `post_delete` or `pre_delete` with a lambda for `on_commit`, which reads the key when the row has lost
    it if the deletion is part of a transaction, as in the admin; `save` that sends before `super().save()` under no condition; and one that has `on_commit` send a new row, where the settings do not have each request in a transaction.
    Silent where the class of the row keeps deleted rows or has keys of its own (`UUIDField(primary_key=True)`), or may do so: bases of other libraries, a `delete` that need not delete.

    ## References
    - [Django: deleting objects](https://docs.djangoproject.com/en/stable/ref/models/instances/#deleting-objects)
    - [Django: auto-incrementing primary keys](https://docs.djangoproject.com/en/stable/ref/models/instances/#auto-incrementing-primary-keys)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.races.untimely_keys import untimely

        for one in untimely(project):
            yield _said(one)


def _said(one: Untimely) -> Finding:
    use, path, scope = one.use, one.module.path, one.function.qualname
    gone = one.when in GONE
    return Finding(
        path, use.call.span, SAID[one.when].format(key=use.key, line=one.line, name=use.name),
        symbol=f"{one.module.name}.{scope}" if one.module.name else scope, certain=one.when not in LIKELY,
        help=f"keep the key before the row is deleted: `pk = {use.key}`, and send that" if gone else "send it when the row is saved",
        related=() if one.when == "of a deletion" else (Related(path, one.line, "the row is made" if one.when == "made" else "the row is deleted" if gone else "the row is saved"),),
    )  # fmt: skip
