from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class RetryNotCalled(FileRule, code="TG605", since="0.1.0"):
    """
    `self.retry` stands without its brackets.

    ## Why is this bad?
    `retry` is a method. `raise self.retry` raises no exception of Celery's but a TypeError, since a method is none: the task fails and is not run
    again. Alone on a line, or given back, it does nothing at all.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(bind=True)
    def send(self, pk):
        raise self.retry  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(bind=True)
    def send(self, pk):
        raise self.retry()
    ```

    ## Fix
    Unsafe: puts the brackets. The task runs again then, as it did not before.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.editing.edits import edits_of
        from taskguard.project.hazards.calls.runs import runs_in
        from taskguard.project.hazards.retries.retries import uncalled

        for run in runs_in(module) if not in_tests(module.path) else ():
            for one in uncalled(run):
                what = "a method is no exception: a TypeError" if one.raised else "it does nothing"
                yield Finding(
                    module.path, one.ref.span, f"{one.ref.name} is not called: {what}, and the task is not run again",
                    symbol=run.task.dotted, help=f"call it: `{one.ref.name}()`", fix=mended(edits_of(module).called(one.ref.span), safe=False),
                )  # fmt: skip
