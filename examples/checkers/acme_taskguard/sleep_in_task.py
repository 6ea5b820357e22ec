from __future__ import annotations

from typing import TYPE_CHECKING

from taskguard.rule import FileRule, about, body_calls, doubt, tasks_in

if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class SleepInTask(FileRule, code="AC101", since="1.0.0"):
    """
    A task sleeps, and its worker waits with it.

    ## Why is this bad?
    A sleeping task holds a worker process that could run others. A task that retries gives the process back.

    ## Example
    ```py
    @shared_task
    def poll():
        time.sleep(60)
    ```

    ## Use instead
    ```py
    @shared_task(bind=True)
    def poll(self):
        raise self.retry(countdown=60)
    ```

    ## Options
    - `calls` (default `["time.sleep"]`): the functions that wait, by dotted name.
    """

    calls: tuple[str, ...] = ("time.sleep",)

    def check(self, module: Module) -> Findings:
        for task in tasks_in(module):
            for name in self.calls:
                answer = body_calls(task, name)
                if answer:
                    yield about(task, f"the task calls {name}", "retry with a countdown instead")
                elif answer is None:
                    yield doubt(task, f"whether it calls {name} cannot be told")
