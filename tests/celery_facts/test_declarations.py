"""What the rules about declarations (TG2xx) say of Celery."""

from __future__ import annotations

import io
import os
import time
from contextlib import redirect_stdout, suppress
from typing import Any

import pytest

from celery_facts.claims import Claim
from celery_facts.probing import NOTED, Work, attempt, give_body, load, queue_of, shop, starts, worked, write
from celery_facts.stage import unlike

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples are run in forked processes")


def queue() -> str:
    shop()
    return queue_of(load().report.delay)


def reaches() -> str:
    from kombu import Queue

    app = shop(task_queues=[Queue("mail"), Queue("reports")])
    work = Work(app).start()  # which queues it reads is settled now
    load().report.delay()
    return work.runs(seconds=2)


def sent_with_limits() -> str:
    shop()
    return attempt(load().report.delay, "sent")


def told_of_its_limit() -> str:
    """In a pool of processes, with seconds for minutes."""
    from celery.exceptions import SoftTimeLimitExceeded

    app = shop()
    report = load().report

    def long() -> None:
        try:
            time.sleep(8)
        except SoftTimeLimitExceeded:
            write("SoftTimeLimitExceeded")

    give_body(report, long)
    app.finalize()
    limits = {"time_limit": report.time_limit, "soft_time_limit": report.soft_time_limit}
    app.send_task(report.name, **limits)
    return Work(app, "prefork").start().runs()


def limits_of_event_loops() -> str:
    """When a pool of processes sees to the limits by the event loop of its broker's transport, as it does for Redis and RabbitMQ."""
    from celery.concurrency.asynpool import AsynPool
    from kombu.asynchronous import Hub

    shop()
    report, hub, seen = load().report, Hub(), list[tuple[str, float]]()
    pool, begun = AsynPool.__new__(AsynPool), time.monotonic()
    pool._create_timelimit_handlers(hub)
    pool._cache = {"job": "report"}
    pool.on_soft_timeout = lambda job: seen.append(("soft", time.monotonic() - begun))
    pool.on_hard_timeout = lambda job: seen.append(("hard", time.monotonic() - begun))
    pool.on_timeout_set(type("Result", (), {"_job": "job"}), report.soft_time_limit, report.time_limit)
    while len(seen) < 2 and time.monotonic() - begun < 10:
        hub.fire_timers()
        time.sleep(0.02)
    (first, soft), (last, hard) = seen
    assert (first, last) == ("soft", "hard")
    return f"the soft one after {soft:.0f} s, the hard one " + (
        "with it" if hard - soft < 0.5 else f"after {hard:.0f} s"
    )


def bound_sent() -> str:
    shop()
    return attempt(load().report.delay, "sent")


def bound_run() -> str:
    app = shop()
    return worked(app, lambda: app.send_task("tasks.report"))


def export_sent() -> str:
    shop()
    return attempt(lambda: load().export.delay("a.csv"), "sent")


def retries_allowed() -> str:
    shop()
    return f"max_retries is {load().report.max_retries}"


def retried() -> str:
    shop()
    load().fetch.apply(("here",))
    return f"{len(NOTED)} runs"


def first_wait() -> str:
    shop()
    fetch, waits = load().fetch, list[int]()
    fetch.retry = lambda exc, countdown=0, **_: waits.append(countdown) or exc
    with suppress(ConnectionError):
        fetch.run("here")
    return f"{waits[0]} s"


def class_run() -> str:
    app = load().app
    ended = worked(app, lambda: app.send_task("tasks.Export", ("a.csv",)))
    return f"{ended}, {' '.join(map(str, NOTED)) or 'run is not called'}"


def class_sent() -> str:
    app = load().app
    return worked(app, lambda: app.send_task("tasks.Report"))


def imported() -> str:
    shop()
    return attempt(load, "imported")


def first_used() -> str:
    shop()
    return attempt(lambda: load().fetch.delay("here"), "sent")


def with_django() -> None:
    from django.conf import settings

    settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}})


def hidden_sent() -> str:
    with_django()
    shop()
    return attempt(lambda: load().settle.delay(1), "sent")


def hidden_run() -> str:
    with_django()
    app = shop()
    load()
    ended = worked(app, lambda: app.send_task("tasks.settle", (1,)))
    return f"{ended}, {'in' if NOTED == [True] else 'no'} transaction"


def rated() -> str:
    shop()
    return starts("tasks")


def retried_with_a_string() -> str:
    app = shop()
    send = load().send
    return worked(app, lambda: send.delay("here"))


def awaited() -> str:
    app = shop()
    ended = worked(app, lambda: load().send.delay("here"))
    return f"{ended}, {'the body ran' if NOTED else 'the body never ran'}"


def hooked() -> str:
    app = shop()
    out = io.StringIO()
    with redirect_stdout(out):
        load().send.delay()
        work = Work(app).start()
        work.wait(lambda: work.started)
        time.sleep(0.5)
    return "the hook ran" if "failed" in out.getvalue() else "the hook did nothing"


def sent_by_own() -> str:
    shop()
    return attempt(lambda: load().post.delay(), "sent")


def sent_by_narrow() -> str:
    shop()
    return attempt(load().order, "sent")


def in_context() -> str:
    tasks: Any = load()
    tasks.flask_app.mailer = type("Mailer", (), {"send": staticmethod(lambda: None)})
    return worked(tasks.app, tasks.send.delay)


