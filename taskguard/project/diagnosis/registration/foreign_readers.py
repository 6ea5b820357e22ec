"""Tasks that are sent to a queue of which all readers are workers that do not import them: each message is thrown away as one of an unregistered task."""

from __future__ import annotations

from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import written_down
from taskguard.project.celery.registered import services_of
from taskguard.project.diagnosis.deployment.queue_readers import by_hand, is_own, owner_of, read_by
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.sends import Sent, sendings, sends, tasks_of_sent
from taskguard.project.registry.spoken import spoken
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.tasks.task import Task

    # The workers' starts that read a queue, by the service.
    Readers = dict[Service, list[Launch]]


class Stranger(Record):
    """A place, `sent`, that sends `tasks` to a queue of which the workers of `readers` alone read, by `launch` the first of them; `owner` is one that imports the first task."""

    sent: Sent
    tasks: tuple[Task, ...]
    readers: tuple[Service, ...]
    launch: Launch
    owner: Service


def strangers(system: System) -> Iterator[Stranger]:
    """Each place once."""
    held = _readers(system)
    if held is None or by_hand(system):
        return
    for sent in sends(system):
        readers = held.get(sent.queue)
        if not readers or in_tests(sent.path) or (sent.queue in spoken(system) and not _said(system, sent, readers)):
            continue
        tasks, owners = [], []
        for task in _tasks(system, sent):
            owner = _owner(system, task, readers)
            if owner is not None:
                tasks.append(task)
                owners.append(owner)
        if tasks and is_own(system, sent):
            first = min((launch for one in readers.values() for launch in one), key=lambda one: one.path)
            yield Stranger(sent, tuple(tasks), tuple(readers), first, owners[0])


def _readers(system: System) -> dict[str, Readers] | None:
    """The workers that read each queue; None where not all can be told, or all are of one service."""
    deployed = system.project.evidence.deployment
    workers = [one for one in deployed.launches if one.step in ("worker", "multi") and not in_tests(one.path)]
    if len({one.app for one in workers}) < 2 or len(system.serving) < 2:
        return None
    if any(not in_tests(path) for path in deployed.unclear):
        return None
    made: dict[str, Readers] = {}
    owners = set()
    for launch in workers:
        owner = owner_of(system, launch)
        read = read_by(launch, owner) if owner is not None and not launch.open else None
        if owner is None or read is None:
            return None
        owners.add(owner)
        for queue in read:
            made.setdefault(queue, {}).setdefault(owner, []).append(launch)
    return made if len(owners) > 1 else None


def _said(system: System, sent: Sent, readers: Readers) -> bool:
    """Whether what is written about the project has none but these workers read a queue."""
    for one in written_down(system.project):
        owner = owner_of(system, one) if one.step in ("worker", "multi") else None
        if one.step not in ("worker", "multi") or owner in readers:
            continue
        read = one.queues if owner is None else read_by(one, owner)
        if one.open or read is None or sent.queue in read:
            return False
    return True


def _tasks(system: System, sent: Sent) -> list[Task]:
    """The tasks that somebody sends to a queue as this place says."""
    tasks = tasks_of_sent(sent)
    if tasks is not None:
        return [task for task in tasks if any(not told for told in sendings(system, task))]
    return list(sent.called) or (system.named(sent.subject) if sent.subject is not None else [])


def _owner(system: System, task: Task, readers: Readers) -> Service | None:
    """A service whose worker imports a task, where surely none of those that read the queue registers one of its name."""
    name = task.name.value
    if not isinstance(name, str) or in_tests(task.path) or task.trial:
        return None
    for twin in {id(one): one for one in (task, *system.named(name))}.values():
        if any(discovery_of(one).holds(twin.module) is not False for one in readers):
            return None
    owners = (one for one in services_of(task) if one not in readers and not one.test)
    return next((one for one in owners if discovery_of(one).holds(task.module) is True), None)
