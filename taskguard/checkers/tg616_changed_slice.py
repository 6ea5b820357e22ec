from __future__ import annotations

from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class ChangedSlice(FileRule, code="TG616", since="0.1.0"):
    """
    A task changes, filters or sorts rows through a queryset that is cut already.

    ## Why is this bad?
    Django refuses that with a TypeError ("Cannot update a query once a slice has been taken"): SQL has no `LIMIT` there. It is so with `update`, `delete`, `filter`, `exclude`, `order_by` and `distinct`. Tasks that tidy up
    do their work in batches, and that is how they are cut: each run fails, nobody waits for its result, and what it should remove goes on growing.

    ## Example
    ```py
    from celery import shared_task
    from django.db import models


    class Visit(models.Model):
        old = models.BooleanField()


    @shared_task
    def tidy():
        batch = Visit.objects.filter(old=True)[:1000]
        batch.delete()  # error


    tidy.delay()
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from django.db import models


    class Visit(models.Model):
        old = models.BooleanField()


    @shared_task
    def tidy():
        batch = Visit.objects.filter(old=True).values_list("pk", flat=True)[:1000]
        Visit.objects.filter(pk__in=list(batch)).delete()


    tidy.delay()
    ```

    ## Unknown
    Silent where the model is not surely one of Django, where a method of a manager of the project's own stands in between, where the name may be bound to something else as well, in tasks that nobody sends, schedules or names, where other files send some, and in tests. A
    warning where a handler around catches the TypeError.

    ## References
    - [Django: limiting QuerySets](https://docs.djangoproject.com/en/stable/topics/db/queries/#limiting-querysets)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.calls.runs import found_in
        from taskguard.project.hazards.database.sliced import refusals

        for run, found in found_in(module, refusals):
            for one in found:
                cut = one.cut.span
                yield Finding(
                    module.path, one.call.span, f"{one.method}() of a queryset that line {cut.line} cuts: a TypeError each time",
                    symbol=run.task.dotted, certain=not one.caught, related=(Related(module.path, cut.line, "it is cut here"),) if cut.line != one.call.span.line else (),
                    help="take the keys of the slice, and filter by these" if one.method in ("update", "delete") else "cut the queryset at the end",
                )  # fmt: skip
