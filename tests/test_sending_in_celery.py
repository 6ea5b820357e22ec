"""What the rules about calls that send a task say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import enum
import io
import pathlib
import re
from collections import deque, namedtuple
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import pytest

celery = pytest.importorskip("celery")
kombu = pytest.importorskip("kombu")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def app():
    made = celery.Celery("claims", broker="memory://", backend="cache+memory://", set_as_current=False)
    made.task = partial(made.task, shared=False)
    return made


@pytest.fixture
def work(app):
    @app.task(name="claims.work")
    def work(*args, **kwargs):
        return args

    app.finalize()
    return work


def message(app):
    """The message that was sent last."""
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        found = None
        while True:
            try:
                found = queue.get(block=False)
                found.ack()
            except queue.Empty:
                return found


# -- TG503 ---------------------------------------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = "red"


class Kind(str, enum.Enum):
    NEW = "new"


@dataclass
class Point:
    x: int = 1


class Plain: ...


class Bag(dict): ...


class Told:
    def __json__(self):
        return {"x": 1}


UNFIT = [
    {1}, frozenset(), {1} - {2}, timedelta(1), Colour.RED, Point(), Plain(), Plain, pathlib.Path("x"), ValueError("x"), lambda: 1, (one for one in ()),
    {}.keys(), {}.values(), {}.items(), map(str, ()), filter(None, ()), zip((), ()), range(3), reversed([]), deque(), io.BytesIO(), re.compile("x"), bytearray(b"x"), 1j,
    partial(len), SimpleNamespace(), timezone.utc, [{"a": {1}}], {"a": Plain()}, object(), len,
]  # fmt: skip
FIT = [
    [1], {"a": 1}, (1, 2), Kind.NEW, Bag(x=1), Told(), datetime.now(timezone.utc), Decimal(1), uuid4(), namedtuple("Pair", "a")(1), list({1}), Colour.RED.value,
]  # fmt: skip


@pytest.mark.parametrize("given", UNFIT, ids=lambda one: type(one).__name__)
def test_json_cannot_take(work, given):
    for send in (
        lambda: work.delay(given), lambda: work.apply_async((), {"x": given}), lambda: work.s(given).apply_async(),
        lambda: work.app.send_task("claims.work", args=[given]), partial(work.delay, given),
    ):  # fmt: skip
        with pytest.raises(kombu.exceptions.EncodeError):
            send()


@pytest.mark.parametrize("given", FIT, ids=lambda one: type(one).__name__)
def test_json_takes(work, given):
    work.delay(given)
    work.delay(x=[given])


def test_tasks_and_their_results_cannot_be_sent(work):
    for given in (work, work.delay(1)):
        with pytest.raises(kombu.exceptions.EncodeError):
            work.delay(given)
    work.delay(work.s(1))


def test_pickle_takes_most(work):
    for given in ({1}, timedelta(1), Colour.RED, Point(), Plain(), ValueError("x")):
        work.apply_async((given,), serializer="pickle")


def test_nothing_is_written_where_it_is_run_here(work):
    assert work.s({1}).apply().result == ({1},)


def test_what_is_given_back_fails_the_task_where_results_are_kept(app):
    @app.task(name="claims.back")
    def back():
        return {1}

    @app.task(name="claims.quiet", ignore_result=True)
    def quiet():
        return {1}

    app.finalize()
    from celery.app.trace import build_tracer

    for task, state in ((back, "FAILURE"), (quiet, "SUCCESS")):
        uuid = str(uuid4())
        request = {"id": uuid, "is_eager": False, "delivery_info": {}, "ignore_result": task.ignore_result}
        traced = build_tracer(task.name, task, app=app)(uuid, (), {}, request)
        assert (traced.info.state if traced.info is not None else "SUCCESS") == state


# -- TG504 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["coutdown", "max_retries", "acks_late", "delay"])
def test_options_that_nothing_reads_are_thrown_away(app, work, option):
    work.apply_async((1,), **{option: 5})
    work.s(1).set(**{option: 5}).apply_async()
    app.send_task("claims.work", (1,), **{option: 5})
    assert message(app).headers["eta"] is None
    assert app.tasks["claims.work"].max_retries == 3


def test_an_argument_that_is_given_as_an_option_does_not_arrive(app):
    @app.task(name="claims.named")
    def named(pk, copy=False): ...

    app.finalize()
    named.apply_async((1,), copy=True)
    assert message(app).payload[1] == {}


@pytest.mark.parametrize("option", ["delay", "coutdown"])
def test_retry_throws_options_away(app, option):
    waits = []

    @app.task(name="claims.again", bind=True, max_retries=1)
    def again(self):
        raise self.retry(**{option: 5})

    app.finalize()
    again.push_request(id="x", called_directly=False, args=(), kwargs={}, delivery_info={}, retries=0)
    with pytest.raises(celery.exceptions.Retry) as raised:
        again.run()
    waits.append(raised.value.when)
    again.pop_request()
    assert waits == [180]


def test_the_rule_knows_what_a_call_reads(app):
    """All parameters that have a name, of `apply_async` down to the producer."""
    import inspect

    from celery.app.amqp import AMQP
    from kombu.messaging import Producer

    from taskguard.celery_options import CALL, OF_METHOD

    read = set()
    for function in (celery.Task.apply_async, celery.Celery.send_task, AMQP.as_task_v2, Producer.publish):
        read.update(inspect.signature(function).parameters)
    sender = inspect.signature(app.amqp.send_task_message).parameters
    read.update(sender)
    left = read - CALL - {"self", "options", "kwargs", "properties", "name", "body", "message"}
    assert not left
    assert set(inspect.signature(celery.Task.retry).parameters) - {"self", "options"} <= CALL | OF_METHOD["retry"]
