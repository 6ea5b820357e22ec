from __future__ import annotations

from taskguard.rule import FileRule, Finding, Related, Spelling, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.column_uses import Unheld
    from taskguard.rule import Findings, Module

# What comes of it, by the way in which a class of rows is asked for what it has not.
ENDS = {
    "attribute": "an AttributeError here",
    "field": "a FieldError here",
    "updated": "a FieldDoesNotExist here",
    "keyword": "a TypeError here",
    "entity": "an InvalidRequestError here",
}


class UnknownField(FileRule, code="TG619", since="0.1.0"):
    """
    A task asks a model for a column or field that it does not have, filters by one, or makes a row with one.

    ## Why is this bad?
    A column was renamed or taken away, and a query in a task stayed behind. `Habit.is_active` of a class of SQLAlchemy is an AttributeError, `Habit(is_active=True)` a TypeError,
    `Order.objects.filter(paid_on__lt=…)` of a model of Django a FieldError: each time that line runs, and in a task nobody sees that but the worker.

    ## Example
    ```py
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid_at = models.DateTimeField(null=True)


    @shared_task
    def clean_up(before):
        Order.objects.filter(paid_on__lt=before).delete()  # error


    clean_up.delay("2026-01-01")
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid_at = models.DateTimeField(null=True)


    @shared_task
    def clean_up(before):
        Order.objects.filter(paid_at__lt=before).delete()


    clean_up.delay("2026-01-01")
    ```

    ## Unknown
    Looked at are the functions of tasks and those to which they lead by their names, in other files too. Of SQLAlchemy's classes what is asked of the class itself, the keywords with which it is made, and `filter_by` of a query of it alone; of Django's
    what is asked of `objects`, as far as rows of the same class come out: conditions (also in `Q(…)`), `create`, `get_or_create`, `update`, `values`, `order_by`, `only` and the like. Of a condition only the first part counts, up to `__`.
    Only where all that a class has is known: it and its bases are of the project, of `models.Model`, `DeclarativeBase`, `declarative_base()`, `db.Model` or `SQLModel`, with no other decorator, metaclass or `__getattr__`, no `__table__`, reflection,
    `setattr` on the class or property that is added from outside, and a manager that asks as Django's own does. The other ends of relations count (`related_name`, `backref`, the name of any class), and so does what `annotate` and `alias` of the same query add.
    Silent where a handler of such an error is around, in tasks that nobody sends, schedules or names, where other files send some, and in tests.

    ## References
    - [Django: making queries](https://docs.djangoproject.com/en/stable/topics/db/queries/)
    """

    def check(self, module: Module) -> Findings:
        if not module.project.complete:
            return
        from taskguard.project.hazards.bodies.column_uses import unheld_in_tasks

        spelling = Spelling()
        for home, scope, one in unheld_in_tasks(module):
            yield _said(home, scope, one, spelling)


def _said(module: Module, scope: str, one: Unheld, spelling: Spelling) -> Finding:
    klass, path = one.columns.klass, one.columns.module.path
    meant = spelling.nearest(one.name, sorted(each for each in one.columns.names if not each.startswith("_")))
    also = f" (nor {listing([f'`{each}`' for each in one.others])})" if one.others else ""
    return Finding(
        module.path, one.span, f"`{one.written}`: {klass.name} has no `{one.name}`{also}, {ENDS[one.how]}",
        symbol=f"{module.name}.{scope}" if module.name else scope,
        related=(Related(path, klass.span.line, "the class"),), depends=(path,) if path != module.path else (),
        help=f"did you mean `{meant}`?" if meant else "name what it has, or add it to the class",
    )  # fmt: skip
