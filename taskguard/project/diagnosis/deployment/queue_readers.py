"""Queues that something is sent to and that no worker reads, as far as deployment files start all workers and say which queues these read."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.discovery.markers import PROGRAMS, ROOTS
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import launched, written_down
from taskguard.project.celery.forgotten import is_unsent
from taskguard.project.celery.model import Service
from taskguard.project.celery.queues import default_queue, queues_open
from taskguard.project.celery.registered import tasks_of
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.text_questions import STARTS, started_by_code, starts, starts_one
from taskguard.project.diagnosis.deployment.launch_texts import place
from taskguard.project.python.deployment import WEB
from taskguard.project.python.exported import binds_name
from taskguard.project.python.site_texts import is_for_developers
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.foreign import foreign_queues
from taskguard.project.registry.sends import (
    Sent,
    by_default,
    is_scheduled,
    lost_defaults,
    queue_names,
    sendings,
    sends,
    tasks_of_sent,
    told_each_time,
    undeclared_queues,
)
from taskguard.project.registry.spoken import in_notes, spoken
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.tasks.task import Task

# Code that may start one: a list of words, a command that is run, `-Q` before what is worked out or as an option of a script.
MAY_START = ("celery", "--queues", "-Q ")
DOCS = (".md", ".rst")
# What says that a file starts all of a site, the worker and what sends to it, and which files are there for a developer alone.
DEPLOYS = (
    "compose",
    "Procfile",
    "render.y",
    "heroku.y",
    "fly.",
    "k8s",
    "deploy",
    "values",
    "supervisor",
    ".service",
    "worker",
    "celery",
)
# What supervisord starts stands in files of any name, `supervisord.d/web.conf`: their sections tell.
PROGRAM = regex(r"^[ \t]*\[program:", re.M)
TRYING = regex(r"(?<![a-z])(?:dev|develop|development|local|tests?|debug|override|example|sample|ci|old|bak)(?![a-z])")

# What a file of a deployment says that may have to do with workers.
SAYS = regex(r"(?i)(?<![\w-])(?:celery|workers?|beat)\b")


class Unread(Record):
    """A queue that none of the workers reads. `sent` is the first place that sends to it, `others` are the further ones, `read` the queues that the
    workers do read, `places` the files that start them, or with `written` those in which it is written how to."""

    sent: Sent
    others: tuple[Sent, ...]
    read: tuple[str, ...]
    places: tuple[str, ...]
    written: bool


def unread_queues(system: System) -> Iterator[Unread]:
    """Each queue once, without those that are not declared either."""
    known = {service: _read(system, service) for service in system.live}
    written = not any(known.values())
    if written:
        known = {service: _written(system, service) for service in system.live}
    if not any(known.values()):
        return
    found: dict[tuple[str, tuple[Service, ...]], list[Sent]] = {}
    running = {owner_of(system, launch) for launch in system.project.evidence.deployment.launches}
    for everyone, sent in addressed(system):
        # An app of which nothing starts a worker has none where all others have theirs: what it shares with these is theirs to take.
        services = tuple(one for one in everyone if one in running) or everyone
        held = [known.get(service) for service in services]
        names = {name for one in held if one is not None for name in one[0]}
        names.update(*(others_of(one) for one in system.live if one not in services))
        if not held or None in held or sent.queue in names or sent.queue in spoken(system):
            continue
        by_code = read_by_code(system)
        if by_code is not None and sent.queue not in by_code and is_own(system, sent):
            found.setdefault((sent.queue, services), []).append(sent)
    placed: set[tuple[str, object, str]] = set()
    for (_, services), (first, *others) in found.items():
        # Settings that several apps read say it once.
        key = (first.path, first.span, first.queue)
        if key in placed or all(_is_idle(one) for one in (first, *others)):
            continue
        placed.add(key)
        started = [one for one in map(known.get, services) if one is not None]
        files = dict.fromkeys(launch.path for one in started for launch in one[1])
        yield Unread(
            first, tuple(others), tuple(sorted(set().union(*(one[0] for one in started)))), tuple(files), written
        )


def addressed(system: System) -> Iterator[tuple[tuple[Service, ...], Sent]]:
    """What code sends outside of tests, with the services of which one has to read the queue; without what is not declared either."""
    told = {(one.path, one.span) for one in undeclared_queues(system)}
    for sent in sends(system):
        owner = system.owner(sent.task) if sent.task is not None else None
        if (sent.path, sent.span) not in told and not in_tests(sent.path):
            yield (_of_modules(sent.services) if owner is None else (owner,)), sent


def is_own(system: System, sent: Sent) -> bool:
    """Whether a queue is one of the project's own, and something goes there from this place."""
    if sent.queue in foreign_queues(system):
        return False
    tasks = tasks_of_sent(sent)
    return tasks is None or not all(told_each_time(system, task) for task in tasks)


