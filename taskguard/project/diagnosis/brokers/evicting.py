"""Brokers that drop whole queues when their memory is full: a Redis of a compose file that may evict any key, and takes the messages of the workers beside it."""

from __future__ import annotations

from posixpath import normpath

from taskguard.diagnostics import Related
from taskguard.patterns import regex
from taskguard.project.celery.brokers import REDIS, broker_of
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.brokers.written_urls import BROKERS, HOLE, URL, written_urls
from taskguard.project.diagnosis.deployment.queue_readers import owner_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.composed import containers_of
from taskguard.project.python.deployment import joined
from taskguard.project.python.evicting import broker_hosts, evicting_servers, policy_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.composed import Container
    from taskguard.project.python.evicting import Evicting
    from taskguard.project.python.project import Project

# Compose files that start what is thrown away: tests, and servers of CI.
THROWN_AWAY = regex(r"(?:^|[._-])(?:tests?|ci|e2e)(?:[._-]|$)")


def evicting_brokers(system: System) -> Iterator[Fault]:
    """Each server once, with the first worker beside it."""
    project = system.project
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        if in_tests(path) or THROWN_AWAY.search(path.rpartition("/")[2]):
            continue
        servers = tuple(_as_they_are(project, path))
        for one in containers_of(project, path, path) if servers else ():
            owner = owner_of(celery_of(project), one.launch)
            broker = broker_of(owner) if owner is not None else None
            found = _server(system, owner, path, one, servers) if owner is not None else None
            if found is not None and broker is not None and broker.kind == REDIS:
                yield _fault(path, found, one)
                break


def _as_they_are(project: Project, path: str) -> Iterator[Evicting]:
    """The servers of a compose file with the policies that they have, be it by a file that is mounted."""
    for one in evicting_servers(project, path):
        conf = normpath(joined(path.rpartition("/")[0], one.conf)) if one.conf else ""
        policy = (
            policy_of(project, conf) if conf and not conf.startswith("..") and project.is_readable(conf) else one.policy
        )
        if policy:
            yield one.replace(policy=policy, conf=conf)


def _server(
    system: System, owner: Service, path: str, one: Container, servers: tuple[Evicting, ...]
) -> Evicting | None:
    """The server that a worker has for its broker: the one that a URL names, or the only one where none is named."""
    if one.apart:
        return None
    project = system.project
    named = set(broker_hosts(project, path))
    for url in written_urls(system, BROKERS):
        found = URL.match(url.text) if url.service is owner and not named else None
        if found is not None and not url.asked and HOLE not in found[4]:
            named.add(found[4])
    if named:
        return next((server for server in servers if server.name in named), None)
    return servers[0] if servers[0].alone else None


def _fault(path: str, server: Evicting, worker: Container) -> Fault:
    return Fault(
        path,
        server.span,
        f"{server.name} is the broker, and may drop any key when its memory is full ({server.policy}): whole queues with it, and nobody is told",
        "`--maxmemory-policy noeviction` for the broker, and a server of its own for a cache",
        symbol=server.name,
        depends=(server.conf,) if server.conf else (),
        certain=False,
        related=(Related(path, worker.span.line, f"{worker.name} takes its tasks from there"),),
    )
