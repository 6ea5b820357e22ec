from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.asked_in_loop import Asked
    from taskguard.rule import Findings, Project


# So many further places of a function are named.
MOST = 8


class OrmInCoroutine(ProjectRule, code="TG618", since="0.1.0"):
    """
    A task has an event loop run a coroutine that asks Django's database in the synchronous way.

    ## Why is this bad?
    Where a loop runs in the thread, Django refuses to use a connection: SynchronousOnlyOperation ("You cannot call this from an async context"), each time. The call that makes
    a QuerySet is well, and what has it carried out is not: `get`, `first`, `count`, `create`, `update`, `list(rows)`, `for row in rows`, `if rows`, and `row.save()`. A task that has
    `asyncio.run()` carry out such a coroutine has never done its work; a handler that logs the exception makes a success of it.

    ## Example
    ```py
    import asyncio

    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField()


    async def remind(send):
        for order in Order.objects.filter(paid=False):  # error
            await send(order.pk)


    async def mail(pk): ...


    @shared_task(name="shop.remind")
    def run():
        asyncio.run(remind(mail))
    ```

    ## Use instead
    ```py
    import asyncio

    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField()


    async def remind(send):
        async for order in Order.objects.filter(paid=False):
            await send(order.pk)


    async def mail(pk): ...


    @shared_task(name="shop.remind")
    def run():
        asyncio.run(remind(mail))
    ```

    ## Unknown
    Said of `asyncio.run()`, `anyio.run()`, `async_to_sync()`, `run_until_complete()`, and functions of the project that do one of these with what they are given, in the function of a task or in one of its file that it calls; of the coroutine, of those of the project that
    it awaits, and of plain functions of the project that it calls, of these only what stands under no condition. Once for each function, of the first such place, with the others beside it. Rows are those of classes that surely are Django's models, by `objects` or a manager of
    the project that does not replace the method itself, rows those that such a call, a constructor or a loop gives; what stands behind a foreign key or a related name may have been fetched before, and is not looked at. Silent where a QuerySet is handed to others, who may have had it
    carried out; on `save` of a class that has its own and may not lead to Django's; in functions and lambdas within, which `sync_to_async` or a thread may carry out; where a handler names SynchronousOnlyOperation, or a function looks for a running loop; in projects that name
    `DJANGO_ALLOW_ASYNC_UNSAFE`, or have a Django before 3.0; in tasks that nobody sends, schedules or names, where other files send some, and in tests.

    ## References
    - [Django: async safety](https://docs.djangoproject.com/en/stable/topics/async/#async-safety)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.bodies.asked_in_loop import asked_in_loop

        for one in asked_in_loop(project):
            yield _said(one)


def _said(one: Asked) -> Finding:
    first, *others = one.found
    path, task = one.module.path, one.run.module.path
    where = "a coroutine" if one.function.is_async else "what a coroutine calls"
    lines = {each.span.line: each for each in reversed(others) if each.span.line != first.span.line}
    return Finding(
        path, first.span, f"{first.said} in {where}, where an event loop runs: a SynchronousOnlyOperation each time",
        symbol=".".join(each for each in (one.module.name, one.function.qualname) if each),
        help="await Django's own async methods (`aget`, `asave`), go through rows by `async for`, or have `sync_to_async` call a plain function that does it",
        related=(
            Related(task, one.call.span.line, f"the task {one.run.function.name} has it run"),
            *(Related(path, line, lines[line].said) for line in sorted(lines)[:MOST]),
        ),
        depends=() if task == path else (task,),
    )  # fmt: skip
