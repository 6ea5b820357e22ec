"""What the rules about settings that are read otherwise (TG311, TG312, TG314, TG321) say of Celery."""

from __future__ import annotations

import os

import pytest

from celery_facts import redis_server
from celery_facts.claims import Claim
from celery_facts.probing import load, queue_of, starts
from celery_facts.stage import unlike

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples are run in forked processes")


def eager() -> str:
    return f"task_always_eager is {load('shop').app.conf.task_always_eager}"


def default_queue() -> str:
    app = load("shop").app
    return queue_of(lambda: app.send_task("shop.report"))


def started() -> str:
    return starts("tasks")


def first_taken() -> str:
    """Which of two messages a worker takes first from Redis."""
    redis_server.serve()
    tasks = load()

    @tasks.app.task(name="ordinary")
    def ordinary() -> None: ...

    ordinary.delay()
    tasks.alarm.delay()
    with tasks.app.connection_for_read() as connection:
        message = connection.SimpleQueue("celery").get(block=False)
    return f"{message.headers['task']} comes first"


CLAIMS = (
    Claim("TG311", "With a namespace a name without its prefix is not read.", eager, "task_always_eager is False", "task_always_eager is True"),
    Claim("TG312", "Up to 5.6 the source beats what the code sets, from 5.7 on the code wins.", default_queue, {"5.3": "shop", "5.7": "slow"}, "shop"),
    Claim("TG314", "A string is read letter by letter, and the first package that is not there stops the worker.", started, "ModuleNotFoundError", "starts", files={"shop/__init__.py": "", "shop/tasks.py": ""}),
    Claim("TG321", "On Redis 0 comes first, and what is more than 9 last.", first_taken, "ordinary comes first", "tasks.alarm comes first", needs=("redis", "fakeredis")),
)  # fmt: skip


def test_claims() -> None:
    assert not unlike("configuration")