LIMITS = {
    "soft_time_limit=600": "soft_time_limit=2",
    "soft_time_limit=270": "soft_time_limit=1",
    "time_limit=300": "time_limit=2",
}
NAMED = {'shared_task("shop.send")': 'shared_task(name="shop.send")'}
RATED = {"@shared_task(rate_limit": "app = __import__('celery').current_app\n\n\n@shared_task(rate_limit"}

CLAIMS = (
    Claim("TG202", "A task without a queue goes to the default one.", queue, "celery", "reports"),
    Claim("TG204", "Celery creates any queue that is sent to, and no worker reads it.", reaches, "waits", "SUCCESS"),
    Claim("TG205", "A soft limit above the hard one fails each `delay()`.", sent_with_limits, {"5.3": "sent", "5.5": "ValueError"}, "sent"),
    Claim("TG205", "A soft limit that is not below the hard one never comes: the process is killed.", told_of_its_limit, "FAILURE: TimeLimitExceeded", "SoftTimeLimitExceeded", LIMITS),
    Claim("TG205", "With the event loop of Redis or RabbitMQ the hard one waits for it, and comes with it.", limits_of_event_loops, "the soft one after 2 s, the hard one with it", "the soft one after 1 s, the hard one after 2 s", {**LIMITS, "time_limit=300": "time_limit=2", "soft_time_limit=600": "soft_time_limit=2"}),
    Claim("TG206", "With `bind=True` a function without a parameter fails each `delay()`.", bound_sent, "TypeError", "sent"),
    Claim("TG206", "So does each run, where a schedule or `send_task` sends it.", bound_run, "FAILURE: TypeError", "SUCCESS"),
    Claim("TG206", "Without `bind=True` the parameter `self` is wanted of each caller.", export_sent, "TypeError", "sent"),
    Claim("TG207", "A misspelt option is no error, and the default counts.", retries_allowed, "max_retries is 3", "max_retries is 5"),
    Claim(
        "TG208", "`retry_backoff` without `autoretry_for` retries nothing.", retried, "1 runs", "6 runs",
        {"def fetch(url): ...": "def fetch(url):\n    note(url)\n    raise ConnectionError"},
    ),
    Claim(
        "TG208", "`max_retries` and `default_retry_delay` alone retry nothing.", retried, "1 runs", "6 runs",
        {"retry_backoff=True": "default_retry_delay=0", "def fetch(url): ...": "def fetch(url):\n    note(url)\n    raise ConnectionError"},
    ),
    Claim(
        "TG208", "`retry_backoff` above `retry_backoff_max` is cut to that, which is 600 by default.", first_wait, "600 s", "3600 s",
        {
            "@shared_task(retry_backoff=True": "@shared_task(autoretry_for=(ConnectionError,), retry_jitter=False, retry_backoff=3600",
            "(ConnectionError,), retry_backoff=True": "(ConnectionError,), retry_jitter=False, retry_backoff_max=7200, retry_backoff=3600",
            "def fetch(url): ...": "def fetch(url): raise ConnectionError",
        },
    ),
    Claim(
        "TG210", "A decorator on a class makes its constructor the body, and `run` is lost.", class_run, "FAILURE: TypeError, run is not called", "SUCCESS, ran",
        {"def run(self, path): ...": "def run(self, path): note('ran')"},
    ),
    Claim("TG210", "A subclass of Task that nothing registers is unknown to the worker.", class_sent, "thrown away: unregistered", "SUCCESS"),
    Claim("TG211", "A name by position: the module cannot be imported.", imported, "TypeError", "imported"),
    Claim("TG211", "A bare class in `autoretry_for` fails when the task is first used.", first_used, "TypeError", "sent", NAMED),
    Claim("TG212", "A decorator above the task decorator leaves a function without `delay`.", hidden_sent, "AttributeError", "sent", needs=("django",)),
    Claim(
        "TG212", "The worker runs the task without what is above.", hidden_run, "SUCCESS, no transaction", "SUCCESS, in transaction",
        {"def settle(order): ...": "def settle(order): note(transaction.get_connection().in_atomic_block)"}, needs=("django",),
    ),
    Claim("TG213", 'A rate limit "100/d" stops the worker when it starts.', rated, "KeyError", "starts", RATED),
    Claim("TG213", "`max_retries` as a string is a TypeError in the place of the retry.", retried_with_a_string, "FAILURE: TypeError", "RETRY", {'rate_limit="100/d"': ""}),
    Claim("TG214", "The body of an `async def` never runs, and the task fails, as JSON cannot carry a coroutine.", awaited, "FAILURE: EncodeError, the body never ran", "SUCCESS, the body ran", {"(address): ...": "(address): note(address)"}),
    Claim("TG214", "With `ignore_result` it is even a success.", awaited, "SUCCESS, the body never ran", "SUCCESS, the body ran", {"(address): ...": "(address): note(address)", "@shared_task": "@shared_task(ignore_result=True)"}),
    Claim("TG215", "A hook with too few parameters is not run.", hooked, "the hook did nothing", "the hook ran", {"def send(): ...": "def send(): raise KeyError"}),
    Claim("TG215", "`delay()` gives `args` and `kwargs` to `apply_async` by position.", sent_by_own, "TypeError", "sent"),
    Claim("TG215", "An `apply_async` without a place for `kwargs` fails each `delay()`.", sent_by_narrow, "TypeError", "sent"),
    Claim("TG216", "`base=` replaces the task class of the app, and its context.", in_context, "FAILURE: RuntimeError", "SUCCESS", needs=("flask",)),
)  # fmt: skip


def test_claims() -> None:
    assert not unlike("declarations")
