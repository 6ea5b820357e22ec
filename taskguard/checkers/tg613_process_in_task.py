from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class ProcessInTask(FileRule, code="TG613", since="0.1.0"):
    """
    A task starts processes of its own, in a worker process that may have none.

    ## Why is this bad?
    The worker processes of the prefork pool, which is Celery's default, are daemons, and Python's `multiprocessing` gives a daemon no children: `Pool()`, `Manager()`,
    `Process(…).start()` and the first call of a `ProcessPoolExecutor` are an AssertionError, "daemonic processes are not allowed to have children". A shell, a test
    or a task that runs eagerly does not see it.

    ## Example
    ```py
    from multiprocessing import Pool

    from celery import Celery

    app = Celery("shop")


    def double(number):
        return number * 2


    @app.task(name="shop.pack")
    def pack(numbers):
        with Pool(2) as pool:  # error
            return pool.map(double, numbers)
    ```

    ## Use instead
    ```py
    from billiard import Pool

    from celery import Celery

    app = Celery("shop")


    def double(number):
        return number * 2


    @app.task(name="shop.pack")
    def pack(numbers):
        with Pool(2) as pool:
            return pool.map(double, numbers)
    ```
    Or threads (`multiprocessing.pool.ThreadPool`), a group of tasks, or a worker with `-P solo` or `-P threads`.

    ## Unknown
    Said once for each task, of its first such call. Functions of the project count where the task calls them, also one by another, if they start processes on each way
    through them, and nothing in them catches the error. A warning where no deployment file starts a worker. Silent where no app is seen, where a command or `worker_pool` names another pool
    than prefork, or may; where code looks at `current_process()` or sets its daemon flag; where Python runs without assertions (`PYTHONOPTIMIZE`, `python -O`); and where the
    task catches AssertionError. `joblib`, `pathos` and others that make processes of their own are not known.

    ## References
    - [Python: daemonic processes](https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.daemon)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.bodies.child_processes import is_surely_forked, starts_of
        from taskguard.project.hazards.calls.runs import runs_in

        for run in runs_in(module) if not in_tests(module.path) else ():
            found = starts_of(run)
            if found is None:
                continue
            what = found.call.callee or "this"
            own = found.at is found.call
            yield Finding(
                module.path, found.call.span,
                f"{what}() starts processes, which a worker of the prefork pool may not have: AssertionError, daemonic processes are not allowed to have children",
                symbol=run.task.dotted, certain=is_surely_forked(module.project),
                help="take those of `billiard`, threads or a group of tasks, or run the worker with `-P solo`",
                related=() if own else (Related(found.path, found.at.span.line, "they are started here"),),
                depends=() if found.path == module.path else (found.path,),
            )  # fmt: skip
