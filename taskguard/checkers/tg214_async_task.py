from __future__ import annotations

from taskguard.rule import FileRule, about, doubt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Project, Task

# Worker pools that await what a task gives back, and what a project replaces to do so itself (celery/app/trace.py).
POOLS = ("celery_aio_pool", "celery_pool_asyncio", "celery_asyncio", "aio_celery", "celery_aio")
TRACERS = ("build_tracer", "patch_celery_tracer", *POOLS)


class AsyncTask(FileRule, code="TG214", since="0.1.0"):
    """
    An `async def` or a generator under a task decorator: its body never runs.

    ## Why is this bad?
    A worker calls the function and takes what it gives back for the result. An `async def` gives back a coroutine that nobody awaits, a function
    with `yield` a generator that nobody walks through: not one line of the body is carried out. The task then fails, since JSON cannot carry such a
    result; with `ignore_result` it is even a success.

    ## Example
    ```py
    from celery import shared_task


    @shared_task  # error
    async def send(address): ...
    ```

    ## Use instead
    ```py
    import asyncio

    from celery import shared_task


    async def _send(address): ...


    @shared_task
    def send(address):
        asyncio.run(_send(address))
    ```

    ## Unknown
    Undecided where a decorator below the task decorator, a wrapper of the project, the base class or the app's task class may await the
    coroutine (not where its `__call__` does no more than `return self.run(*args, **kwargs)`, with Flask's context around it), and where the project
    replaces Celery's tracer or has a worker pool for asyncio. Silent in tests, in modules that no worker loads and nothing imports or names (TG304), about a task that is there to try
    the worker out (`debug_task`), and about an `async def` that the project only ever calls by `await`, `asyncio.run` or `run_until_complete`.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.facades.never_loaded import no_worker_loads
        from taskguard.project.python.testing import in_test_path
        from taskguard.project.registry.usage import only_awaited
        from taskguard.project.tasks.declarations import tasks_in

        if in_test_path(module.path):
            return
        for task in tasks_in(module):
            kind = _kind(task)
            if not kind or task.trial or (kind == "an async def" and only_awaited(task)):
                continue
            why = _awaited(task)
            if why:
                yield doubt(task, f"{kind}: {why}")
            elif no_worker_loads(module):
                return
            elif kind == "an async def":
                yield about(
                    task,
                    "an async def: the worker makes a coroutine and never awaits it, so the body does not run",
                    "make it a plain `def` that calls `asyncio.run(…)`",
                )
            else:
                yield about(
                    task,
                    "a generator: the worker calls it and never walks through it, so the body does not run",
                    "collect the values and return them, or leave out `yield`",
                )


def _kind(task: Task) -> str:
    """What a worker calls that gives back no result: the function, or the method `run` of a class; empty where it is a plain function."""
    function = task.function
    if function is None and task.klass is not None:
        function = task.module.function(f"{task.klass.qualname}.run")
    if function is None:
        return ""
    return "an async def" if function.is_async else "a generator" if function.is_generator else ""


def _awaited(task: Task) -> str:
    """Why something may run the body all the same; empty where nothing does."""
    from taskguard.project.registry.effective import base_attributes, base_open
    from taskguard.project.registry.handing_on import hands_on

    if task.below:
        return "a decorator below the task decorator may run it"
    if task.sources:
        return "the wrapper may run it"
    if hands_on(task):
        return _pool(task.module.project)
    if base_open(task):
        return base_open(task)
    if not base_attributes(task).isdisjoint(("__call__", "run")) and task.klass is None:
        return "the base class may run it"
    if task.klass is not None and "__call__" in base_attributes(task):
        return "the class may run it"
    return _pool(task.module.project)


def _pool(project: Project) -> str:
    """Why a worker of the project may await coroutines."""
    from taskguard.project.python.requirements import is_listed

    if any(project.holders(word) for word in TRACERS):
        return "the project may replace what runs tasks"
    if any(is_listed(project, one) for one in POOLS):
        return "the requirements name a worker pool for asyncio"
    return ""
