from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class SoftLimitNotSet(FileRule, code="TG614", since="0.1.0"):
    """
    A task handles `SoftTimeLimitExceeded`, and has a time limit, but no soft one.

    ## Why is this bad?
    Celery raises `SoftTimeLimitExceeded` at `soft_time_limit`. At `time_limit` it kills the process of the task: no handler runs, and no `finally`. What the
    handler was written for (mark the row as failed, give back a lock, send it again) is never done.

    ## Example
    ```py
    from celery import Celery
    from celery.exceptions import SoftTimeLimitExceeded

    app = Celery("shop")


    @app.task(name="shop.pack", time_limit=600)
    def pack(pk):
        try:
            wrap(pk)
        except SoftTimeLimitExceeded:  # error
            give_up(pk)


    def wrap(pk): ...


    def give_up(pk): ...
    ```

    ## Use instead
    ```py
    from celery import Celery
    from celery.exceptions import SoftTimeLimitExceeded

    app = Celery("shop")


    @app.task(name="shop.pack", soft_time_limit=540, time_limit=600)
    def pack(pk):
        try:
            wrap(pk)
        except SoftTimeLimitExceeded:
            give_up(pk)


    def wrap(pk): ...


    def give_up(pk): ...
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. Said once for each task, of its first such handler. A warning where the hard limit is one of the settings, or no deployment file starts a worker: `--soft-time-limit` may stand in a command that
    is not seen. Silent where the task has no hard limit either, so that its limits may all be given elsewhere; where anything but the declaration of a task names a soft limit
    (settings, a call that sends, a command, a variable of the environment, a text about the project) or raises the exception; where the handler catches other exceptions too, or only raises again; where all workers run with a pool that has no soft limits (TG814); and, where another task has a soft limit,
    where the `try` waits for a result, or other code calls this task as a function.

    ## References
    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.celery.forgotten import is_unsent
        from taskguard.project.hazards.bodies.child_processes import is_surely_forked
        from taskguard.project.hazards.calls.runs import runs_in
        from taskguard.project.hazards.limits.unset_limits import unset_limit

        for run in runs_in(module) if not in_tests(module.path) else ():
            found = unset_limit(run)
            if found is None or is_unsent(run.task):
                continue
            when = f"at {found.limit:g} s" if found.limit else "at its time_limit"
            yield Finding(
                module.path, found.spans[0],
                f"never reached: {run.function.name} has no soft_time_limit, and {when} its process is killed",
                symbol=run.task.dotted, help="set `soft_time_limit`, some time below `time_limit`",
                certain=found.own and is_surely_forked(module.project),
                related=tuple(Related(module.path, one.line, "so is this") for one in found.spans[1:]),
                depends=tuple(dict.fromkeys(path for path in found.files if path != module.path)),
            )  # fmt: skip
