"""URLs of brokers and result backends whose server Celery speaks to by a package that it does not bring, and that no list of requirements has."""

from __future__ import annotations

from taskguard.project.diagnosis.brokers.written_urls import BACKENDS, BROKERS, URL, written_urls
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import to_copy
from taskguard.project.python.unlisted import is_unlisted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.system import System

# The package that a scheme needs (kombu/transport/redis.py, celery/backends/redis.py).
CLIENTS = {"redis": "redis", "rediss": "redis"}


def lacking_clients(system: System) -> Iterator[Fault]:
    """The first URL for each package."""
    told: set[str] = set()
    for one in written_urls(system, (*BROKERS, *BACKENDS)):
        found = URL.match(one.text)
        scheme = found[1] if found is not None else ""
        client = CLIENTS.get(scheme.partition("+")[0].lower())
        if client is None or client in told or to_copy(one.path):
            continue
        told.add(client)
        locked = is_unlisted(system.project, client)
        if locked is None:
            continue
        kind = "results" if one.setting in BACKENDS else "the broker"
        yield Fault(
            one.path, one.span, f"{scheme}:// for {kind} needs the package {client}, and none of the project's requirements names it: Celery ends in an ImportError",
            f"require `celery[{client}]`", symbol=one.setting, certain=locked and not one.asked,
        )  # fmt: skip
