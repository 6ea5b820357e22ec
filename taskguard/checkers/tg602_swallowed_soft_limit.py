from __future__ import annotations

from taskguard.rule import FileRule, Finding, Related, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class SwallowedSoftLimit(FileRule, code="TG602", since="0.1.0"):
    """
    A loop of a task with a soft time limit catches it with all the rest, and goes on.

    ## Why is this bad?
    At `soft_time_limit` Celery raises `SoftTimeLimitExceeded` in the task, once, so that it can stop. It is an `Exception`: a handler that is meant for one
    row of many takes it for a fault of that row, and the loop goes on, until `time_limit` kills the process, or for ever where there is none.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(soft_time_limit=60)
    def send_all(pks):
        for pk in pks:
            try:
                send(pk)
            except Exception as error:  # error
                print(pk, error)


    def send(pk): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from celery.exceptions import SoftTimeLimitExceeded


    @shared_task(soft_time_limit=60)
    def send_all(pks):
        for pk in pks:
            try:
                send(pk)
            except SoftTimeLimitExceeded:
                raise
            except Exception as error:
                print(pk, error)


    def send(pk): ...
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. Said of tasks whose soft limit is known: of the declaration, the base class, the annotations, a call or a schedule that sends it (`soft_time_limit=` of `apply_async` or `set`), or, as a warning, the settings. Said once for a loop, however many handlers it has. Functions of the project that the body calls by name count as well: those with such a loop, where the limit is the task's own, and those that
    catch it where the loop of the body goes on, whatever they give back. Silent where the handler leaves the loop or raises, if only
    in one of its branches, where what it guards takes no time (a conversion, a task that is sent, a row that a session notes) or is the smaller part of the loop, where the loop goes over a cut or a written list and each round reads or writes
    single rows, so that it ends long before the limit (`for row in rows[:100]`), in an `async def`, where the limit is raised in the loop that drives it, and where all workers run with a pool that has no soft limits
    (threads, solo, gevent, eventlet). A context manager of the project counts as a handler, also where it swallows what a parameter names and the call says which. A handler outside of loops is left alone: the task ends there.

    ## References
    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.calls.runs import found_in
        from taskguard.project.hazards.limits.soft_limits import passed_limits

        for run, found in found_in(module, passed_limits):
            for one in found:
                if one.doubt:
                    yield Unsure(module.path, one.fate.span, one.doubt)
                    continue
                line = one.loop.span.line
                who = f"`{one.fate.text}`" if one.at is None else f"{one.helper}() has `{one.fate.text}`, which"
                caught = () if one.at is None else (Related(one.path, one.fate.span.line, "it is caught here"),)
                yield Finding(
                    module.path, one.fate.span if one.at is None else one.at.span,
                    f"{who} catches the soft time limit of {one.limit:g} s{'' if one.own else ' that the settings give all tasks'}, and {'the' if one.around else 'its'} loop in line {line} goes on",
                    symbol=run.task.dotted, help="put `except SoftTimeLimitExceeded: raise` before it", certain=one.own,
                    related=(*caught, Related(module.path if one.around else one.path, line, "the loop"), *(Related(module.path, other, "so does this") for other in one.others)), depends=tuple(path for path in one.files if path != module.path),
                )  # fmt: skip
