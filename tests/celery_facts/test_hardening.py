"""What the rules about settings that endanger (TG8xx) say of Celery."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from celery_facts import redis_server
from celery_facts.claims import Claim
from celery_facts.probing import NOTED, Sent, Work, attempt, beat, give_body, load, worked, write, written
from celery_facts.stage import unlike

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples are run in forked processes")


def told(code: str) -> None:
    NOTED.append(code)


class Planted:
    """What a message of somebody else holds."""

    def __reduce__(self) -> Any:
        return told, ("the code of the message ran",)


def planted() -> str:
    app = load().app

    @app.task(name="shop.read")
    def read(what: object) -> None: ...

    ended = worked(app, lambda: app.send_task("shop.read", (Planted(),), serializer="pickle"))
    return str(NOTED[0]) if NOTED else ended


def written_as() -> str:
    app = load().app
    with Sent() as sent:
        app.send_task("shop.read")
    with app.connection_for_read() as connection:
        return str(connection.SimpleQueue("celery").get(block=False).content_type) if sent.messages else "nothing"


def reserved() -> str:
    """How many messages a worker with one thread holds, while it runs the first."""
    from celery.worker import state

    tasks = load()
    running: list[int] = []

    def long() -> None:
        running.append(1)
        time.sleep(3)

    give_body(tasks.export, long)
    for _ in range(8):
        tasks.export.delay()
    work = Work(tasks.app, "threads").start()
    work.wait(lambda: running)
    work.wait(lambda: len(state.reserved_requests) >= 4, 1)
    return f"{len(state.reserved_requests)} reserved"


def runs_of_one_message() -> str:
    """As a worker does with late acknowledgement: the message is taken, and acknowledged when its task has ended; seconds for hours."""
    return redis_server.deliveries(load, lambda tasks: tasks.export.delay())


def kept() -> str:
    redis_server.serve()
    app = load().app
    app.backend.store_result("one", 1, "SUCCESS")
    left = app.backend.client.ttl(app.backend.get_key_for_task("one"))
    return "for ever" if left == -1 else "for an hour" if 3500 < left <= 3600 else f"{left} s"


def sent_or_run() -> str:
    return sent_or_run_by(load("shop.celery").app)


def sent_or_run_here() -> str:
    return sent_or_run_by(load().app)


def sent_or_run_by(app: Any) -> str:
    @app.task(name="shop.report")
    def report() -> None:
        NOTED.append("run")

    with Sent() as sent:
        report.delay()
    return f"{len(sent.messages)} messages, {'run at once' if NOTED else 'not run'}"


def side_by_side() -> str:
    """Two rounds of beat, three seconds for a minute, in a pool of two processes."""
    tasks = load()

    def long() -> None:
        write("begins")
        time.sleep(5)
        write("ends")

    give_body(tasks.sync, long)
    tasks.sync.apply_async()
    work = Work(tasks.app, "prefork", concurrency=2).start()
    work.wait(lambda: written() == ["begins"])
    time.sleep(tasks.app.conf.beat_schedule["sync"]["schedule"])
    alone = bool(work.ended)
    tasks.sync.apply_async()
    work.wait(lambda: written().count("begins") == 2)
    return "one after another" if alone else "side by side"


def run_beyond_its_limit() -> str:
    """In the pool of the example's worker, with a second for twenty."""
    app = load("shop").app
    task = app.tasks["shop.pack"]

    def long(pk: int) -> None:
        time.sleep(3)
        write("ends")

    give_body(task, long)
    app.conf.broker_url = "memory://"
    app.send_task("shop.pack", (1,), time_limit=task.time_limit)
    pool = Path("Procfile").read_text("utf-8").partition("-P ")[2].split()[0]
    work = Work(app, pool).start()
    work.wait(lambda: bool(work.ended) or bool(written()), 12)
    return (work.ended + written())[0] if "ends" not in written() else "ends"


def long_run() -> str:
    """In a pool of processes, a second for five minutes."""
    tasks = load()

    def long() -> None:
        time.sleep(3)
        write("ends")

    give_body(tasks.export, long)
    tasks.export.delay()
    return Work(tasks.app, "prefork").start().runs()


