from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related, about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.resent import Resent
    from taskguard.project.hazards.runs import Run
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
    Said of a task that sends itself, alone, in a chain or group, or by way of one or two others, where nothing stands before it that may end the run: no `return`, `raise` or `assert`, no branch or loop around it. A warning where it gives a time.
    Said of a handler that sends the task again where it names such an exception and each argument is what the run was given.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.endless import LASTING, endless
        from taskguard.project.hazards.resent import resent
        from taskguard.project.hazards.runs import runs_in

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
                yield _resent(run, again)


def _resent(run: Run, one: Resent) -> Finding:
    name = run.function.name if run.task.klass is None else run.task.klass.name
    files = tuple(dict.fromkeys(task.path for task in one.through if task.path != run.module.path))
    if one.handler:
        message = f"`{one.handler}` sends {name} again as it was: what does not pass by itself is tried for ever"
        advice = "use `retry`, which has a limit, or name the exceptions that pass"
    else:
        way = " and ".join(task.qualname.rpartition(".")[2] for task in one.through)
        message = f"each run of {name} sends {f'{way}, and so ' if way else ''}{name} again, and nothing ends that"
        advice = "have beat send what is to run regularly, or say when it is enough"
    return Finding(
        run.module.path, one.call.span, message, symbol=run.task.dotted, certain=not one.later or bool(one.handler), help=advice,
        related=tuple(Related(task.path, task.line, "by way of this task") for task in one.through), depends=files,
    )  # fmt: skip
