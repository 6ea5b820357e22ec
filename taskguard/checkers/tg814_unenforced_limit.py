from __future__ import annotations

from taskguard.rule import FileRule, Finding, Known, Related, about, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Task


HARD, SOFT = "time_limit", "soft_time_limit"


class UnenforcedLimit(FileRule, code="TG814", since="0.1.0"):
    """
    A time limit of a task that only workers run whose pool enforces none.

    ## Why is this bad?
    It is the pool that ends a task that takes too long. The pools `solo` and `threads` end none, and with `gevent` and `eventlet` there is no soft limit: the task
    runs as long as it likes, and a call that hangs holds the worker until somebody restarts it.

    ## Example
    `Procfile`:
    ```
    worker: celery -A shop worker -P solo
    ```
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://")


    @app.task(name="shop.pack", time_limit=20)  # error
    def pack(pk): ...
    ```

    ## Use instead
    `Procfile`:
    ```
    worker: celery -A shop worker -P prefork --concurrency 1
    ```
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://")


    @app.task(name="shop.pack", time_limit=20)
    def pack(pk): ...
    ```
    Or give the calls that may hang timeouts of their own.

    ## Unknown
    Said once a file, of the first such task, with the others beside it. Silent where one worker of the deployment files that reads the task's queue (where that is known: else one of all workers) has another
    pool, or says none; where one of these files starts workers in a way that is not understood; and of starts for a desk (`.bat`). Limits of the settings are left out.

    ## References
    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.python.testing import in_tests
        from taskguard.project.tasks.declarations import tasks_in

        first: Finding | None = None
        for task in tasks_in(module) if not in_tests(module.path) else ():
            found = _of(task)
            if found is not None and first is None:
                first = found
            elif found is not None and first is not None:
                first = first.replace(
                    related=(*first.related, Related(task.path, task.line, f"so is that of {task.qualname}"))
                )
        if first is not None:
            yield first


def _of(task: Task) -> Finding | None:
    from taskguard.project.hazards.limits.worker_pools import ENDLESS, UNLIMITED, workers_of

    limits = [name for name in (SOFT, HARD) if _given(task, name)]
    workers = workers_of(task) if limits else ()
    pools = sorted({one.pool for one in workers})
    idle = [one for one in limits if pools and (UNLIMITED if one == SOFT else ENDLESS).issuperset(pools)]
    if not idle:
        return None
    made = about(
        task, f"never enforced: {listing(idle)}, since its workers run with the pool {' or '.join(pools)}",
        "run them with `-P prefork`, or give the calls that may hang a timeout",
    )  # fmt: skip
    return made.replace(
        related=tuple(Related(path, 1, "it starts a worker so") for path in sorted({one.path for one in workers}))
    )


def _given(task: Task, name: str) -> bool:
    held = task.options.get(name)
    return held is not None and held.origin == "decorator" and isinstance(held.value, Known) and bool(held.value.value)
