from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.waits import Wait
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.rule import Findings, Module


class WaitInTask(FileRule, code="TG603", since="0.1.0"):
    """
    A task waits for the result of another one.

    ## Why is this bad?
    A worker that waits does nothing else: when all of them wait, nobody is left to run what they wait for. Celery therefore refuses: `get()`,
    `wait()` and `join()` in a task raise RuntimeError, with any pool but gevent and eventlet, and for `apply()` as well, which has run here and now.

    ## Example
    ```py
    from celery import shared_task


    @shared_task
    def price(pk): ...


    @shared_task
    def invoice(pk):
        return price.delay(pk).get()  # error
    ```

    ## Use instead
    ```py
    from celery import chain, shared_task


    @shared_task
    def price(pk): ...


    @shared_task
    def total(amount): ...


    @shared_task
    def invoice(pk):
        chain(price.s(pk), total.s()).delay()
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. One finding for each task, with its further waits beside it. A result is what `delay`, `apply_async` and `apply` of a task give, `send_task`, a canvas that is called, `AsyncResult`, `GroupResult` and
    `ResultSet`: used at once, by a local name that is nothing else, or one by one out of a list. Functions of the project that wait on each way
    through them count where the body calls them, or one that calls them (to the third), for what they are handed and send as well (`job.apply_async()`), and for results that the body has sent for and hands to them (`collect([price.delay(pk) for pk in pks])`):
    not where a branch, a handler of RuntimeError or a question for the current task is around, and not for results of `apply()`. A loop that sleeps until `ready()`, or until `state` says so, is a warning: Celery does not see it; undecided where the body names a queue (`queue="downloads"`), as that may have workers of its own. Silent under `allow_join_result()`, with `disable_sync_subtasks`, and where a worker is started with
    gevent or eventlet (by a script for Windows only where no deployment file starts workers).

    Celery raises the error from 4.0 on (`celery.result.assert_will_not_block`; 3.1 warns): where the project pins an older version, the message names what waiting itself does.

    ## References
    - [Celery: avoid launching synchronous subtasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#avoid-launching-synchronous-subtasks)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.celery.forgotten import is_unsent
        from taskguard.project.hazards.bodies.waits import waits
        from taskguard.project.hazards.calls.runs import runs_in
        from taskguard.project.python.pins import pinned_below

        old = bool(pinned_below(module.project, (4, 0)))
        for run in runs_in(module) if not in_tests(module.path) else ():
            found = list(waits(run))
            for one in found:
                if one.doubt:
                    yield Unsure(module.path, one.at.span, one.doubt)
            # What surely fails stands for the others.
            told = sorted((one for one in found if not one.doubt), key=_rank)
            if told and not is_unsent(run.task):
                yield _said(run, told[0], told[1:], old)


def _rank(one: Wait) -> tuple[bool, int, int]:
    return one.polls, one.at.span.line, one.at.span.column


def _said(run: Run, one: Wait, others: list[Wait], old: bool) -> Finding:
    path = run.module.path
    method = one.call.callee.rpartition(".")[2] or getattr(one.call.func, "name", "get")
    own = one.at is one.call
    what = (
        f"a loop that asks for `{method}` waits for another task"
        if one.polls
        else f"{method}() waits for another task"
        if own
        else f"{one.at.callee}() waits for another task"
    )
    files = dict.fromkeys(each.path for each in (one, *others) if each.path != path)
    return Finding(
        path, one.at.span,
        f"{what}, in a task: {'the workers block one another when all of them wait' if old or one.polls else 'Celery raises RuntimeError'}",
        symbol=run.task.dotted, certain=not one.polls, help="let the other task go on by itself: a chain, a chord, or `link=`",
        related=(
            *(() if own else (Related(one.path, one.call.span.line, "it waits here"),)),
            *(Related(path, each.at.span.line, "it waits here, too") for each in others),
        ),
        depends=tuple(files),
    )  # fmt: skip
