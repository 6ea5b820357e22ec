from __future__ import annotations

from taskguard.rule import FileRule, about, doubt, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class MissingCall(FileRule, code="TG209", since="0.1.0", house="calls"):
    """
    A call that this house requires in each task is absent.

    ## Why is this bad?
    What every task must do by itself (count itself, set the log context, open a transaction) is what a copied task forgets. The gap shows on a
    dashboard weeks later, if at all.

    ## Example
    ```py
    from celery import shared_task

    from metrics import TaskMetrics


    @shared_task  # error
    def report():
        print("sent")
    ```
    `taskguard.toml`:
    ```toml
    [tasks]
    calls = ["TaskMetrics.increment_counter"]
    ```

    ## Use instead
    ```py
    from celery import shared_task

    from metrics import TaskMetrics


    @shared_task
    def report():
        TaskMetrics.increment_counter("report")
        print("sent")
    ```

    ## Unknown
    A call counts wherever it stands in the body, in a `with`, in a decorator below the task decorator, in a function of the project that the
    body calls, and in what the base class runs around each task. Silent where the body is not there, or where a name that may be the wanted one
    cannot be followed.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.registry.effective import base_files
        from taskguard.project.registry.usage import body_calls
        from taskguard.project.tasks.declarations import tasks_in

        wanted = module.house.calls
        for task in tasks_in(module) if wanted else ():
            answers = [(name, body_calls(task, name)) for name in wanted]
            missing = [name for name, answer in answers if answer is False]
            unknown = [name for name, answer in answers if answer is None]
            if missing:
                yield about(task, f"no call of {listing(missing, 6)}", "call it in the body", depends=base_files(task))
            if unknown:
                yield doubt(task, f"whether it calls {listing(unknown)} cannot be told")
