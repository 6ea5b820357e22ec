from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.hazards.limits.caught_hard_limits import CaughtLimit
    from taskguard.project.hazards.retries.autoretried import NeverRaised
    from taskguard.project.hazards.retries.unreached import Unreached
    from taskguard.rule import Findings, Module


class HandlerNeverReached(FileRule, code="TG607", since="0.1.0"):
    """
    `except MaxRetriesExceededError` stands around a `retry(exc=…)`, which never raises it, or beside the handler that calls `retry`, or in a task that only `autoretry_for` has run again; or `except TimeLimitExceeded` in the body of a task, which nothing raises there.

    ## Why is this bad?
    When the retries are used up, `retry` raises `MaxRetriesExceededError` only where it was given no exception: with `exc=` it raises that one. What the
    handler was written for (mark the row as failed, tell somebody, give back a result) is never done, and no test without a worker notices.
    So it is where the `retry` stands in another handler of the same `try`: a handler catches what the body raises, and nothing that one beside it raises.

    `autoretry_for` stands around the whole body: it calls `retry` when the body has ended with an exception, so that nothing in there sees the retries used up. Write `on_failure` of a task class for that.

    A hard time limit raises nothing in the body: the worker kills the process that runs the task. `except TimeLimitExceeded` around what takes long never sees it. What the body can catch is
    `SoftTimeLimitExceeded`.

    ## Example
    ```py
    from celery import shared_task


    def deliver(pk): ...


    def give_up(pk): ...


    @shared_task(bind=True, max_retries=2)
    def send(self, pk):
        try:
            deliver(pk)
        except ConnectionError as error:
            try:
                self.retry(exc=error, countdown=60)
            except self.MaxRetriesExceededError:  # error
                give_up(pk)


    @shared_task(bind=True, max_retries=2)
    def post(self, pk):
        try:
            deliver(pk)
        except ConnectionError:
            self.retry(countdown=60)
        except self.MaxRetriesExceededError:  # error
            give_up(pk)
    ```

    ## Use instead
    ```py
    from celery import shared_task


    def deliver(pk): ...


    def give_up(pk): ...


    @shared_task(bind=True, max_retries=2)
    def send(self, pk):
        try:
            deliver(pk)
        except ConnectionError:
            try:
                self.retry(countdown=60)
            except self.MaxRetriesExceededError:
                give_up(pk)


    @shared_task(bind=True, max_retries=2)
    def post(self, pk):
        try:
            deliver(pk)
        except ConnectionError:
            if self.request.retries >= self.max_retries:
                return give_up(pk)
            self.retry(countdown=60)
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. Silent unless the `retry` stands in a handler beside, or the exception is one that a handler around has bound by its name, where the handler catches other exceptions besides or only raises again, and where
    something else in the `try` may raise that retries are used up: a result that is waited for, a helper that calls `retry` or is given the task. A task that
    asks `self.request.retries` in an `if`, also by a name for the answer, does there what the handler was to do; so does one that has the task run again only while a count of its own
    allows it (`if row.attempts < 3:` around the `try`), and a handler of a block in which nothing may fail, since it is still to be written.
    Under `autoretry_for` it is silent where the body calls `retry`, and unless all that the `try` calls is known to raise nothing of retries: what libraries have, tasks that are sent, and plain
    functions of the project that call nothing else.

    Of `TimeLimitExceeded` it tells handlers of nothing else, where none beside it catches the soft limit; silent where the `try` waits for a result, where another file that sends tasks waits for some, which may have ended so,
    and where the project raises it itself or has pools of `billiard`.

    ## References
    - `on_timeout` of celery/worker/request.py: the parent keeps the exception as the result, and the process is killed
    - `Task.retry` in celery/app/task.py: `if exc: raise_with_context(exc)`
    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.celery.forgotten import is_unsent
        from taskguard.project.hazards.calls.runs import found_in, runs_in

        held = runs_in(module) if not in_tests(module.path) else ()
        if held:
            from taskguard.project.hazards.limits.caught_hard_limits import caught_hard_limits

            for caught in caught_hard_limits(module):
                if not is_unsent(caught.run.task):
                    yield _hard_limit(module, caught)
        runs = [one for one in held if one.function.may_call("retry")]
        if any("autoretry_for" in one.task.options and one not in runs for one in held):
            from taskguard.project.hazards.retries.autoretried import never_raised

            for dead in never_raised(module):
                if not is_unsent(dead.run.task):
                    yield _under_autoretry(module, dead)
        if not runs:
            return
        from taskguard.project.hazards.retries.unreached import unreached

        for run, found in found_in(module, unreached):
            for one in found:
                yield _said(module, run, one)


def _hard_limit(module: Module, one: CaughtLimit) -> Finding:
    message = "never reached: at the hard limit (time_limit) the process is killed, and nothing is raised in the body"
    advice = "catch `SoftTimeLimitExceeded`, and set a soft_time_limit below the time_limit"
    return Finding(module.path, one.span, message, symbol=one.run.task.dotted, help=advice)


def _under_autoretry(module: Module, one: NeverRaised) -> Finding:
    message = "never reached: autoretry_for stands around the body, and nothing in this `try` raises that the retries are used up"
    advice = "do it in `on_failure` of the task's class, or call `self.retry()` here and leave out autoretry_for"
    return Finding(module.path, one.span, message, symbol=one.run.task.dotted, help=advice)


def _said(module: Module, run: Run, one: Unreached) -> Finding:
    called = f"{one.retry.callee}()"
    if one.given:
        message = f"never reached: with exc={one.given} {called} raises {one.given} when the retries are used up"
        advice = f"leave out `exc={one.given}` there, or ask `self.request.retries` before"
    else:
        message = f"never reached: {called} stands in a handler beside it, and a handler catches nothing that another one raises"
        advice = f"put a `try` around {called} in that handler, or ask `self.request.retries` before"
    return Finding(
        module.path, one.span, message, symbol=run.task.dotted, help=advice,
        related=(Related(module.path, one.retry.span.line, "this retry"),),
    )  # fmt: skip