def _is_idle(sent: Sent) -> bool:
    """Whether a queue is said of tasks alone that nobody sends as yet: nothing piles up there."""
    tasks = tasks_of_sent(sent)
    return tasks is not None and all(map(is_unsent, tasks)) and not is_scheduled(sent)


def others_of(service: Service) -> set[str]:
    """The queues that the workers of another service read unless they are told others: what is sent there may be meant for them."""
    default = default_queue(service).value
    return {*(queue_names(service) or ()), *((default,) if isinstance(default, str) and not service.test else ())}


def _of_modules(services: tuple[Service, ...]) -> tuple[Service, ...]:
    """Of several services those that a worker can be started from: what a function makes is no name of its module."""
    held = tuple(one for one in services if binds_name(one.module, one.variable) is not False)
    return held if len(services) > 1 and held else services


class Unserved(Record):
    """The default queue of a service, which none of its workers reads although so many tasks go there. `path` and `span` are those of a worker's start."""

    queue: str
    path: str
    span: Span
    service: Service
    tasks: tuple[Task, ...]
    read: tuple[str, ...]


def unserved_defaults(system: System) -> Iterator[Unserved]:
    """The services whose workers read other queues only."""
    lost = {one.service for one in lost_defaults(system)}
    for service in system.live:
        held = _read(system, service) if service not in lost else None
        default = default_queue(service).value
        if held is None or not isinstance(default, str) or default in {*held[0], *spoken(system)}:
            continue
        tasks = tuple(task for task in tasks_of(service) if goes_there(system, service, task))
        by_code = read_by_code(system) if tasks else None
        if by_code is not None and default not in by_code:
            launch = next((one for one in held[1] if _whole(system, one.path)), held[1][0])
            span = place(system.project.text(launch.path) or "", launch.app)
            yield Unserved(default, launch.path, span, service, tasks, tuple(sorted(held[0])))


def goes_there(system: System, service: Service, task: Task) -> bool:
    """Whether somebody sends a task, and names no queue. One that is there to try a worker out counts where a schedule sends it again and again."""
    if in_tests(task.module.path) or discovery_of(service).holds(task.module) is not True:
        return False
    if task.trial and not any(entry.task.value == task.name.value for one in system.live for entry in beat_of(one)):
        return False
    return by_default(service, task) and not all(sendings(system, task, canvas=False))


def _read(system: System, service: Service) -> tuple[frozenset[str], tuple[Launch, ...]] | None:
    """The queues that the workers of a service read, and how these are started; None where that is not all said."""
    held = system.project.evidence.deployment
    if service.test or any(not in_tests(path) for path in held.unclear):
        return None
    mine = []
    for launch in held.launches:
        if launch.step not in ("worker", "multi") or in_tests(launch.path):
            continue
        if launch.open:
            return None
        owner = owner_of(system, launch)
        if owner is None:
            return None
        if owner is service:
            mine.append(launch)
    made: set[str] = set(system.project.settings.celery.queues)
    for launch in mine:
        read = read_by(launch, service)
        if read is None:
            return None
        made.update(read)
    if all(TRYING.search(one.path) or own_machine(system, one.path) for one in mine):
        return None
    if not any(launch.queues for launch in mine) and not any(_whole(system, launch.path) for launch in mine):
        return None
    return frozenset(made), tuple(mine)


