"""Redis for probes, kept in this process: kombu's and Celery's own code talks to it."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def serve() -> None:
    """Each client of Redis that kombu or Celery makes from now on talks to one server."""
    for name in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"):
        os.environ.pop(name, None)
    import fakeredis
    from celery.backends.redis import RedisBackend
    from kombu.transport import redis

    server = fakeredis.FakeServer()
    redis.Channel._create_client = lambda self, asynchronous=False: fakeredis.FakeStrictRedis(server=server)
    RedisBackend._create_client = lambda self, **options: fakeredis.FakeStrictRedis(server=server)


def deliveries(load: Callable[[], Any], send: Callable[[Any], object]) -> str:
    """How often a message is taken that nobody acknowledges; seconds for hours. `load` gives the tasks, `send` sends one."""
    serve()
    from kombu.transport import redis

    redis.Channel.visibility_timeout = 1
    tasks = load()
    tasks.app.conf.broker_transport_options = {**tasks.app.conf.broker_transport_options, "unacked_restore_limit": 0}
    send(tasks)
    times = 0
    with tasks.app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        end = time.monotonic() + 3
        while time.monotonic() < end:
            try:
                queue.get(block=False)
                times += 1
            except queue.Empty:
                connection.default_channel.qos.restore_visible()
            time.sleep(0.1)
    return "once" if times == 1 else "again and again" if times > 1 else "never"
