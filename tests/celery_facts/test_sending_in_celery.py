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
from celery_apps import message  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


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


# -- TG506 ---------------------------------------------------------------------------------------------------------------


def test_what_sends_on_commit_gives_back_none(monkeypatch):
    tasks = pytest.importorskip("celery.contrib.django.task", reason="from Celery 5.4 on, with Django")
    waiting: list[object] = []
    monkeypatch.setattr(tasks.transaction, "on_commit", waiting.append)
    given = [tasks.DjangoTask().delay_on_commit(1), tasks.DjangoTask().apply_async_on_commit((1,))]
    assert given == [None, None]
    assert len(waiting) == 2


def test_a_signature_that_is_made_sends_nothing(app, work):
    while message(app) is not None:
        pass
    made = work.s(1)
    celery.group(work.s(1), app=app)
    celery.chain(work.s(1), work.s(), app=app)
    celery.chord([work.s(1)], work.s(), app=app)
    work.chunks([(1,)], 1)
    work.map([1])
    made.set(countdown=3).clone()
    made.link(work.s())
    made.on_error(work.s())
    work.delay  # noqa: B018
    assert message(app) is None
    made.delay()
    assert message(app) is not None


def test_a_result_is_no_signature(app, work):
    from taskguard.project.hazards.canvases.unsendable import LACKING

    results = (
        work.delay(1),
        celery.group(work.s(1), app=app).apply_async(),
        celery.chain(work.s(1), work.s(), app=app).delay(),
    )
    assert not [name for name in LACKING for one in results if hasattr(one, name)]


def test_a_signature_is_no_result(app, work):
    from taskguard.project.hazards.canvases.taken_for_results import ONLY_OF_RESULTS

    header = celery.group([work.s(1), work.s(2)], app=app)
    made = (work.s(1), header, celery.chain(work.s(1), work.si(1), app=app), celery.chord(header, work.si(1), app=app))
    for one in made:
        one.apply_async()
        assert not [name for name in ONLY_OF_RESULTS if hasattr(one, name)]
        with pytest.raises(TypeError):
            one.get(timeout=1)
    assert work.s(1).id is None
    assert [one.id for one in made[:2]] == [None, None]


def test_a_result_cannot_be_awaited(app, work):
    """Nor that of a task that is run at once; what `asyncio` is handed has to be awaitable, too."""
    import asyncio

    async def waits(result):
        await result

    async def gathers(result):
        await asyncio.gather(result)

    async def limits(result):
        await asyncio.wait_for(result, 1)

    async def shields(result):
        await asyncio.shield(result)

    async def creates(result):
        await asyncio.create_task(result)

    async def ensures(result):
        await asyncio.ensure_future(result)

    results = (
        work.delay(1),
        work.apply(args=(1,)),
        app.send_task(work.name, (1,)),
        celery.group(work.s(1), app=app).apply_async(),
    )
    for fails in (waits, gathers, limits, shields, creates, ensures):
        for one in results:
            with pytest.raises(TypeError):
                asyncio.run(fails(one))


def test_a_chord_needs_a_body(app, work):
    def made():
        return celery.chord([work.s(1), work.s(2)], app=app)

    for fails in (
        lambda: made().apply_async(work.s(), countdown=3),
        lambda: made().apply_async((work.s(),)),
        lambda: made().apply_async(body=work.s()),
        lambda: made().apply_async((), {"countdown": 3}),
        lambda: made().delay(work.s()),
        lambda: made()(),
        lambda: made()(None),
    ):
        with pytest.raises(AttributeError):
            fails()
    assert made().delay(body=work.s())
    assert made().apply_async(kwargs={"body": work.s()})
    assert made()(work.s())
    assert made()(body=work.s())


# -- TG507 ---------------------------------------------------------------------------------------------------------------


def test_how_long_brokers_wait_for_an_acknowledgement():
    redis = pytest.importorskip("kombu.transport.redis", exc_type=AttributeError)
    sqs = pytest.importorskip("kombu.transport.SQS")
    from taskguard.project.diagnosis.settings.delivery import VISIBLE

    assert {"Redis": redis.Channel.visibility_timeout, "SQS": sqs.Channel.default_visibility_timeout} == VISIBLE


def test_redis_delivers_again_what_waits_longer():
    """Whether a worker waits for the time of a message, or for the end of a task, is the same to the transport: it is unacknowledged."""
    fakeredis = pytest.importorskip("fakeredis")
    redis = pytest.importorskip("kombu.transport.redis", exc_type=AttributeError)
    from unittest.mock import patch

    server = fakeredis.FakeServer()
    with patch.object(redis.Channel, "_create_client", lambda self, **_: fakeredis.FakeStrictRedis(server=server)):
        options = {"visibility_timeout": 1, "unacked_restore_limit": 0}
        with kombu.Connection("redis://localhost", transport_options=options) as connection:
            channel = connection.default_channel
            channel.client.zadd(channel.unacked_index_key, {"tag": 1})
            channel.client.hset(
                channel.unacked_key, "tag", '[{"body": "", "properties": {"delivery_info": {}}}, "", "celery"]'
            )
            channel.qos.restore_visible()
            assert channel.client.llen("celery") == 1


def test_a_worker_keeps_a_message_unacknowledged_until_its_time():
    """As it reads `celery/worker/strategy.py`: a task with an ETA goes to the timer, and the message is acknowledged when it is run."""
    import inspect

    from celery.worker import strategy

    source = inspect.getsource(strategy.default)
    assert "consumer.qos.increment_eventually()" in source and "apply_eta_task, (req,)" in source
