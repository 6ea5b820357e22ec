from __future__ import annotations

from taskguard.rule import TOP, FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class LongTask(FileRule, code="TG104", since="0.1.0", practice=True, hidden=True):
    """
    A task function is longer than the limit.

    ## Why is this bad?
    The body of a task is what is repeated after a lost worker, a retry or a time limit. A long one does several things, so half of
    them may be done when it fails, and its logic can only be tested through Celery.

    ## Example
    ```py
    from celery import shared_task  # error


    @shared_task(name="billing.close")
    def close_month(month):
        total = 0
        for amount in month:
            total += amount
        return total
    ```
    `taskguard.toml`:
    ```toml
    [options.TG104]
    max-lines = 4
    ```

    ## Use instead
    ```py
    from celery import shared_task

    from billing.totals import total_of


    @shared_task(name="billing.close")
    def close_month(month):
        return total_of(month)
    ```
    `billing/totals.py`:
    ```py
    def total_of(month):
        return sum(month)
    ```

    ## Options
    - `max-lines` (default 100): a task may have so many lines from `def` to its last line, decorators left out.
    """

    max_lines: int = 100

    def check(self, module: Module) -> Findings:
        from taskguard.project.python.text_questions import lines_beyond
        from taskguard.project.tasks.declarations import tasks_in

        seen = set()
        for task in tasks_in(module):
            function = task.function
            if function is None or task.qualname in seen or module.function(task.qualname) is not function:
                continue
            seen.add(task.qualname)
            lines = lines_beyond(module.project, module.path, function, self.max_lines)
            if lines:
                yield Finding(
                    module.path,
                    TOP,
                    f"the task {function.name} (line {function.span.line}) has {lines} lines, the limit is {self.max_lines}",
                    symbol=task.dotted,
                    help="move the work into functions that can be called and tested without Celery; the task calls them",
                    related=(Related(module.path, function.span.line, f"{function.name} begins here"),),
                    lines=(task.span.line, *task.noqa_lines),
                    measure=lines,
                )
