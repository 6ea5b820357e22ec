from __future__ import annotations

from taskguard.rule import FileRule, Finding, Unsure, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Fix, Module, Task


class ImplicitTaskName(FileRule, code="TG302", since="0.1.0", practice=True):
    """
    A task has no explicit name.

    ## Why is this bad?
    Celery makes the name from the module and the function. Whoever moves or renames either gives the task another name: messages that
    are queued, delayed or retried under the old one are thrown away by the new worker, and schedules, routes and `send_task` calls with
    the old name find nothing. A facade at the old place keeps importers working, not the name.

    ## Example
    ```py
    from celery import shared_task


    @shared_task  # error
    def send(): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(name="tasks.send")
    def send(): ...
    ```

    ## Fix
    Safe: gives the decorator the name that the task has today. Classes and the project's own wrappers are left to you.

    ## Unknown
    Silent where a spread dict or a wrapper may hold the name.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.tasks.declarations import tasks_in

        for task in tasks_in(module):
            sure = not task.open or "name" not in task.options
            if task.name_source == "automatic" and sure:
                yield Finding(
                    task.path,
                    task.span,
                    f'no explicit name: the task is "{task.name.value}" only as long as it stays here',
                    symbol=task.dotted,
                    help=f'add name="{task.name.value}": the name that messages and schedules use today',
                    fix=fix(task, str(task.name.value)),
                    lines=task.noqa_lines,
                )
            elif task.open and not task.option("name").known:
                yield Unsure(task.path, task.span, f"whether it has a name cannot be told: {task.open}")


def fix(task: Task, name: str) -> Fix | None:
    # No worker knows the task of a file that cannot be imported under its name.
    from taskguard.project.editing.edits import edits_of

    importable = all(part.isidentifier() for part in name.split("."))
    return mended(edits_of(task.module).name(task, name)) if importable else None
