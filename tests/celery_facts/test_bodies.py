"""What the rules about the bodies of tasks (TG6xx) say of Celery."""

from __future__ import annotations

import os
import tempfile
import time

import pytest

from celery_facts import django_shop
from celery_facts.claims import Claim
from celery_facts.probing import Sent, Work, attempt, load, shop, worked, write, written
from celery_facts.stage import unlike

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples are run in forked processes")


def retried() -> str:
    app = shop()
    fetch = load().fetch
    fetch.delay("here")
    with Sent() as sent:
        ended = Work(app).start().runs()
        time.sleep(0.1)
    return f"{ended}, sent again {len(sent.messages)} times"


def limited() -> str:
    """In a pool of processes, with a second for a minute."""
    app = shop()
    tasks = load()

    def slow(pk: int) -> None:
        time.sleep(0.6)
        write(str(pk))

    tasks.send = slow
    tasks.send_all.delay([1, 2, 3, 4, 5])
    work = Work(app, "prefork").start()
    work.wait(lambda: {"5", "FAILURE: SoftTimeLimitExceeded"} & set(written()))
    return "goes on to the last row" if "5" in written() else written()[-1]


def killed() -> str:
    """In a pool of processes, with a second for ten minutes and less than one for the soft limit."""
    app = shop()
    tasks = load()

    def slow(pk: int) -> None:
        time.sleep(10)

    tasks.wrap, tasks.give_up = slow, lambda pk: write("given up")
    tasks.pack.delay(1)
    return Work(app, "prefork").start().runs()


def waited() -> str:
    app = shop()
    tasks = load()
    tasks.invoice.delay(1)
    work = Work(app).start()
    work.wait(lambda: len(work.started) > 1 or work.ended)
    return work.runs()


def endless() -> str:
    app = shop()
    tasks = load()

    def broken(data: object) -> None:
        raise ValueError

    tasks.send = broken
    tasks.post.delay({})
    work = Work(app).start()
    work.wait(lambda: len(work.ended) > 30 or (work.ended and work.ended[-1] != "RETRY"), 8)
    return "more than 30 runs" if len(work.ended) > 30 else work.runs()


def with_children() -> str:
    """In a pool of processes."""
    tasks = load()
    tasks.pack.delay([1, 2])
    work = Work(tasks.app, "prefork").start()
    work.wait(lambda: bool(written()))
    return written()[-1]


def ended() -> str:
    app = shop()
    return worked(app, lambda: load().send.delay(1))


def used_up(name: str = "send") -> str:
    app = shop()
    tasks = load()

    def refused(pk: int) -> None:
        raise ConnectionError

    tasks.deliver, tasks.give_up = refused, lambda pk: write("given up")
    getattr(tasks, name).delay(1)
    work = Work(app).start()
    work.wait(lambda: bool(work.ended) and work.ended[-1] != "RETRY")
    return f"{work.ended[-1]}, {', '.join(written()) or 'not given up'}"


def used_up_beside() -> str:
    return used_up("post")


def noted_behind() -> str:
    app = shop()
    tasks = load()

    def refused(pk: int) -> None:
        raise ConnectionError

    tasks.deliver, tasks.note_failure = refused, lambda pk: write("noted")
    tasks.send.delay(1)
    work = Work(app).start()
    work.wait(lambda: bool(work.ended))
    return f"{work.ended[-1]}, {', '.join(written()) or 'not noted'}"


def made_and_not_awaited() -> str:
    app = shop()
    load().send.delay(1)
    work = Work(app).start()
    work.wait(lambda: bool(work.ended))
    return work.ended[-1]


def asked_in_a_loop() -> str:
    django_shop.set_up("shop")
    from django.db import connection

    shop("shop.models")
    models = load("shop.models")
    with connection.schema_editor() as editor:
        editor.create_model(models.Order)
    ended = models.run.apply()
    return f"{ended.state}: {type(ended.result).__name__}" if ended.failed() else str(ended.state)


def asked_of_itself() -> str:
    app = shop()
    load().send.delay(1)
    work = Work(app).start()
    work.wait(lambda: bool(work.ended))
    return work.ended[-1]


