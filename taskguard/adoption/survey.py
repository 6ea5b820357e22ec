"""What a project does today, counted: the ground for the settings that are proposed."""

from __future__ import annotations

from taskguard.inventory.rows import MORE, inventory
from taskguard.project.celery.queues import queues_of
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.facades import facades_of
from taskguard.project.registry.habits import judged
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.inventory.rows import Row
    from taskguard.project.facades.facades import Facade
    from taskguard.project.python.project import Project

    Counts = tuple[tuple[str, int], ...]

LONGEST = 5
CELERY_BASE = "Celery's own Task"
UNKNOWN = "not known"
# What a house may require of every task; alternatives stand together.
PROTECTIONS = ("queue", "soft_time_limit", "time_limit", "max_retries|autoretry_for")
CHOSEN = frozenset(("decorator", "wrapper", "class", "base", "annotation", "route"))
DJANGO_MARKERS = ("manage.py",)


class FoundFacade(Record):
    """A facade that nobody has declared, and the modules behind it."""

    module: str
    sources: tuple[str, ...]


class Survey(Record):
    """Counts are sorted, the largest first. Tasks of tests and examples are not counted; `files` are all Python files.

    `shared_base` is the class of the project that most tasks descend from, with their number.
    `protections` counts the tasks that have each of `PROTECTIONS`. `queues` are in use, `declared` are those that the
    configuration lists; `certain_queues` says that the queue of every task is known. `longest` are files and their lines.
    """

    files: int
    tasks: int
    test_tasks: int
    forms: Counts
    bases: Counts
    shared_base: tuple[str, int] | None
    protections: Counts
    queues: Counts
    certain_queues: bool
    declared: tuple[str, ...]
    apps: tuple[str, ...]
    longest: Counts
    facades: tuple[FoundFacade, ...]
    django: bool


def survey(project: Project, folder: str = "") -> Survey:
    """Looks at what lies in a folder of a linked project, the whole where it is empty; paths count from the folder."""
    start = f"{folder}/" if folder else ""
    rows = [row for row in inventory(project) if row.path.startswith(start)]
    own = [row for row in rows if judged(project.modules[row.path])]
    services = [
        service for service in celery_of(project).live if not service.test and service.module.path.startswith(start)
    ]
    queues = [row.queue.value for row in own]
    return Survey(
        files=sum(path.startswith(start) for path in project.modules),
        tasks=len(own),
        test_tasks=len(rows) - len(own),
        forms=counted(row.form for row in own),
        bases=counted(base(row) for row in own),
        shared_base=shared_base(own, project),
        protections=tuple((wanted, sum(has(row, wanted) for row in own)) for wanted in PROTECTIONS),
        queues=counted(queue for queue in queues if queue),
        certain_queues=bool(own) and None not in queues,
        declared=tuple(
            sorted({
                one.name.value
                for service in services
                for one in queues_of(service)
                if isinstance(one.name.value, str) and one.name.value
            })
        ),
        apps=tuple(sorted({service.dotted for service in services})),
        longest=longest(project, start),
        facades=tuple(found(one) for one in facades_of(project) if not one.declared and one.module.path.startswith(start)),
        django=any(marker.rpartition("/")[2] in DJANGO_MARKERS for marker in project.markers if marker.startswith(start)),
    )  # fmt: skip


def counted(words: Iterable[str]) -> Counts:
    """Each word with its number, the most frequent first."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def base(row: Row) -> str:
    """The base class of a task, in words where it has no name of its own."""
    if row.base is None:
        return UNKNOWN if "base" in row.unknown_options or MORE in row.unknown_options else CELERY_BASE
    return row.base


def shared_base(rows: list[Row], project: Project) -> tuple[str, int] | None:
    """The class of the project that most tasks descend from; of two equal ones the nearer."""
    counts: dict[str, int] = {}
    for row in rows:
        for name in row.ancestors:
            if project.find(name.rpartition(".")[0]) is not None:
                counts[name] = counts.get(name, 0) + 1
    return max(counts.items(), key=lambda pair: pair[1]) if counts else None


def has(row: Row, wanted: str) -> bool:
    """Whether a task surely has one of the options, by its declaration, its base class or a route."""
    if wanted == "queue":
        return row.queue.origin in CHOSEN
    held = {*row.options, *row.inherited, *row.unknown_options}
    return not held.isdisjoint(wanted.split("|"))


def longest(project: Project, start: str) -> Counts:
    """The longest files that people write below a folder: not tests, and not what a command of Django writes."""
    lengths = (
        (path[len(start) :], project.skimmed(path).lines)
        for path, module in project.modules.items()
        if path.startswith(start) and judged(module) and "migrations" not in path.split("/")
    )
    return tuple(sorted(lengths, key=lambda pair: (-pair[1], pair[0]))[:LONGEST])


def found(facade: Facade) -> FoundFacade:
    """A facade with its sources as patterns: `pkg.*` where every module below `pkg` is one."""
    names = tuple(sorted(one.name for one in facade.sources))
    parents = {name.rpartition(".")[0] for name in names}
    if len(names) > 1 and len(parents) == 1 and "" not in parents:
        (parent,) = parents
        project = facade.module.project
        below = {name for name in project.by_name if name.startswith(f"{parent}.") and name != facade.module.name}
        if below == set(names):
            names = (f"{parent}.*",)
    return FoundFacade(facade.module.name, names)
