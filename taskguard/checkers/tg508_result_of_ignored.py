from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.sending.ignored_results import Asked
    from taskguard.rule import Findings, Project


class ResultOfIgnored(ProjectRule, shares="bodies", code="TG508", since="0.1.0"):
    """
    The result of a task is asked for that nobody keeps.

    ## Why is this bad?
    With `ignore_result` a worker throws away what the task gives back. `get()` then gives None at once, before the task has run, and the state stays PENDING for
    ever; `get()` of a chain that ends with such a task, or of a group that has one, waits for ever. Without a result backend each of these calls is an error, whatever the
    task, and so is sending a chord, also with `rpc://`. So it is in a process that sends by an app of its own without a backend, though its workers have one. The body of a chord is not run when a task of its header ignores its result, unless results are in Redis.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(ignore_result=True)
    def price(pk): ...


    def show(pk):
        return price.delay(pk).get(timeout=3)  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task
    def price(pk): ...


    def show(pk):
        return price.delay(pk).get(timeout=3)
    ```

    ## Unknown
    Said of the result that sending a task, a chain, a group or a chord gives, used at once, by a local name that is nothing else, or one by one from a local list, of a chord's header, written in the call or bound to a local name, of `send_task` and `send.AsyncResult(id)` where no call has results kept, and, where no app of the project has a backend, of
    `AsyncResult(id)` and of whatever `send_task` sends. A call with `ignore_result=False` is in order; of chains and groups nothing is said where `ignore_result` is given anywhere in the function.
    A warning for chords, where the backend is known and is not Redis, and where no backend is set, since an environment may name one; silent where
    anything in the project speaks of a backend, unless that is what another app is given, in a file that the process of the first does not load: then it is said of what that app is asked itself, `remote.AsyncResult(id)`, `remote.send_task(…)` or a task of its own decorator.
    `AsyncResult(id)` alone is of whichever app the process has as its current one, and left alone there.

    ## References
    - [Celery: ignore results you don't want](https://docs.celeryq.dev/en/stable/userguide/tasks.html#ignore-results-you-don-t-want)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.sending.ignored_results import WAITING, asked_in_vain

        for one in asked_in_vain(project):
            yield _said(one, one.method in WAITING)


def _said(one: Asked, waits: bool) -> Finding:
    advice = "have the results of the task kept, or do not ask for them"
    if one.kind == "chord":
        message = f"{one.name} ignores its result: a chord waits for the results of all tasks in its header, and may never run its body"
    elif one.kind == "unjoined":
        message, advice = (
            "no result backend is set: a chord, or a task behind a group, cannot be sent without one",
            "set result_backend",
        )
    elif one.kind == "rpc":
        message, advice = (
            "the result backend is rpc://, which knows no chords: a chord, or a task behind a group, is a NotImplementedError",
            "use Redis, a database or memcached for results",
        )
    elif one.kind == "backendless":
        message = f"the app {one.name} has no result backend, whatever the workers have: {one.method} raises an error"
        advice = f"give {one.name} the backend of the workers: `Celery(…, backend=…)`"
    elif one.kind == "disabled":
        message, advice = f"no result backend is set: {one.method} raises an error", "set result_backend"
    elif one.canvas == "id" and waits:
        message = f"{one.name} ignores its result: {one.method}() waits for what never comes"
    elif one.canvas and waits:
        message = f"{one.name} ignores its result: {one.method}() of the {one.canvas} waits for it, and it never comes"
    elif waits:
        message = f"{one.name} ignores its result: {one.method}() gives None at once, and does not wait for the task"
    else:
        message = f"{one.name} ignores its result: {one.method} never says that the task has run"
    path, task = one.module.path, one.task
    symbol = ".".join(part for part in (one.module.name, one.scope) if part)
    return Finding(
        path, one.at.span, message, symbol=symbol, certain=one.sure, help=advice,
        related=(Related(task.path, task.line, "the task"),) if task is not None else (), depends=() if task is None or task.path == path else (task.path,),
    )  # fmt: skip
