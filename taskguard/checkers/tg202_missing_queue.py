from __future__ import annotations

from taskguard.rule import FileRule, Known, about, doubt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task


class MissingQueue(FileRule, code="TG202", since="0.1.0", habit="queue"):
    """
    A task without a queue.

    ## Why is this bad?
    Without a queue a task goes to the default queue and waits there behind everything else that nobody routed. Where the other tasks have
    queues of their own, with workers of their own, that is seldom meant.

    A queue is wanted where the settings require one or turn this rule on by its code, or by the project's own habit: where at least five tasks
    exist and all set a queue but one (or one in twenty), and the workers are told to read other queues than the default one (`-Q`,
    `task_queues`), the others are probably forgotten; where nothing is seen of the workers, one of ten or more. Then it warns.

    ## Example
    ```py
    from celery import shared_task


    @shared_task  # error
    def report(): ...
    ```
    `taskguard.toml`:
    ```toml
    [tasks]
    require = ["queue"]
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(queue="reports")
    def report(): ...
    ```

    ## Unknown
    The queue may stand in the declaration, the base class, a wrapper or the configured routes; `queue-in = "decorator"` or `"routes"`
    under `tasks` lets a house choose. Silent where routes are configured that cannot be told. A queue that is given by a name that
    cannot be followed is a queue. By habit, a task to try the worker out with (`debug_task`, `health_check`, a name with the word `test`,
    `add(x, y)`) needs none, nor does one that nobody sends or schedules, one whose sender or schedule names a queue, nor an error callback that takes several
    arguments: the process that ran the task calls it. There is no habit where some task is sent to the default
    queue by its name, where a worker's command line (`-Q`, in a README too) or `task_queues` names it, or a worker is started that is not
    told its queues: the others go there on purpose, too.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.celery.forgotten import is_unsent
        from taskguard.project.registry.effective import base_files
        from taskguard.project.registry.habits import habits_at, sender_chooses
        from taskguard.project.registry.routing import is_routed, route_files
        from taskguard.project.tasks.declarations import tasks_in

        house = module.house
        wanted = "queue" in house.require or house.queue_in != "any" or self.code in house.asked
        habit = habits_at(module).queue if not wanted and tasks_in(module) else None
        if not wanted and habit is None:
            return
        for task in tasks_in(module):
            if habit is not None and task.perhaps_trial:
                continue
            given = _given(task)
            if house.queue_in == "decorator":
                answer, place = given, "in the declaration"
            elif house.queue_in == "routes":
                answer, place = is_routed(task), "by the configured routes"
            else:
                answer, place = given or (is_routed(task) if given is False else given), ""
            if habit is not None and not answer and ((answer is False and sender_chooses(task)) or is_unsent(task)):
                continue
            if answer is None:
                yield doubt(task, "a queue may be set in a place that is not known")
            elif not answer:
                share = f": {habit} set one" if habit else ""
                settle = '; or settle it with `require = ["queue"]` under `tasks` in the settings' if habit else ""
                yield about(
                    task,
                    f"no queue {place}".rstrip() + share,
                    ("add a route for it" if house.queue_in == "routes" else "add `queue=…`") + settle,
                    certain=habit is None,
                    depends=(*base_files(task), *route_files(task)),
                )


def _given(task: Task) -> bool | None:
    """Whether the declaration, a wrapper or the base class gives a queue; None where that cannot be told."""
    from taskguard.project.registry.annotations import option_in_force

    value = option_in_force(task, "queue")
    if isinstance(value, Known):
        return bool(value.value)
    if value.absent:
        # A routing key or an exchange chooses a queue too; which one, the broker's bindings say.
        return (
            None
            if not option_in_force(task, "routing_key").absent or not option_in_force(task, "exchange").absent
            else False
        )
    return True if "queue" in task.options else None
