from __future__ import annotations

from taskguard.rule import Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.unknown_states import UnknownState as Compared
    from taskguard.rule import Findings, Project


class UnknownState(ProjectRule, shares="bodies", code="TG620", since="0.1.0"):
    """
    The state of a result is compared with a text that is none of Celery's states, and that nothing sets.

    ## Why is this bad?
    The state of a task that failed is `FAILURE`, that of one that ended well `SUCCESS`. `result.state == "FAILED"` is never true: what is to be done then is never done, and a page that polls the task
    waits for ever. Small letters (`"success"`) are another text, too.

    ## Example
    ```py
    from celery import shared_task
    from celery.result import AsyncResult


    @shared_task
    def export(pk): ...


    def poll(task_id):
        result = AsyncResult(task_id)
        return "failed" if result.state == "FAILED" else "running"  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from celery.result import AsyncResult


    @shared_task
    def export(pk): ...


    def poll(task_id):
        result = AsyncResult(task_id)
        return "failed" if result.state == "FAILURE" else "running"
    ```

    ## Unknown
    Told of words that are close to a state of Celery's: FAILED, FAIL, SUCCESSFUL, SUCCEEDED, COMPLETED, COMPLETE, DONE, FINISHED, CANCELLED, CANCELED, and its own in other letters. Silent where code of the project sets
    that state (`update_state`), or one that cannot be told, or writes into the backend itself; where the function asks for the state that is meant, too, and where what is asked is not surely a result.

    ## References
    - [Celery: states](https://docs.celeryq.dev/en/stable/userguide/tasks.html#built-in-states)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.bodies.unknown_states import unknown_states

        for one in unknown_states(project):
            yield _said(one)


def _said(one: Compared) -> Finding:
    return Finding(
        one.module.path, one.at.span, f'"{one.text}" is no state of Celery, and nothing sets it: {one.asked} is never that',
        symbol=f"{one.module.name}.{one.scope}" if one.module.name else one.scope, help=f'write "{one.meant}"',
    )  # fmt: skip
