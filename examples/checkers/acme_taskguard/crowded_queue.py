from __future__ import annotations

from typing import TYPE_CHECKING

from taskguard.rule import Known, ProjectRule, about, all_tasks, effective_option

if TYPE_CHECKING:
    from taskguard.rule import Findings, Project, Task


class CrowdedQueue(ProjectRule, code="AC201", since="1.0.0"):
    """
    More tasks share a queue than the limit.

    ## Why is this bad?
    A slow task makes all others of its queue wait.

    ## Example
    With `max-tasks = 1`:
    ```py
    @shared_task(queue="mail")
    def send(): ...

    @shared_task(queue="mail")
    def sweep(): ...
    ```

    ## Use instead
    ```py
    @shared_task(queue="mail")
    def send(): ...

    @shared_task(queue="maintenance")
    def sweep(): ...
    ```

    ## Options
    - `max-tasks` (default 20): so many tasks may share a queue.
    """

    max_tasks: int = 20

    def check(self, project: Project) -> Findings:
        by_queue: dict[str, list[Task]] = {}
        for task in all_tasks(project):
            queue = effective_option(task, "queue")
            if isinstance(queue, Known) and isinstance(queue.value, str):
                by_queue.setdefault(queue.value, []).append(task)
        for name, tasks in by_queue.items():
            others = {task.path for task in tasks}
            for task in tasks[self.max_tasks :]:
                yield about(task, f'{len(tasks)} tasks share the queue "{name}", the limit is {self.max_tasks}', depends=others)
