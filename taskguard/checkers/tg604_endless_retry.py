from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related, about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.retries.calls_itself import CallsItself
    from taskguard.project.hazards.retries.resent import Resent
    from taskguard.project.tasks.task import Task
    from taskguard.rule import Findings, Module


class EndlessRetry(FileRule, code="TG604", since="0.1.0"):
    """
    A task runs again without a limit, for exceptions that do not pass by themselves or whatever happens.

    ## Why is this bad?
    `max_retries=None` is no limit at all (without the option it is 3). A task that runs again for every exception does so for a mistake in the
    code or in its arguments, too: each of its messages goes round for ever, and with each broken one there are more of them. `retry_policy` of `apply_async`
    is no limit for this: it says how often the message is offered to the broker.

    A task that sends itself has no limit either: `request.retries` begins anew with each message. Where each run does so, the first message starts a round that only a failure ends, and each
    message that somebody sends besides starts one more.

    A task takes the place of a function that was imported under its name. `send_report()` in the body of the task `send_report` is the task: it calls itself until Python gives up.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(bind=True, max_retries=None)  # error
    def post(self, data):
        try:
            send(data)
        except Exception as error:
            raise self.retry(exc=error, countdown=60)


    @shared_task
    def look(url):
        send(url)
        look.delay(url)  # error


    def send(data): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(bind=True, max_retries=None)
    def post(self, data):
        try:
            send(data)
        except ConnectionError as error:
            raise self.retry(exc=error, countdown=60)


    @shared_task
    def look(url, left):
        send(url)
        if left:
            look.delay(url, left - 1)


    def send(data): ...
    ```

    ## Unknown
    Said where `max_retries` is surely None, and `autoretry_for` or the handler around `retry` names `Exception`, or one that comes of the code or its
    arguments (`ValueError`, `KeyError`, `TypeError`, `ZeroDivisionError`…). Silent where the body asks for `request.retries`, where `retry` is given a
    limit, and where a branch of the handler chooses.
    Said of a task that sends itself, alone, in a chain or group, or by way of one or two others, where nothing stands before it that may end the run: no `return`, `raise` or `assert`, no branch or loop around it, and no `try` with a handler. A warning where it gives a time.
    So it is with functions of the project that the body calls, and with `on_failure`, `on_success` and `after_return` of the task's class, in the file of the task.
    Said of a task that calls itself like a function, where nothing before that may end the run, or where the file had another function under that name, which the task hides; a warning where it gives a row
    (`pack(order)`) and the task takes its key (`order_id`).
    Said of a handler that sends the task again where it names such an exception and each argument is what the run was given. A warning where it names another one, and sends it at once: no time, no `rate_limit`, no
    `sleep` before it, and it is not the end of the run's time (`SoftTimeLimitExceeded`), after which the next one may go on.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.calls.runs import runs_in
        from taskguard.project.hazards.retries.calls_itself import calls_itself
        from taskguard.project.hazards.retries.endless import LASTING, endless
        from taskguard.project.hazards.retries.resent import resent, resent_by_hooks

        for run in runs_in(module) if not in_tests(module.path) else ():
            for one in endless(run):
                where = (
                    f"`{one.what}` has it run again in line {one.line}"
                    if one.line
                    else f"autoretry_for names {one.what}"
                )
                yield about(
                    run.task,
                    f"max_retries=None is no limit, and {where}: what does not pass by itself is tried for ever",
                    "give max_retries a number, or name the exceptions that pass",
                    depends=one.files,
                )
            for again in resent(run, LASTING):
                yield _resent(run.task, again)
            for itself in calls_itself(run):
                yield _called(run.task, itself)
        for task, again in resent_by_hooks(module) if not in_tests(module.path) else ():
            yield _resent(task, again)


def _called(task: Task, one: CallsItself) -> Finding:
    name = one.call.callee
    if one.line:
        message = (
            f"{name} is the task itself here, and not what line {one.line} has under that name: the run calls itself"
        )
    elif one.given:
        message = f"{name} is the task itself here, which takes no {one.given}: the run calls itself"
    else:
        message = f"each run calls {name} itself, without an end: a RecursionError"
    return Finding(
        task.path, one.call.span, message, symbol=task.dotted, certain=not one.given,
        help="give the task another name than the function that it is to call",
        related=(Related(task.path, one.line, "this is what may be meant"),) if one.line else (),
    )  # fmt: skip


def _resent(task: Task, one: Resent) -> Finding:
    name = task.qualname.rpartition(".")[2]
    files = tuple(dict.fromkeys(other.path for other in one.through if other.path != task.path))
    if one.hook:
        when = "a failure" if one.hook.endswith("on_failure") else "each run"
        message = f"{one.hook} sends the task again after {when}, without a limit"
        advice = "use `retry`, which has a limit, or have beat send what is to run regularly"
    elif one.passing:
        message = f"`{one.handler}` sends {name} again at once, as it was: as long as it lasts, one run follows the other without a pause or a limit"
        advice = "use `retry`, which waits and has a limit, or give a `countdown` and count the attempts"
    elif one.handler:
        message = f"`{one.handler}` sends {name} again as it was: what does not pass by itself is tried for ever"
        advice = "use `retry`, which has a limit, or name the exceptions that pass"
    else:
        way = " and ".join(other.qualname.rpartition(".")[2] for other in one.through)
        message = (
            f"each run of {name} sends {f'{way}, and so ' if way else ''}{name} again, and only a failure ends that"
        )
        advice = "have beat send what is to run regularly, or say when it is enough"
    return Finding(
        task.path, one.call.span, message, symbol=task.dotted, certain=not one.passing and (not one.later or bool(one.handler)), help=advice,
        related=tuple(Related(other.path, other.line, "by way of this task") for other in one.through), depends=files,
    )  # fmt: skip
