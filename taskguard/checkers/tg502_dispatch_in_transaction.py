from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Unsure, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.races.races import Race
    from taskguard.rule import Findings, Fix, Project


class DispatchInTransaction(ProjectRule, shares="bodies", code="TG502", since="0.1.0"):
    """
    A task is sent in a transaction that is still open.

    ## Why is this bad?
    The message goes to the broker at once, the rows go to the database with the commit. A worker that is quicker than that does not find the row, or
    finds it as it was; and where the transaction is rolled back, the task runs all the same. It shows under load, and on machines that are
    quicker than yours.

    ## Example
    ```py
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send(pk): ...


    def order(form):
        with transaction.atomic():
            row = form.save()
            send.delay(row.pk)  # error
    ```

    ## Use instead
    ```py
    from functools import partial

    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send(pk): ...


    def order(form):
        with transaction.atomic():
            row = form.save()
            transaction.on_commit(partial(send.delay, row.pk))
    ```

    ## Fix
    Unsafe: sends by `transaction.on_commit(partial(…))`, with the imports of both; by `delay_on_commit` where a Celery of 5.4 or newer is pinned and the task has
    Celery's own class for Django. The task is sent later then, and not at all where the transaction is rolled back. Not where what `delay` gives back is used, and not
    for SQLAlchemy.

    ## Unknown
    A transaction is open in `with transaction.atomic()`, or a context manager of the project that yields in one, under `@transaction.atomic`, in what the admin calls (`save_model`), in views of a project whose
    settings say `ATOMIC_REQUESTS` (also where the environment may say otherwise: `env("ATOMIC", default=True)`), where the task is told of a row that the view writes, and not only in another branch (likewise with the middleware of django-reversion in `MIDDLEWARE`, for requests that may write: before its 2.0, which `MIDDLEWARE_CLASSES` may mean, it begins none), in a function all of whose callers in the project are in one,
    or that writes the row itself and has one such caller (that makes the row itself: and one up to four calls farther up), between what a function sets on a row that it has read by such a session and `commit` where the task's function asks for the same attribute, and between `add` of a row to a session of SQLAlchemy and `commit`, also
    where the row is flushed and whoever calls the function commits it, or where a context manager of the project commits at the end of its block: for a plain connection where SQL has surely been written by it, with a value that the task is told of, too. In
    receivers of `post_save` and its like, in what these call with the row, in `save` of a model, and in serializers and forms under `ATOMIC_REQUESTS`, whoever saves the row may have begun one: a warning, where the task
    is told of the row: by the row, or what may be its key; in receivers also by the key of the one row that it belongs to (`OneToOneField`) and by fields that are `unique_together`.
    So it is in a method of a model to which its `save` leads by others, and in methods, and functions of these, that a receiver calls on the row, or the admin on the row that it saves (`obj.provide()`): there it is certain. A method of a model that tells a task of its row counts where one function calls it, or another method that leads to it, on a row of the model in a transaction, and the row is written there or by these methods. Tasks are sent by objects of their classes, too (`Remind().delay(1)`). Prose, addresses and other values of the row (`row.file.path`) are none. Silent where the last that is done in a `with` block is to send prose, without
    a key, to a task that reads no rows by itself. Silent in a receiver whose file nobody imports, so that nothing is ever sent to it. Silent in a receiver that knows that the row was there before (`not created`), no settings have each request in
    a transaction, and no file that begins one names the `sender`. Silent on what is called later (`on_commit`, a lambda), on `delay_on_commit`, with a `countdown` or `eta` (unless that is `max(0, …)`), in migrations and tests, in a branch that is taken while tests run or each task runs at once (`if settings.TEST:`), in a method of the admin that sends nothing but texts
    of its form and what the user has, where the task runs again if the row is not there (`except Order.DoesNotExist: raise self.retry()`, `if order is None: self.retry()`, `autoretry_for=(Order.DoesNotExist,)`), where the base class of the task has a `delay` or `apply_async` of its own, and where the settings say `task_always_eager`, unless only those of developers do (`settings/dev.py`) and beside them lie others for the machines that serve.

    ## References
    - [Celery: database transactions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#database-transactions)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.races.races import races

        for one in races(project):
            if one.doubt:
                yield Unsure(one.module.path, one.sent.called.call.span, one.doubt)
            else:
                yield _said(one)


def _said(one: Race) -> Finding:
    held, path = one.open, one.module.path
    begun = f" in line {held.line}" if held.path == path and held.kind == "block" else ""
    when = (
        "a worker may run it before the commit"
        if held.certain
        else "where there is one, a worker may run it before the commit"
    )
    until = (
        f", which is committed in line {held.line}"
        if held.kind == "session" and not held.text.endswith("block")
        else ""
    )
    return Finding(
        path, one.sent.called.call.span, f"{one.sent.name} is sent within {held.text}{begun}{until}: {when}",
        symbol=f"{one.module.name}.{one.function.qualname}" if one.module.name else one.function.qualname,
        help="send it after the commit" if held.kind in ("session", "flush") else _advice(one),
        related=(Related(held.path, held.line, "the transaction"),), depends=() if held.path == path else (held.path,), certain=held.certain, fix=_fix(one),
    )  # fmt: skip


def _advice(one: Race) -> str:
    """How to send it: Celery has a method of its own for that from 5.4 on."""
    from taskguard.project.python.pins import pinned_below

    before = pinned_below(one.module.project, (5, 4))
    since = (
        "" if before else ", or by `delay_on_commit`" if before is False else ", or by `delay_on_commit` (Celery 5.4)"
    )
    return f"send it by `transaction.on_commit(partial(task.delay, …))`{since}"


def _fix(one: Race) -> Fix | None:
    from taskguard.project.editing.edits import edits_of
    from taskguard.project.hazards.races.races import by_itself, stands_alone

    if one.open.kind in ("session", "flush") or not stands_alone(one):
        return None
    call, edits = one.sent.called.call, edits_of(one.module)
    if by_itself(one):
        return mended(edits.method(call, f"{call.callee.rpartition('.')[2]}_on_commit"), safe=False)
    return mended(edits.committed(call), safe=False)
