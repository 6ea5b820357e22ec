from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.event_loops import Mixed
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.rule import Findings, Project


# So many tasks of a pool are named.
MOST = 8


class PoolOfAnotherLoop(ProjectRule, code="TG609", since="0.1.0"):
    """
    A task makes an event loop for each run, and takes connections of a module's engine or client, which belong to the loop of an earlier run.

    ## Why is this bad?
    `asyncio.run()` makes a loop and closes it. SQLAlchemy's engine keeps its connections for the next who asks, and each of them belongs to the loop in
    which it was made. The first run of a worker process is well; the second takes the connection of the first: "got Future attached to a different
    loop", or "Event loop is closed". Tests, which run a task once, do not see it.

    A client of `redis.asyncio` or `httpx.AsyncClient` that a module holds does the same: each second run fails, and throws the connection away. With a session of aiohttp, a pool of asyncpg,
    `AsyncElasticsearch` and the clients of MongoDB all runs fail from the second on.

    ## Example
    `shop/db.py`:
    ```py
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    engine = create_async_engine("postgresql+asyncpg://db/shop")
    Session = async_sessionmaker(engine)
    ```
    `shop/tasks.py`:
    ```py
    import asyncio

    from celery import shared_task
    from shop.db import Session


    async def pack(pk):
        async with Session() as session:
            await session.commit()


    @shared_task(name="shop.send")
    def send(pk):
        asyncio.run(pack(pk))  # error
    ```

    ## Use instead
    `shop/db.py`:
    ```py
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine("postgresql+asyncpg://db/shop", poolclass=NullPool)
    Session = async_sessionmaker(engine)
    ```
    Or make an engine within the coroutine and `await engine.dispose()` at its end, or keep one loop for each worker process.

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. A warning, once for each engine, client or pool, with the other tasks beside it. Said of `asyncio.run()`, `async_to_sync()`, `loop.run_until_complete()` of a loop that the task makes, and functions of the project that make a loop for what they are given (none that take one which the process keeps), where the coroutine, or a function that
    it calls, uses an engine, a maker of sessions, a client or a pool for clients of Redis which a module holds, or an object that a module makes of a class of the project (`self.client = Redis()` in its `__init__`);
    or one that a function makes once and gives to whoever asks (`global engine` under `if engine is None`, `@lru_cache`), or that a handler of `worker_process_init` makes.
    A client that is handed on counts where the coroutine that gets it awaits a method of it. Silent for SQLite, for engines with a `poolclass` or options that cannot be told,
    and where the file of the task or of the engine has `dispose()` or `NullPool`; for clients where one is handed on elsewhere or entered with `async with`,
    the task's file has `aclose()` or `disconnect()`, or a file about Celery names a function that closes it (a handler of `worker_process_shutdown` is too late);
    and where what is kept is made anew for some other reason than that it is missing (`if loop is not made_in`).

    ## References
    - [SQLAlchemy: using multiple asyncio event loops](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-multiple-asyncio-event-loops)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.bodies.event_loops import WORDS, mixed_loops
        from taskguard.project.hazards.calls.runs import found_in
        from taskguard.project.tasks.declarations import all_tasks

        modules = dict.fromkeys(task.module for task in all_tasks(project)) if project.search(*WORDS) else ()
        held: dict[tuple[str, int, str], list[tuple[Run, Mixed]]] = {}
        for module in modules:
            for run, found in found_in(module, mixed_loops):
                for one in found:
                    # What cures it is done where the pool is made.
                    held.setdefault((one.pool.module.path, one.pool.line, one.pool.kind), []).append((run, one))
        for each in held.values():
            yield _said(each)


def _said(found: list[tuple[Run, Mixed]]) -> Finding:
    (run, one), *others = found
    path, pool = run.module.path, one.pool
    fails, advice = (
        "from the second run on they fail",
        "give the engine `poolclass=NullPool`, or dispose of it at the end of each run",
    )
    if pool.kind != "engine":
        fails = "each second run fails" if pool.alternates else fails
        advice = f"make the client in the coroutine, and {pool.closing} at its end"
    return Finding(
        path, one.call.span,
        f"{one.maker} makes a loop for each run, and {pool.name} keeps connections of the one before: {fails}",
        symbol=run.task.dotted, certain=False, help=advice,
        related=(
            Related(pool.module.path, pool.line, "it is made here, with its pool"),
            *(Related(other.module.path, more.call.span.line, f"so does {other.task.qualname}") for other, more in others[: MOST - 1]),
        ),
        depends=tuple(dict.fromkeys(one for one in (pool.module.path, *(other.module.path for other, _ in others)) if one != path)),
    )  # fmt: skip
