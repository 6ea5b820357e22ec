"""Redis for probes, kept in this process: kombu's and Celery's own code talks to it."""

from __future__ import annotations

import os


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
