"""Queues that no worker of one deployment reads, though a worker that is started elsewhere does: what is sent there piles up in that deployment alone."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.discovery.markers import is_of_railway
from taskguard.project.celery.model import Service
from taskguard.project.celery.queues import default_queue
from taskguard.project.celery.registered import tasks_of
from taskguard.project.diagnosis.deployment.launch_texts import place
from taskguard.project.diagnosis.deployment.queue_readers import (
    DOCS,
    TRYING,
    addressed,
    goes_there,
    is_own,
    others_of,
    owner_of,
    read_by,
    read_by_code,
    started_in_code,
    started_in_docs,
)
from taskguard.project.diagnosis.deployment.sites import (
    Site,
    is_whole,
    on_platform,
    overlaid,
    site_of,
    sites_of,
    starts_web,
    whole_around,
)
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.foreign import own_packages
from taskguard.project.registry.sends import Sent, sendings, tasks_of_sent
from taskguard.project.registry.spoken import queues_named
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.tasks.task import Task

    # The files whose workers read a queue, by the queue and the service.
    Readers = dict[tuple[str, Service], list[str]]


class Missed(Record):
    """A queue that a deployment, `site`, misses: `path` and `span` are those of a worker's start there, `read` is what its workers read, `reader` the file that
    starts a worker for the queue elsewhere. `sent` are the places that send to it; where it is the default queue, `tasks` are those that go there."""

    queue: str
    path: str
    span: Span
    site: str
    read: tuple[str, ...]
    reader: str
    sent: tuple[Sent, ...] = ()
    tasks: tuple[Task, ...] = ()


def missed_queues(system: System) -> Iterator[Missed]:
    """Each queue once for each deployment."""
    held = [(one, _read(system, one.launches)) for one in sites_of(system).values() if one.live]
    sites = [(site, *read) for site, read in held if read is not None and read[1]]
    if not sites:
        return
    sent: dict[tuple[str, tuple[Service, ...]], list[Sent]] = {}
    for services, one in addressed(system):
        sent.setdefault((one.queue, services), []).append(one)
    for site, read, mine in sites:
        lacking = _lacking(system, site, read, mine, sent)
        if not lacking or not is_whole(system, site) or read_by_code(system) is None:
            continue
        overlay = _read(system, overlaid(system, site))
        named = {queue for path in site.files for queue in queues_named(system.project, path)}
        for lack in lacking:
            # What stands behind `-Q` in a comment is known to be left out.
            if overlay is not None and lack.queue not in overlay[0] and lack.queue not in named:
                yield lack


def _lacking(
    system: System,
    site: Site,
    read: frozenset[str],
    mine: frozenset[Service],
    sent: dict[tuple[str, tuple[Service, ...]], list[Sent]],
) -> list[Missed]:
    """The queues to which something goes, that the workers of a deployment do not read, and that others do."""
    made = []
    for (queue, services), places in sent.items():
        if queue in read or not mine & set(services):
            continue
        reader = _reader(system, site, queue, services)
        own = tuple(one for one in places if _is_sent(system, one)) if reader else ()
        if own:
            made.append(_missed(system, site, queue, reader).replace(sent=own))
    for service in sorted(mine, key=lambda one: one.dotted):
        default = default_queue(service).value
        if not isinstance(default, str) or default in read or any(one.queue == default for one in made):
            continue
        tasks = tuple(task for task in tasks_of(service) if goes_there(system, service, task))
        reader = _reader(system, site, default, (service,)) if tasks else ""
        if reader:
            made.append(_missed(system, site, default, reader).replace(tasks=tasks))
    return made


def _is_sent(system: System, sent: Sent) -> bool:
    """Whether somebody sends to a queue what a place says: a call or a schedule of a task, or a declaration or a route of tasks that others send."""
    if not is_own(system, sent):
        return False
    tasks = tasks_of_sent(sent)
    if tasks is None:  # a schedule for a name that no task has is another rule's
        return sent.subject is None or bool(system.named(sent.subject))
    return any(not told for task in tasks for told in sendings(system, task))


def _missed(system: System, site: Site, queue: str, reader: str) -> Missed:
    workers = _own_workers(site)
    span = place(system.project.text(workers[0].path) or "", workers[0].app)
    return Missed(queue, workers[0].path, span, site.path, tuple(sorted(_own_queues(system, site))), reader)


def _own_workers(site: Site) -> list[Launch]:
    """The workers that the files of a deployment start themselves; where these only name others that do, all."""
    workers = [one for one in site.launches if one.step == "worker"]
    return [one for one in workers if one.path.startswith(site.path) or is_of_railway(one.path)] or workers


def _own_queues(system: System, site: Site) -> frozenset[str]:
    held = _read(system, _own_workers(site))
    return held[0] if held is not None else frozenset()


def _is_named(system: System, name: str, service: Service) -> bool:
    """Whether `-A` names something of this house: a package, or the module of an app from whatever folder."""
    inside = f"/{name.replace('.', '/')}.py"
    return name.partition(".")[0] in own_packages(system) or f"/{service.module.path}".endswith(inside)


def _reader(system: System, site: Site, queue: str, services: tuple[Service, ...]) -> str:
    """A file that starts a worker for a queue, and that is no part of a deployment; empty where there is none, or where it may be one."""
    if any(queue in others_of(one) for one in system.live if one not in services):
        return ""
    readers = _readers(system)
    found = {path for service in services for path in readers.get((queue, service), ()) if path not in site.files}
    if any(_may_belong(system, site, path, readers) for path in found):
        return ""
    return min(
        found,
        key=lambda path: (not site_of(system, path), TRYING.search(path.lower()) is not None, path),
        default="",
    )


def _may_belong(system: System, site: Site, path: str, readers: Readers) -> bool:
    """Whether the workers that a file starts may complete those of a deployment, on the same machine or on another one, and do not stand in place of them."""
    mine = _own_queues(system, site)
    if path.endswith(DOCS):  # its workers stand in place of those of the deployment where they do all that these do
        return not mine <= {queue for (queue, _), paths in readers.items() if path in paths}
    if TRYING.search(path.lower()):
        return False
    around = whole_around(system, path)
    if around:
        return all(
            one.live and not _stand_apart(one, site) and mine.isdisjoint(_own_queues(system, one)) for one in around
        )
    if not site_of(system, path) and starts_web(system, path):
        return False
    # A script that reads all that the workers of one deployment read starts those by hand; one that reads less may run beside any.
    read = {queue for (queue, _), paths in readers.items() if path in paths}
    others = [_own_queues(system, one) for one in sites_of(system).values() if one.path != site.path]
    return not mine <= read and not any(len(one) > 1 and one <= read for one in others)


def _stand_apart(one: Site, other: Site) -> bool:
    """Whether one of two sites is what a platform runs and the other is not: each has all of it."""
    return on_platform(one.path) != on_platform(other.path)


@query
def _readers(system: System) -> Readers:
    made: Readers = {}
    started = (*system.project.evidence.deployment.launches, *(started_in_code(system) or ()), *started_in_docs(system))
    for launch in started:
        held = _read(system, (launch,)) if launch.step == "worker" and not in_tests(launch.path) else None
        for queue in held[0] if held is not None else ():
            for service in held[1] if held is not None else ():
                paths = made.setdefault((queue, service), [])
                if launch.path not in paths:
                    paths.append(launch.path)
    return made


def _read(system: System, launches: Iterable[Launch]) -> tuple[frozenset[str], frozenset[Service]] | None:
    """The queues that workers read, and the services that they are of; None where that is not all said."""
    made: set[str] = set(system.project.settings.celery.queues)
    services: set[Service] = set()
    for launch in launches:
        if launch.step not in ("worker", "multi"):
            continue
        service = owner_of(system, launch)
        if launch.open or service is None or service.test:
            return None
        if not _is_named(system, launch.app.partition(":")[0], service):
            return None  # what a program that is not of this house brings
        services.add(service)
        read = read_by(launch, service)
        if read is None:
            return None
        made.update(read)
    return frozenset(made), frozenset(services)
