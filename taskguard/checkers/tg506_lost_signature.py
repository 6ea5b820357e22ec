from __future__ import annotations

from taskguard.rule import Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.awaited import Awaited
    from taskguard.project.hazards.lost import Lost
    from taskguard.project.hazards.unsendable import Unsendable
    from taskguard.rule import Findings, Project


class LostSignature(ProjectRule, shares="bodies", code="TG506", since="0.1.0"):
    """
    A signature or a canvas that is made and never sent, or sent in a way that fails; and a result that is awaited.

    ## Why is this bad?
    `task.s(…)`, `group(…)`, `chain(…)` and `chord(…)` only say what is to be done. As long as nobody calls `delay()` or `apply_async()` on it, or
    the canvas itself, nothing is sent and no task runs.

    `delay()` and `apply_async()` have sent it: what they give is the result, which has no `set`, `apply_async` or `s`. So
    `work = send.delay(pk); work.set(countdown=5)` is an AttributeError when the task is on its way. A chord has to be told its body: `chord(header, body)` or
    `chord(header)(body)`. What `chord(header).apply_async(body)` is given are arguments of the tasks, and it is an AttributeError as well.

    Celery has no coroutines: `delay()` and `apply_async()` send at once, and their result is no awaitable. `await send.delay(pk)` is a TypeError when the task is
    on its way, and so is `asyncio.gather(send.delay(pk))`.

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
    Nothing is said of an `await` where the project has a library that gives Celery coroutines (`celery-pool-asyncio`).

    ## References
    - [Celery: canvas](https://docs.celeryq.dev/en/stable/userguide/canvas.html)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.awaited import awaited_results
        from taskguard.project.hazards.lost import lost_signatures
        from taskguard.project.hazards.unsendable import unsendable

        for one in lost_signatures(project):
            yield _said(one)
        for held in unsendable(project):
            yield _failing(held)
        for waited in awaited_results(project):
            yield _awaited(waited)


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


def _symbol(one: Lost | Unsendable | Awaited) -> str:
    return f"{one.module.name}.{one.scope}" if one.module.name else one.scope
