from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.arguments.handed_results import HandedResult
    from taskguard.project.hazards.database.on_commit import Eager, Late
    from taskguard.rule import Findings, Project


class EagerOnCommit(ProjectRule, code="TG505", since="0.1.0"):
    """
    What wants something to call is given a task that is sent at once, or `on_commit` a lambda that sends the last row of a loop for each.

    ## Why is this bad?
    `on_commit` wants something to call after the commit. `on_commit(send.delay(pk))` sends before it, in the middle of the transaction, and then
    fails, since what `delay` gives back cannot be called. So it is with whatever else calls later what it is given: `background.add_task(send.delay(pk))` of FastAPI sends before the response, and raises
    a TypeError after it; a thread, an executor and an event loop do so where nobody may see it, `atexit`, `partial`, `schedule` and APScheduler at once, with the task sent. A lambda in a loop is called when the loop has long ended: each of them sees the names
    that the loop has bound last, so that one row is sent again and again and the others never.

    ## Example
    ```py
    from threading import Timer

    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send(pk): ...


    def order(pk, rows):
        with transaction.atomic():
            transaction.on_commit(send.delay(pk))  # error
            for row in rows:
                transaction.on_commit(lambda: send.delay(row.pk))  # error


    def remind(pk):
        Timer(60, send.delay(pk)).start()  # error
    ```

    ## Use instead
    ```py
    from functools import partial
    from threading import Timer

    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send(pk): ...


    def order(pk, rows):
        with transaction.atomic():
            transaction.on_commit(partial(send.delay, pk))
            for row in rows:
                transaction.on_commit(partial(send.delay, row.pk))


    def remind(pk):
        Timer(60, partial(send.delay, pk)).start()
    ```

    ## Fix
    Unsafe: what is sent at once becomes a `functools.partial`, which is imported where it is not: the task is sent after the commit then, and no more
    within the transaction. Not for a signal, which would forget a partial at once. What a lambda in a loop is to be bound to is left to you.

    ## Unknown
    Functions of the project count that send a task and surely give back nothing, and signatures that the function has made. Silent where the transaction begins and ends within the loop, so that the lambda is called before the next round, and in the body of a task that begins none: it is called at once there.
    Beside `on_commit` it is told of what surely is a BackgroundTasks, Thread, Timer, Process, executor of `concurrent.futures`, loop of asyncio, scheduler of APScheduler or `schedule`, or a signal of Django or Celery: by an import, an annotation, or
    what makes it, be it an attribute that the class sets. Silent where the class of the task has a `delay` or `apply_async` of its own, which may give back something else.

    ## References
    - [Django: performing actions after commit](https://docs.djangoproject.com/en/stable/topics/db/transactions/#performing-actions-after-commit)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.arguments.handed_results import handed_results
        from taskguard.project.hazards.database.on_commit import Late, eager_commits

        for one in eager_commits(project):
            yield _late(one) if isinstance(one, Late) else _eager(one)
        for handed in handed_results(project):
            yield _handed(handed)


def _late(one: Late) -> Finding:
    names = " and ".join(one.names)
    return Finding(
        one.module.path, one.given.span,
        f"the loop binds {names} anew before this is called: each call sees the last",
        symbol=f"{one.module.name}.{one.scope}", help="bind it now: `partial(…)`, or a default of the lambda",
        related=(Related(one.module.path, one.loop.span.line, "the loop"),),
    )  # fmt: skip


def _eager(one: Eager) -> Finding:
    from taskguard.project.editing.edits import edits_of

    return Finding(
        one.module.path, one.given.span, f"{one.name} is {'run' if one.run else 'sent'} here and now, and not after the commit: on_commit wants something to call",
        symbol=f"{one.module.name}.{one.scope}", help=f"hand over a callable: `partial({one.name if one.run else 'task.delay'}, …)`", fix=mended(edits_of(one.module).deferred(one.given), safe=False),
    )  # fmt: skip


def _handed(one: HandedResult) -> Finding:
    from taskguard.project.editing.edits import edits_of

    return Finding(
        one.module.path, one.given.span, f"{one.name} is {'run' if one.run else 'sent'} here and now: {one.taker} wants something to call, and gets what that gives back",
        symbol=".".join(part for part in (one.module.name, one.scope) if part), help=f"hand over a callable: `partial({one.name if one.run else 'task.delay'}, …)`",
        fix=mended(edits_of(one.module).deferred(one.mended), safe=False) if one.mended is not None else None,
    )  # fmt: skip