def _written(system: System, service: Service) -> tuple[frozenset[str], tuple[Launch, ...]] | None:
    """As `_read`, of the workers that are written down, in a README or above the app: where no file of a deployment says a word of Celery or a worker, who does what is written has no others."""
    project = system.project
    told = (*sorted(project.markers), *(one for one in project.notes if not one.endswith(DOCS)))
    if service.test or any(finds(project, one, SAYS) for one in told if one.rpartition("/")[2] not in ROOTS):
        return None
    made: set[str] = set(project.settings.celery.queues)
    workers = [one for one in written_down(project) if one.step in ("worker", "multi")]
    for launch in workers:
        read = read_by(launch, service) if owner_of(system, launch) is service and not launch.open else None
        if read is None or TRYING.search(launch.path.lower()):
            return None
        made.update(read)
    # What a script prints may be the one worker of which it speaks.
    whole = any(one.path.endswith(DOCS) or one.path in (service.path, service.maker.path) for one in workers)
    return (frozenset(made), tuple(workers)) if whole else None


def read_by(launch: Launch, service: Service) -> frozenset[str] | None:
    """The queues that a worker of a service reads: those that it is told, else those that the settings list, else the default one. None where these cannot be told."""
    if launch.queues is not None:
        return frozenset(launch.queues)
    default = default_queue(service).value
    if configuration(service).open or not isinstance(default, str) or queues_open(service):
        return None
    return queue_names(service) or frozenset((default,))


def _whole(system: System, path: str) -> bool:
    """Whether a file is one that starts a site as a whole, or belongs to several that do, and not for a developer alone."""
    folder, _, name = path.rpartition("/")
    if (
        not (any(word in name for word in DEPLOYS) or _is_supervised(system, path))
        or TRYING.search(path)
        or name.endswith((".sh", ".bat", ".ps1", ".py"))
        or own_machine(system, path)
    ):
        return False
    beside = (one for one in system.project.markers if one.rpartition("/")[0] == folder and "compose" not in name)
    texts = (system.project.text(one) or "" for one in (path, *beside))
    return any(WEB.search(text) or ("compose" in name and text.count(" build:") > 1) for text in texts)


def _is_supervised(system: System, path: str) -> bool:
    """Whether a file lists programs for supervisord."""
    return path.endswith(PROGRAMS) and PROGRAM.search(system.project.text(path) or "") is not None


def own_machine(system: System, path: str) -> bool:
    """Whether a compose file is there for the machine of a developer, and no service of it for another one."""
    return is_for_developers(system.project, path, path)


def owner_of(system: System, launch: Launch) -> Service | None:
    """The service that a worker is started for; None where that cannot be told."""
    live = system.serving
    if len(live) == 1:
        return live[0]
    name = launch.app.partition(":")[0]
    found = [one for one in live if name in (one.module.name, *one.names)]
    if not found:
        found = [one for one in live if any(module.name == name for module in launched(one))]
    if not found:
        found = [one for one in live if one.module.name.rpartition(".")[0] == name]
    found = list(_of_modules(tuple(found)))
    return found[0] if len(found) == 1 else None


@query
def started_in_code(system: System) -> tuple[Launch, ...] | None:
    """The workers that code starts by commands that are written out; None where it starts one in another way, or has it read other queues, or a file says
    how in a way that cannot be read."""
    project = system.project
    if in_notes(system).unclear:
        return None
    made: list[Launch] = []
    for path in dict.fromkeys((*project.search(*STARTS), *project.search(*MAY_START))):
        found = started_by_code(project, path, path) if not in_tests(path) else ()
        if found is None:
            return None
        made += (one for one in found if one.step in ("worker", "multi"))
    return tuple(made)


@query
def read_by_code(system: System) -> frozenset[str] | None:
    """The queues that workers read which code starts; None where these cannot be told."""
    started = started_in_code(system)
    made: set[str] = set()
    for launch in started or ():
        owner = owner_of(system, launch)
        read = read_by(launch, owner) if owner is not None and not launch.open else None
        if read is None:
            return None
        made.update(read)
    return frozenset(made) if started is not None else None


def started_in_docs(system: System) -> Iterator[Launch]:
    """The workers that somebody starts who does what is written about the project."""
    for path in system.project.notes:
        if path.endswith(DOCS) and not in_tests(path):
            yield from (one for one in starts(system.project, path, path) if one.step == "worker")


@query
def by_hand(system: System) -> bool:
    """Whether code starts workers, or has them read other queues, or a file says how in a way that cannot be read."""
    project = system.project
    if any(not in_tests(path) for path in project.search(*STARTS)) or in_notes(system).unclear:
        return True
    return any(starts_one(project, path) for path in project.search(*MAY_START) if not in_tests(path))