def hour_in_berlin() -> str:
    from datetime import datetime

    from celery_facts.test_schedules import minutes_of_a_day

    app = load("shop.celery").app
    (entry,) = (one for one in beat(app).schedule.values() if one.task == "shop.celery.report")
    (due,) = minutes_of_a_day(app, entry, datetime(2026, 1, 12, tzinfo=app.timezone))
    return f"{due.astimezone(ZoneInfo('Europe/Berlin')):%H:%M} in Berlin"


def connected() -> str:
    os.environ.pop("CELERY_BROKER_URL")
    app = load().app
    return attempt(lambda: app.connection_for_write().transport, "known")


def secured() -> str:
    """With somebody who takes the connection and says nothing."""
    import socket

    os.environ.pop("CELERY_BROKER_URL", None)
    app = load().app
    with socket.create_server(("127.0.0.1", 0)) as server:
        app.conf.broker_url = f"amqps://127.0.0.1:{server.getsockname()[1]}//"
        connection = app.connection_for_write(connect_timeout=0.5)
        ended = attempt(connection.connect, "connected")
    return ended if ended == "TypeError" else "asks the broker"


def understood() -> str:
    app = load("shop.celery").app

    @app.task(name="shop.report")
    def report() -> None: ...

    return worked(app, report.delay)


SECONDS = {"time_limit=4 * 3600": "time_limit=4", '{"visibility_timeout": 5 * 3600}': '{"visibility_timeout": 60}'}


def signed() -> str:
    app = load("shop.celery").app
    app.conf.broker_url = "memory://"
    return attempt(lambda: app.send_task("shop.send"), "sent")


CLAIMS = (
    Claim("TG801", "A worker that takes pickle runs the code of a message.", planted, "the code of the message ran", "thrown away: refused"),
    Claim("TG802", "Messages are pickled, and workers take such ones.", planted, "the code of the message ran", "thrown away: refused"),
    Claim("TG802", "So is what the project itself sends.", written_as, "application/x-python-serialize", "application/json"),
    Claim("TG804", "Each process of a worker holds four messages, unless it is told otherwise.", reserved, "4 reserved", "1 reserved"),
    Claim("TG805", "Redis delivers again what is not acknowledged within the visibility timeout (seconds for hours).", runs_of_one_message, "again and again", "once", SECONDS, needs=("redis", "fakeredis")),
    Claim("TG806", "With `result_expires` of None Redis keeps results for ever.", kept, "for ever", "for an hour", needs=("redis", "fakeredis")),
    Claim("TG807", "`delay()` sends nothing: the task is run at once.", sent_or_run, "0 messages, run at once", "1 messages, not run"),
    Claim("TG808", "Nothing keeps a run apart from the one before that has not ended.", side_by_side, "side by side", "one after another", {'"schedule": 60.0': '"schedule": 3.0', "time_limit=600": "time_limit=30", "time_limit=50": "time_limit=1"}),
    Claim("TG814", "The pool `solo` ends no task that takes too long.", run_beyond_its_limit, "ends", "FAILURE: TimeLimitExceeded", {"time_limit=20": "time_limit=1"}),
    Claim("TG809", "A limit of 0 does not switch the configured one off.", long_run, "FAILURE: TimeLimitExceeded", "ends", {"task_time_limit = 300": "task_time_limit = 1", "4 * 3600": "10"}),
    Claim("TG810", "Without a `timezone` crontabs are read in UTC.", hour_in_berlin, "04:00 in Berlin", "03:00 in Berlin"),
    Claim("TG331", "A text that says no switches `task_always_eager` on.", sent_or_run_here, "0 messages, run at once", "1 messages, not run"),
    Claim("TG811", "A scheme that kombu does not know is a KeyError when the first message is sent.", connected, "KeyError", "known"),
    Claim("TG811", "A broker of RabbitMQ takes `cert_reqs`, and no `ssl_cert_reqs`.", secured, "TypeError", "asks the broker", {'"ampq://localhost"': '"amqps://localhost", broker_use_ssl={"ssl_cert_reqs": 0}', '"amqp://localhost"': '"amqps://localhost", broker_use_ssl={"cert_reqs": 0}'}),
    Claim("TG812", "A worker throws away what is in a format that it does not accept.", understood, "thrown away: refused", "SUCCESS"),
    Claim("TG812", "`auth` is no serializer until `setup_security()` is called.", signed, "SerializerNotInstalled", "sent", {'"pickle"': '"auth"'}),
)  # fmt: skip


def test_claims() -> None:
    assert not unlike("hardening")
