from __future__ import annotations

from taskguard.rule import Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.canvases.awaited_results import Awaited
    from taskguard.project.hazards.canvases.bare_tasks import Bare
    from taskguard.project.hazards.canvases.lost_signatures import Lost
    from taskguard.project.hazards.canvases.sent_on_commit import OfNone
    from taskguard.project.hazards.canvases.taken_for_results import TakenForResult
    from taskguard.project.hazards.canvases.unsendable import Unsendable
    from taskguard.rule import Findings, Project


class LostSignature(ProjectRule, shares="bodies", code="TG506", since="0.1.0"):
    """
    A signature or a canvas that is made and never sent, or sent in a way that fails, or taken for its result; a task where its signature is wanted; and a result that is awaited, or that there is none of.

    ## Why is this bad?
    `task.s(…)`, `group(…)`, `chain(…)` and `chord(…)` only say what is to be done. As long as nobody calls `delay()` or `apply_async()` on it, or
    the canvas itself, nothing is sent and no task runs.

    `delay()` and `apply_async()` have sent it: what they give is the result, which has no `set`, `apply_async` or `s`. So
    `work = send.delay(pk); work.set(countdown=5)` is an AttributeError when the task is on its way. A chord has to be told its body: `chord(header, body)` or
    `chord(header)(body)`. What `chord(header).apply_async(body)` is given are arguments of the tasks, and it is an AttributeError as well.

    A task is no signature: `link=send` cannot be written into the message, and nothing is sent; `chain(pack.s(pk), send)` and `pack.s(pk) | send` are a TypeError, a group with
    such a member and a chord whose body it is an AttributeError when they are sent. Of the header of a chord alone Celery makes signatures.

    The other way round, a signature has nothing of a result, sent or not: `work = send.s(pk); work.apply_async(); work.status` is an AttributeError, `work.get()` a
    TypeError, since a signature is a dict, and `work.id` is None. A function of the project that gives back what
    `delay()` gave counts as that: `notify(user).delay()` is an AttributeError when the task is on its way.

    Celery has no coroutines: `delay()` and `apply_async()` send at once, and their result is no awaitable. `await send.delay(pk)` is a TypeError when the task is
    on its way, and so is `asyncio.gather(send.delay(pk))`.

    In Django a task that waits for the commit is not sent yet: `delay_on_commit()` and `apply_async_on_commit()` give None, and `send.delay_on_commit(pk).id` is an
    AttributeError. The id can be made before: `send.apply_async_on_commit((pk,), task_id=uuid())`.

    ## Example
    ```py
    from celery import chain, shared_task


    @shared_task
    def pack(pk): ...


    @shared_task
    def send(pk): ...


    def order(pk):
        chain(pack.s(pk), send.s())  # error
    ```

    ## Use instead
    ```py
    from celery import chain, shared_task


    @shared_task
    def pack(pk): ...


    @shared_task
    def send(pk): ...


    def order(pk):
        chain(pack.s(pk), send.s()).delay()
    ```

    ## Unknown
    Said of what stands alone as a statement, and of what is bound to a local name that the function does not use; and of `task.delay` without its brackets. Silent on what is handed on or given back.
    Nothing is said of what sending on commit gives where the function asks whether it is there, or catches the AttributeError, nor of tasks whose class is not known or has such a method of its own.
    A task in the place of its signature is told where the name is surely that of a task and its class has nothing of a signature; as a `link` not where the project names pickle.
    Nothing is said of an `await` where the project has a library that gives Celery coroutines (`celery-pool-asyncio`).

    ## References
    - [Celery: canvas](https://docs.celeryq.dev/en/stable/userguide/canvas.html)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.canvases.awaited_results import awaited_results
        from taskguard.project.hazards.canvases.bare_tasks import bare_tasks
        from taskguard.project.hazards.canvases.lost_signatures import lost_signatures
        from taskguard.project.hazards.canvases.sent_on_commit import asked_of_none
        from taskguard.project.hazards.canvases.taken_for_results import taken_for_results
        from taskguard.project.hazards.canvases.unsendable import unsendable

        for one in lost_signatures(project):
            yield _said(one)
        for held in unsendable(project):
            yield _failing(held)
        for waited in awaited_results(project):
            yield _awaited(waited)
        for asked in taken_for_results(project):
            yield _asked(asked)
        for none in asked_of_none(project):
            yield _of_none(none)
        for bare in bare_tasks(project):
            yield _bare(bare)


def _said(one: Lost) -> Finding:
    message, advice = f"{one.name} is made and never sent: no task runs", "send it: `.delay()`"
    if one.kind == "unused":
        message = f"{one.name} is a signature that nobody sends: no task runs"
    elif one.kind == "uncalled":
        message, advice = f"{one.name} is not called: nothing is sent", f"call it: `{one.name}(…)`"
    return Finding(one.module.path, one.at.span, message, symbol=_symbol(one), help=advice)


def _failing(one: Unsendable) -> Finding:
    message = (
        f"{one.name} is the result of a task that is sent, and no signature: `.{one.method}` raises AttributeError"
    )
    advice = "make a signature, and send that: `.s(…)`, then `.apply_async()`"
    if one.kind == "bodiless":
        message, advice = (
            "this chord has no body: it raises AttributeError, and nothing is sent",
            "say `chord(header, body)` or `chord(header)(body)`",
        )
    return Finding(one.module.path, one.call.span, message, symbol=_symbol(one), help=advice)


def _awaited(one: Awaited) -> Finding:
    message = f"{one.name} is the result of a task that is sent, which nobody can await: it raises TypeError"
    return Finding(
        one.module.path,
        one.at.span,
        message,
        symbol=_symbol(one),
        help="leave out the `await`: the task is sent at once",
    )


def _asked(one: TakenForResult) -> Finding:
    end = f"it has no `{one.attribute}`: an AttributeError"
    if one.attribute == "get":
        end = "`get` is that of a dict, which wants a key: a TypeError"
    elif one.attribute == "id":
        end = "its `id` is None, also when it is sent"
    return Finding(
        one.module.path, one.at.span, f"{one.name} is a signature, and no result: {end}", symbol=_symbol(one),
        help=f"ask what sending gives: `result = {one.name}.apply_async()`",
    )  # fmt: skip


def _of_none(one: OfNone) -> Finding:
    message = f"{one.method}() gives back None, before the commit nothing is sent: `.{one.attribute}` of {one.name} is an AttributeError"
    advice = (
        "make the id before, and give it: `task_id = celery.uuid()`, then `apply_async_on_commit(…, task_id=task_id)`"
    )
    return Finding(one.module.path, one.at.span, message, symbol=_symbol(one), help=advice)


BARE = {
    "link": ("as {option}", "it cannot be sent along, and nothing is sent"), "chain": ("in a chain", "a TypeError here"), "pipe": ("beside `|`", "a TypeError here"),
    "group": ("in a group", "an AttributeError where it is sent"), "alone": ("in a group", "a TypeError where it is sent"),
    "body": ("as the body of a chord", "an AttributeError where it is sent"),
}  # fmt: skip


def _bare(one: Bare) -> Finding:
    where, end = BARE[one.kind]
    return Finding(
        one.module.path, one.at.span, f"{one.at.name} is a task, and {where.format(option=one.option)} its signature is wanted: {end}", symbol=_symbol(one),
        help=f"write `{one.at.name}.s(…)`",
    )  # fmt: skip


def _symbol(one: Bare | Lost | Unsendable | Awaited | TakenForResult | OfNone) -> str:
    return f"{one.module.name}.{one.scope}" if one.module.name else one.scope
