from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class EvictingBroker(ProjectRule, code="TG815", since="0.1.0"):
    """
    The Redis that is the broker may drop any key when its memory is full.

    ## Why is this bad?
    A queue is one key, a list, and so are the messages that workers hold unacknowledged. With `allkeys-lru` and its like Redis makes room by dropping keys that nobody has touched for a while: a queue of a thousand
    tasks that waits for its worker goes in one piece. Who sent them is told nothing, no worker sees them, and there is no line in a log. With `noeviction` sending fails, and says so. That
    suits a cache; what is a cache and a broker wants two servers, or `volatile-lru`, which drops what has a time to live alone.

    ## Example
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://redis:6379/0")
    ```
    `compose.yml`:
    ```yaml
    services:
      redis:
        image: redis:7
        command: redis-server --maxmemory 256mb --maxmemory-policy allkeys-lru  # warn
      worker:
        build: .
        command: celery -A shop worker
    ```

    ## Use instead
    `shop.py`:
    ```py
    from celery import Celery

    app = Celery("shop", broker="redis://redis:6379/0")
    ```
    `compose.yml`:
    ```yaml
    services:
      redis:
        image: redis:7
        command: redis-server --maxmemory 256mb --maxmemory-policy noeviction
      worker:
        build: .
        command: celery -A shop worker
    ```

    ## Unknown
    Silent where the file has several servers of Redis and names none as the broker, where the broker is another host or none that can be told, where no `--maxmemory` is set, as there is nothing to make room for then, where the
    policy stands in a file of Redis's own that is not mounted from the project, and in compose files for tests.

    ## References
    - [Celery: Redis, key eviction](https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#key-eviction)
    - [Redis: key eviction](https://redis.io/docs/latest/develop/reference/eviction/)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.brokers.evicting import evicting_brokers

        if project.complete:
            yield from said(evicting_brokers(celery_of(project)))
