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
from celery_apps import bare, unshared  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def app():
    return unshared(bare())


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


# -- TG506 ---------------------------------------------------------------------------------------------------------------


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


# -- TG507 ---------------------------------------------------------------------------------------------------------------


def test_how_long_brokers_wait_for_an_acknowledgement():
    redis = pytest.importorskip("kombu.transport.redis", exc_type=AttributeError)
    sqs = pytest.importorskip("kombu.transport.SQS")
    from taskguard.project.diagnosis.delivery import VISIBLE

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


# -- TG508 ---------------------------------------------------------------------------------------------------------------


def test_the_result_of_a_task_that_ignores_it_is_none_at_once(app, work):
    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(): ...

    for result in (quiet.delay(), work.apply_async(ignore_result=True)):
        assert result.get() is None  # nobody runs the task
        assert result.state == "PENDING" and not result.ready() and not result.successful()
    with pytest.raises(celery.exceptions.TimeoutError):
        quiet.apply_async(ignore_result=False).get(timeout=0.1)
    app.conf.task_ignore_result = True

    @app.task(name="claims.by_settings")
    def by_settings(): ...

    @app.task(name="claims.loud", ignore_result=False)
    def loud(): ...

    assert by_settings.delay().get() is None
    with pytest.raises(celery.exceptions.TimeoutError):
        loud.delay().get(timeout=0.1)


@pytest.mark.parametrize("ask", ["get", "ready", "successful", "failed", "state", "result"])
def test_without_a_backend_a_result_cannot_be_asked_for(ask):
    app = celery.Celery("claims", broker="memory://", set_as_current=False)

    @app.task(name="claims.work", shared=False)
    def work(): ...

    result = work.delay()

    def asked():
        held = getattr(result, ask)
        return held()

    with pytest.raises((NotImplementedError, AttributeError)):
        asked()


def test_a_chord_waits_for_results_that_are_ignored(app):
    """With a backend that is asked again and again (`cache`), the body is sent when all results are there."""
    ran = []

    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(): ...

    @app.task(name="claims.loud")
    def loud(): ...

    @app.task(name="claims.body")
    def body(results):
        ran.append(results)

    app.finalize()
    from celery.result import GroupResult

    for task, ready in ((quiet, False), (loud, True)):
        results = [task.apply_async() for _ in range(2)]
        for one in results:
            task.backend.mark_as_done(one.id, 1, store_result=task is loud)
        assert GroupResult("x", results, app=app).ready() is ready


def test_a_chain_and_a_group_wait_for_results_that_are_ignored(app):
    """What they wait for has no say of whether the task keeps it: only a task alone gives None at once."""

    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(*args): ...

    @app.task(name="claims.loud")
    def loud(*args): ...

    app.finalize()
    ends = (
        celery.chain(loud.s(1), quiet.s()),
        loud.s(1) | quiet.s(),
        celery.group(quiet.s(1), quiet.s(2)),
        celery.group(loud.s(1), quiet.s(2)),
    )
    for canvas in ends:
        result = canvas.apply_async()
        if canvas is ends[-1]:
            app.backend.mark_as_done(result.results[0].id, 1)
        with pytest.raises(celery.exceptions.TimeoutError):
            result.get(timeout=0.1)
        assert not result.ready()
    assert quiet.s(1).delay().get() is None


def test_without_a_backend_no_chord_is_sent_and_no_id_has_a_state():
    app = celery.Celery("claims", broker="memory://", set_as_current=False)

    @app.task(name="claims.work", shared=False)
    def work(*args): ...

    for canvas in (celery.chord([work.s(1), work.s(2)], work.s()), celery.group(work.s(1), work.s(2)) | work.s()):
        with pytest.raises(NotImplementedError):
            canvas.clone().apply_async()
    with pytest.raises(NotImplementedError):
        app.AsyncResult("x").get()
    for ask in ("state", "status", "result", "info"):
        with pytest.raises(AttributeError):
            getattr(work.AsyncResult("x"), ask)
    with pytest.raises((NotImplementedError, AttributeError)):
        celery.group(work.s(1), work.s(2))().get()
    with pytest.raises((NotImplementedError, AttributeError)):
        celery.chain(work.s(1), work.s())().get()


def test_who_waits_by_name_or_by_an_id_does_not_know_that_the_result_is_ignored(app):
    @app.task(name="claims.quiet", ignore_result=True)
    def quiet(): ...

    app.finalize()
    for result in (app.send_task("claims.quiet"), quiet.AsyncResult("x")):
        with pytest.raises(celery.exceptions.TimeoutError):
            result.get(timeout=0.1)


def test_rpc_knows_no_chords():
    app = celery.Celery("claims", broker="memory://", backend="rpc://", set_as_current=False)

    @app.task(name="claims.work", shared=False)
    def work(*args): ...

    for canvas in (celery.chord([work.s(1)], work.s()), celery.group(work.s(1), work.s(2)) | work.s()):
        with pytest.raises(NotImplementedError, match="does not support chords"):
            canvas.apply_async()


# -- TG602 ---------------------------------------------------------------------------------------------------------------


def test_a_soft_limit_that_is_given_where_a_task_is_sent_goes_with_the_message(app, work):
    work.apply_async((1,), soft_time_limit=60)
    assert message(app).headers["timelimit"] == [None, 60]
    work.s(1).set(soft_time_limit=30).apply_async()
    assert message(app).headers["timelimit"] == [None, 30]


# -- TG604 ---------------------------------------------------------------------------------------------------------------


def test_retries_begin_anew_where_a_task_sends_itself(app, work):
    """A message that a task sends is a new one: what was counted before is not in it."""

    @app.task(name="claims.again", bind=True, max_retries=1)
    def again(self):
        self.apply_async()

    app.finalize()
    from celery.app.trace import build_tracer

    request = {"id": "x", "retries": 1, "is_eager": False}
    build_tracer(again.name, again, app=app)("x", (), {}, request)
    assert message(app).headers["retries"] == 0


# -- TG606 ---------------------------------------------------------------------------------------------------------------


def test_a_task_is_made_once_with_what_its_class_sets_up(app):
    made = []

    class Base(celery.Task):
        abstract = True

        def __init__(self):
            made.append(self)
            self.rows = []

    @app.task(name="claims.filled", bind=True, base=Base)
    def filled(self, row):
        self.rows.append(row)
        return list(self.rows)

    app.finalize()
    before = len(made)
    assert [filled.apply((one,)).get() for one in (1, 2)] == [[1], [1, 2]]
    assert len(made) == before