def shared_by_runs() -> str:
    app = shop()
    collect = load().collect
    # As a class of the task would have it.
    collect.done = 0
    collect.delay([1, 2])
    collect.delay([1, 2])
    Work(app).start().runs(2)
    return f"max_retries is {collect.max_retries}, done is {collect.done}"


def read_after_a_failure() -> str:
    app = shop(result_backend="file://" + tempfile.mkdtemp())
    load_it = load().load
    sent = load_it.delay("")
    work = Work(app).start()
    work.wait(lambda: bool(work.ended) or bool(work.started))
    time.sleep(0.5)
    return attempt(lambda: sent.state, "the state is read")


SOON = {"countdown=60": "countdown=0"}
UNAVAILABLE = {"requests.py": "class Answer:\n    status_code = 503\n\n\ndef get(url):\n    return Answer()\n"}

CLAIMS = (
    Claim("TG601", "A broad handler swallows `Retry`: the task is a success, and runs again.", retried, "SUCCESS, sent again 1 times", "RETRY, sent again 1 times", files=UNAVAILABLE),
    Claim("TG602", "A handler in a loop swallows the soft limit, and the loop goes on.", limited, "goes on to the last row", "FAILURE: SoftTimeLimitExceeded", {"soft_time_limit=60": "soft_time_limit=1"}),
    Claim("TG603", "`get()` in a task is a RuntimeError.", waited, "FAILURE: RuntimeError", "SUCCESS"),
    Claim("TG604", "`max_retries=None` is no limit.", endless, "more than 30 runs", "FAILURE: ValueError", SOON),
    Claim("TG605", "`raise self.retry` is a TypeError, and the task is not run again.", ended, "FAILURE: TypeError", "RETRY"),
    Claim("TG607", "`retry(exc=…)` raises what it is given when the retries are used up.", used_up, "FAILURE: ConnectionError, not given up", "SUCCESS, given up", SOON),
    Claim("TG607", "A handler catches nothing that `retry` raises in a handler beside it.", used_up_beside, "FAILURE: MaxRetriesExceededError, not given up", "SUCCESS, given up", SOON),
    Claim("TG610", "`retry` raises: what stands behind it is never done.", noted_behind, "RETRY, not noted", "RETRY, noted"),
    Claim("TG611", "A worker awaits nothing that the body of a task makes: a coroutine is no pair.", made_and_not_awaited, "FAILURE: TypeError", "SUCCESS"),
    Claim("TG612", "A task has no attributes but those of its classes.", asked_of_itself, "FAILURE: AttributeError", "SUCCESS"),
    Claim("TG613", "A worker process of the prefork pool may have no children.", with_children, "FAILURE: AssertionError", "SUCCESS"),
    Claim("TG614", "At `time_limit` nothing is raised in the task: its process is killed.", killed, "FAILURE: TimeLimitExceeded", "given up", {"soft_time_limit=540": "soft_time_limit=0.5", "time_limit=600": "time_limit=2"}),
    Claim("TG618", "Django refuses to ask its database where a loop runs in the thread: the task fails, whatever rows there are.", asked_in_a_loop, "FAILURE: SynchronousOnlyOperation", "SUCCESS", files={"shop/__init__.py": ""}, at={"tasks.py": "shop/models.py"}, needs=("django",)),
    Claim("TG608", "A failure without `exc_type` cannot be read.", read_after_a_failure, "ValueError", "the state is read"),
    Claim("TG608", "Without `Ignore` the end of the run cannot be stored, either: Celery reads the old state first.", read_after_a_failure, "ValueError", "the state is read", {"raise Ignore": "return None"}),
    Claim("TG606", "What a run sets on the task the next one finds.", shared_by_runs, "max_retries is 2, done is 4", "max_retries is 3, done is 0"),
)  # fmt: skip


def test_claims() -> None:
    assert not unlike("bodies")


def test_all_attributes_are_known() -> None:
    """TG612 says what a task does not have: there must be nothing in this version that it does not know."""
    from celery import Celery
    from celery.app.task import Context

    from taskguard.project.hazards.bodies.task_words import REQUEST_METHODS, TASK

    def send() -> None: ...

    task, request = Celery("shop", set_as_current=False).task(send), Context()
    assert {one for one in dir(task) if not one.startswith("__")} <= TASK
    methods = {one for one in dir(request) if not one.startswith("__") and callable(getattr(request, one))}
    assert methods <= REQUEST_METHODS
