from __future__ import annotations

from taskguard.rule import Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.lost import Lost
    from taskguard.rule import Findings, Project


class LostSignature(ProjectRule, shares="bodies", code="TG506", since="0.1.0"):
    """
    A signature or a canvas that is made and never sent.

    ## Why is this bad?
    `task.s(…)`, `group(…)`, `chain(…)` and `chord(…)` only say what is to be done. As long as nobody calls `delay()` or `apply_async()` on it, or
    the canvas itself, nothing is sent and no task runs.

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

    ## References
    - [Celery: canvas](https://docs.celeryq.dev/en/stable/userguide/canvas.html)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.lost import lost_signatures

        for one in lost_signatures(project):
            yield _said(one)


def _said(one: Lost) -> Finding:
    message, advice = f"{one.name} is made and never sent: no task runs", "send it: `.delay()`"
    if one.kind == "unused":
        message = f"{one.name} is a signature that nobody sends: no task runs"
    elif one.kind == "uncalled":
        message, advice = f"{one.name} is not called: nothing is sent", f"call it: `{one.name}(…)`"
    return Finding(
        one.module.path, one.at.span, message, symbol=f"{one.module.name}.{one.scope}" if one.module.name else one.scope, help=advice
    )  # fmt: skip
