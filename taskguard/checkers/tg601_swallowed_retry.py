from __future__ import annotations

from taskguard.project.python.testing import hidden, in_tests
from taskguard.rule import FileRule, Finding, Related, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.retries.retries import Swallowed
    from taskguard.rule import Findings, Module


class SwallowedRetry(FileRule, code="TG601", since="0.1.0"):
    """
    The exception by which a task is to run again is caught in its own body, or in a function that has the task from it.

    ## Why is this bad?
    `self.retry()` sends the message of the next run and then raises `Retry`, by which Celery knows what became of this one. `Retry` is an
    `Exception`: where a broad handler, a `return` in `finally` or a context manager around the call swallows it, the task ends as a success, with
    its callbacks, and runs again all the same. A handler that calls `retry` itself sends a second message: the task runs twice, then four times.

    ## Example
    ```py
    import requests
    from celery import shared_task


    @shared_task(bind=True)
    def fetch(self, url):
        try:
            answer = requests.get(url)
            if answer.status_code == 503:
                raise self.retry(countdown=30)
        except Exception as error:  # error
            print(error)
    ```

    ## Use instead
    ```py
    import requests
    from celery import shared_task
    from celery.exceptions import Retry


    @shared_task(bind=True)
    def fetch(self, url):
        try:
            answer = requests.get(url)
            if answer.status_code == 503:
                raise self.retry(countdown=30)
        except Retry:
            raise
        except Exception as error:
            print(error)
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. `retry` of the task itself (`self`, whatever it is called), of the task by its name, of `current_task`, and in a function or method of the
    project that is given the task or its `retry`, counts; with `throw=False` it raises nothing. Handlers are followed outwards from the call: `contextlib.suppress`,
    context managers of the project and decorators of the project below the task decorator among them. Silent where a handler raises again, if only in one of its branches, where it hands the exception to
    a function of the project that raises, where it names `Retry` itself, and where the classes that it catches cannot be told.

    ## References
    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.calls.runs import found_in
        from taskguard.project.hazards.calls.search_words import RETRY

        if module.project.can_search and not module.project.search(RETRY):
            return
        from taskguard.project.hazards.retries.retries import swallowed_retries

        for run, found in found_in(module, swallowed_retries):
            for one in found:
                if one.fate.kind == "unclear":
                    yield Unsure(
                        module.path, one.fate.span, "whether it swallows the exception of retry cannot be told"
                    )
                elif one.fate.name not in ("Retry", "TaskPredicate"):
                    yield _said(module.path, run.task.dotted, one)
        if in_tests(module.path) or hidden(module.path):
            return
        from taskguard.project.hazards.retries.retry_carriers import carried

        for function, held in carried(module):
            if held.fate.kind != "unclear" and held.fate.name not in ("Retry", "TaskPredicate"):
                yield _said(module.path, f"{module.name}.{function.qualname}", held)


def _said(path: str, symbol: str, one: Swallowed) -> Finding:
    again, fate = one.again, one.fate
    call = f"{again.helper or again.call.callee}()"
    line = again.call.span.line
    if fate.kind == "twice":
        message = f"{call} in line {line} has sent the next run already; `{fate.text}` catches its Retry and sends one more: the runs double"
    elif fate.kind == "either":
        message = f"{call} in line {line} has sent the next run already; `{fate.text}` catches its Retry as if the run had failed, and may send one more: then the runs double"
    elif fate.kind == "other":
        message = f"`{fate.text}` turns the Retry of {call} in line {line} into another exception: the task ends as failed, and runs again"
    elif fate.kind == "returned":
        message = f"`{fate.text}` leaves the function, and with it goes the Retry of {call} in line {line}: the task ends as a success, and runs again"
    else:
        message = (
            f"`{fate.text}` swallows the Retry of {call} in line {line}: the task ends as a success, and runs again"
        )
    return Finding(
        path, fate.span, message, symbol=symbol,
        help="call `retry` outside of it, or put `except Retry: raise` before" if fate.kind != "returned" else "leave the function after it, not within `finally`",
        related=(Related(path, line, "sent to run again here"),),
        depends=tuple(dict.fromkeys(file for file in (*again.files, *fate.files) if file != path)),
    )  # fmt: skip
