"""The declarations of one name that meet in one worker.

What every plugin of a framework calls its task has hundreds of declarations. Whether two of them meet rests on little (their app, the services
that register them, what the workers of these import), so tasks are put into kinds, and kinds are compared: two tasks of a kind never are.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice

from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.deployment import joined
from taskguard.project.python.testing import in_test_path
from taskguard.project.registry.parked import is_parked, unread
from taskguard.project.registry.registry import registry_of
from taskguard.project.tasks.copies import code, imported, laid_aside
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

MOST = 10
# So many kinds of declarations that one may meet are compared with it.
MOST_MET = 100
ALL = -1  # in place of an app


class Collision(Record):
    """A task and how many `others` of its name it meets, the first of them with it; `sure` says that some worker surely imports it with one of them."""

    task: Task
    count: int
    others: tuple[Task, ...]
    sure: bool


class Met(Record):
    """How many others a task meets, the places of the first of them, and whether some worker surely imports it with one."""

    count: int
    first: tuple[int, ...]
    sure: bool


class Kind(Record):
    """All of a task that decides which others of its name it meets, besides its place. Services are told apart by their `id`."""

    app: str
    owner: int
    services: tuple[int, ...]
    held: frozenset[int]  # the same without an order
    imported: frozenset[int]  # the services whose worker may import its module
    surely: frozenset[int]  # those whose worker is known to
    root: str
    package: str  # the package at the root that its module lies in
    guarded: bool
    local: bool


class Namesakes:
    """Finds those that meet among the tasks of each name."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._live = len(system.live)
        self._held: dict[tuple[int, str], bool | None] = {}

    def collisions(self, by_name: dict[str, list[Task]]) -> list[tuple[str, list[Collision]]]:
        """The names that several callables of one service have, with their declarations in order."""
        found = ((name, self._clashing(tasks)) for name, tasks in sorted(by_name.items()) if len(tasks) > 1)
        return [(name, met) for name, met in found if met]

    def _clashing(self, tasks: list[Task]) -> list[Collision]:
        tasks = [one for one in tasks if not unread(one)]
        if len(set(map(body, tasks))) < 2:
            return []
        files: dict[str, list[int]] = {}
        for place, task in enumerate(tasks):
            files.setdefault(task.path, []).append(place)
        found: dict[int, list[Met]] = {}
        for places in files.values():
            if len(places) > 1:
                self._pair(tasks, places, body, True, found)
        if len(files) > 1:
            # No worker imports the tests nor a file that a package hides, and a process only one of two files under one name.
            outside = [
                place
                for path, places in files.items()
                if not in_test_path(path) and not tasks[places[0]].module.hidden_by
                for place in places
            ]
            outside = self._without_copies(tasks, outside)
            self._pair(tasks, outside, module_name, False, found)
        made = []
        for place in sorted(found):
            first = sorted(other for met in found[place] for other in met.first)[:MOST]
            count, sure = sum(met.count for met in found[place]), any(met.sure for met in found[place])
            made.append(Collision(tasks[place], count, tuple(tasks[other] for other in first), sure))
        return made

    def _without_copies(self, tasks: list[Task], places: list[int]) -> list[int]:
        """These without files that nobody imports, where they lie among scraps, are kept beside what is run, or repeat the code of another one: whichever runs
        does the same."""
        places = [place for place in places if not is_parked(tasks[place].module)]
        unused = {place for place in places if not self._may_load(tasks[place])}
        if not unused:
            return places
        codes = {place: code(tasks[place]) for place in places} if len(places) <= MOST else {}
        alike = Counter(one for one in codes.values() if one)
        copies = {place for place in unused if alike[codes.get(place, "")] > 1 and not imported(tasks[place].module)}
        return [
            place
            for place in places
            if place not in copies and not (place in unused and laid_aside(tasks[place].module))
        ]

    def _may_load(self, task: Task) -> bool:
        """Whether a worker may import the module of a task; True where there is none that could tell."""
        services = services_of(task)
        return not services or any(self._imports(one, task) is not False for one in services)

    def _pair(
        self,
        tasks: list[Task],
        places: list[int],
        mark: Callable[[Task], object],
        within: bool,
        found: dict[int, list[Met]],
    ) -> None:
        """Adds whom the tasks at `places` meet, of one file if `within`, else of other files. Two of one `mark` never meet."""
        kinds: dict[Kind, list[int]] = {}
        for place in places:
            kinds.setdefault(self._kind(tasks[place], within), []).append(place)
        beside: dict[tuple[int | str, int | str], list[Kind]] = {}
        for kind in kinds:
            for where in self._where(kind):
                beside.setdefault((where, kind.owner or kind.app), []).append(kind)
                beside.setdefault((where, ALL), []).append(kind)
        marks = {place: mark(tasks[place]) for place in places}
        for kind, own in kinds.items():
            whose = (kind.owner or kind.app, "") if kind.app else (ALL,)
            them = ((where, who) for where in self._where(kind) for who in whose)
            near = first_of((other for one in them for other in beside.get(one, ())), MOST_MET)
            answers = {other: met for other in near if (met := self.meet(kind, other, within)) is not None}
            reached = sorted(place for other in answers for place in kinds[other])
            surely = [marks[place] for other, met in answers.items() if met for place in kinds[other]]
            alike, surely_alike = Counter(map(marks.__getitem__, reached)), Counter(surely)
            for place in own:
                its = marks[place]
                count = len(reached) - alike[its]
                if count:
                    first = tuple(islice((other for other in reached if marks[other] != its), MOST))
                    found.setdefault(place, []).append(Met(count, first, len(surely) > surely_alike[its]))

    def _where(self, kind: Kind) -> Sequence[int | str]:
        """Two kinds that meet have one of these in common, and their app if both have one."""
        return kind.services if self._live else (kind.root,)

    def _kind(self, task: Task, within: bool) -> Kind:
        services = services_of(task)
        owner = self._system.owner(task)
        return Kind(
            task.app,
            0 if owner is None else id(owner),
            tuple(map(id, services)),
            frozenset(map(id, services)),
            frozenset(id(one) for one in services if not within and self._imports(one, task) is not False),
            frozenset(id(one) for one in services if not within and self._imports(one, task)),
            task.module.root,
            outermost(task.module),
            within and bool(task.guard),
            within and "<locals>" in task.qualname and in_test_path(task.path),
        )

    def meet(self, one: Kind, other: Kind, within: bool) -> bool | None:
        """Whether two declarations surely meet in one worker: False where they would, and none is known to import both; None where they never do."""
        if (one.guarded and other.guarded) or one.local or other.local:
            return None  # branches of which one runs, and what tests make
        if one.root != other.root and one.package and one.package == other.package:
            return None  # a process finds one package of that name
        if one.app and other.app and one.app != other.app and not (one.owner and one.owner == other.owner):
            return None
        shared = one.held & other.held
        if not shared:
            return True if not self._live and one.root == other.root else None
        if within or shared & one.surely & other.surely:
            return True
        if shared & one.imported & other.imported:
            return False
        if self._live == 1 or one.imported.isdisjoint(shared) or other.imported.isdisjoint(shared):
            return False
        return None  # each has a worker of its own

    def _imports(self, service: Service, task: Task) -> bool | None:
        """Whether the worker of a service imports the module of a task; None where that cannot be told."""
        key = (id(service), task.path)
        if key not in self._held:
            self._held[key] = discovery_of(service).holds(task.module)
        return self._held[key]


def first_of(kinds: Iterable[Kind], most: int) -> list[Kind]:
    """The first so many that differ."""
    made: dict[Kind, None] = {}
    for one in kinds:
        made[one] = None
        if len(made) == most:
            break
    return list(made)


def body(task: Task) -> tuple[str, int]:
    """What tells one callable from another: registering the same function twice under one name loses nothing."""
    held = task.function or task.klass
    return (task.home.path, held.span.line if held is not None else task.line)


def outermost(module: Module) -> str:
    """The outermost package of a module, with an `__init__.py`; "" where it lies in none."""
    head, inner, _ = module.name.partition(".")
    return head if inner and joined(module.root, f"{head}/__init__.py") in module.project.modules else ""


def module_name(task: Task) -> str:
    return task.module.name


def collisions(project: Project) -> list[tuple[str, list[Collision]]]:
    """The names that several callables of one service have, with their declarations in order."""
    by_name = registry_of(project).by_name
    if all(len(tasks) == 1 for tasks in by_name.values()):
        return []
    return Namesakes(celery_of(project)).collisions(by_name)
