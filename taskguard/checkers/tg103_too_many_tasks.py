from __future__ import annotations

from taskguard.rule import TOP, FileRule, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class TooManyTasks(FileRule, code="TG103", since="0.1.0", practice=True, hidden=True):
    """
    A module declares more tasks than the limit.

    ## Why is this bad?
    Tasks of one module share its imports, its owners and its merge conflicts. Many short tasks make a god file as surely as many
    lines do, long before the count of lines says so.

    ## Example
    `journal/tasks.py`:
    ```py
    from celery import shared_task  # error


    @shared_task(name="journal.remind")
    def remind(): ...


    @shared_task(name="journal.export")
    def export(): ...
    ```
    `taskguard.toml`:
    ```toml
    [options.TG103]
    max-tasks = 1
    ```

    ## Use instead
    ~~`journal/tasks.py`~~

    `journal/reminder_tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="journal.remind")
    def remind(): ...
    ```
    `journal/export_tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="journal.export")
    def export(): ...
    ```

    ## Options
    - `max-tasks` (default 20): a module may declare so many tasks.
    """

    max_tasks: int = 20

    def check(self, module: Module) -> Findings:
        from taskguard.project.tasks.declarations import tasks_in

        declared = len({task.qualname for task in tasks_in(module)})
        if declared > self.max_tasks:
            yield Finding(
                module.path,
                TOP,
                f"{declared} tasks, the limit is {self.max_tasks}",
                symbol=module.name or None,
                help="group the tasks by subject in modules of their own, and keep their names with `name=`",
                measure=declared,
            )
