"""What TG321 says of priorities, seen to happen in the transports that Celery uses."""

from __future__ import annotations

import struct

import pytest

pytest.importorskip("celery")

from amqp.basic_message import Message
from kombu import Connection, Queue
from kombu.transport import memory, virtual


@pytest.mark.parametrize("priority", [0, 9, 10, 255])
def test_the_client_of_rabbitmq_takes_one_byte(priority):
    assert Message("", priority=priority)._serialize_properties()


@pytest.mark.parametrize("priority", [256, -1, 2.5, "5", "high"])
def test_it_refuses_anything_else(priority):
    with pytest.raises(struct.error):
        Message("", priority=priority)._serialize_properties()


@pytest.mark.parametrize(("given", "counts"), [(0, 0), (9, 9), (10, 9), (300, 9), (-1, 0), ("high", 0), (None, 0)])
def test_other_transports_keep_zero_to_nine(given, counts):
    channel = Connection("memory://").channel()
    assert isinstance(channel, virtual.Channel)
    assert channel._get_message_priority({"properties": {"priority": given}}) == counts


def test_a_transport_without_priorities_keeps_the_order():
    channel = Connection("memory://").channel()
    assert isinstance(channel, memory.Channel)
    channel._new_queue("kept in order")
    for priority in (0, 9, 5):
        channel._put("kept in order", {"properties": {"priority": priority}})
    assert [channel._get("kept in order")["properties"]["priority"] for _ in range(3)] == [0, 9, 5]


def test_queues_say_their_limit_in_an_argument():
    assert Queue("q", max_priority=9).max_priority == 9
    assert Queue("q", queue_arguments={"x-max-priority": 9}).queue_arguments == {"x-max-priority": 9}


@pytest.mark.parametrize(
    ("steps", "given", "kept_under"),
    [
        (None, 0, 0),
        (None, 5, 3),
        (None, 9, 9),
        (list(range(20)), 15, 9),
        ([1, 2, 3], 0, 3),
    ],
)
def test_redis_walks_its_steps_from_the_first(steps, given, kept_under):
    pytest.importorskip("redis")
    redis = pytest.importorskip("kombu.transport.redis")
    channel = redis.Channel.__new__(redis.Channel)
    assert list(redis.Channel.priority_steps) == [0, 3, 6, 9]
    if steps:
        channel.priority_steps = steps
    assert channel.priority(channel._get_message_priority({"properties": {"priority": given}})) == kept_under
