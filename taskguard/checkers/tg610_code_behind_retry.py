from __future__ import annotations

from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class CodeBehindRetry(FileRule, code="TG610", since="0.1.0"):
    """
    Work stands behind a `retry` in the same block, where it is never done.

    ## Why is this bad?
    `retry` does not come back: it raises `Retry`, by which Celery knows that the task is to run again, or the exception that it was given when the retries are
    used up. What stands behind it in the same block reads as if it were done before the next run, and is done by none.

    ## Example
    ```py
    from celery import shared_task


    def deliver(pk): ...


    def note_failure(pk): ...


    @shared_task(bind=True, max_retries=3)
    def send(self, pk):
        try:
            deliver(pk)
        except ConnectionError as error:
            self.retry(exc=error, countdown=60)
            note_failure(pk)  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    def deliver(pk): ...


    def note_failure(pk): ...


    @shared_task(bind=True, max_retries=3)
    def send(self, pk):
        try:
            deliver(pk)
        except ConnectionError as error:
            note_failure(pk)
            self.retry(exc=error, countdown=60)
    ```
    What is to be done once, when the retries are used up, belongs behind `if self.request.retries >= self.max_retries:`.

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. Said of statements that call something, or set an attribute or an item. Silent where nothing but a `return`, `raise`, `pass` or log line follows, which people
    write for readers and type checkers, and on `retry` with `throw=False`, with `**options`, or of a base class of the project.

    ## References
    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.calls.runs import found_in, runs_in

        if not any(one.function.may_call("retry") for one in runs_in(module)):
            return
        from taskguard.project.hazards.retries.behind_retry import behind_retries

        for run, found in found_in(module, behind_retries):
            for one in found:
                yield Finding(
                    module.path, one.first.span, f"never done: {one.retry.callee}() in line {one.retry.span.line} raises",
                    symbol=run.task.dotted, help="put it before the retry",
                    related=(Related(module.path, one.retry.span.line, "this retry"),),
                )  # fmt: skip
