"""The tasks by name, as a worker's registry would hold them: which of them collide, and what a name leads to."""

from __future__ import annotations

from functools import cached_property

from taskguard.facts.model import Const
from taskguard.project.testing import in_test_path
from taskguard.project.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class
    from taskguard.project.celery.model import Service
    from taskguard.project.module import Module
    from taskguard.project.project import Project
    from taskguard.project.tasks import Task


class Collision(Record):
    """A task and the `others` of its name that it meets; `sure` says that some worker may import it with one of them."""

    task: Task
    others: tuple[Task, ...]
    sure: bool


class Registry:
    """The tasks of a project by name. Stubs and tasks that only a type checker sees are left out."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.tasks: tuple[Task, ...] = tuple(task for task in project.tasks if runs(task))
        self._held: dict[tuple[int, str], bool] = {}
        self.by_name: dict[str, list[Task]] = {}
        self.unnamed: list[Task] = []
        for task in self.tasks:
            if isinstance(task.name, Known):
                self.by_name.setdefault(task.name.value, []).append(task)
            else:
                self.unnamed.append(task)
        self.last_words: dict[str, list[Task]] = {}
        for task in self.tasks:
            self.last_words.setdefault(task.qualname.rpartition(".")[2], []).append(task)

    @cached_property
    def class_names(self) -> dict[str, list[tuple[Module, Class]]]:
        """The classes of the looked-at files by what they have as their attribute `name`."""
        made: dict[str, list[tuple[Module, Class]]] = {}
        for module in self.project.looked_at:
            for klass in module.facts.classes:
                for one in klass.attributes:
                    if one.name == "name" and isinstance(one.value, Const) and isinstance(one.value.value, str):
                        made.setdefault(one.value.value, []).append((module, klass))
        return made

    @cached_property
    def given_names(self) -> dict[str, str]:
        """The names that the project gives to things of which it cannot be told whether they are tasks, each with its place."""
        from taskguard.project.namings import given_names

        return given_names(self.project)

    @cached_property
    def packages(self) -> frozenset[str]:
        """The first words of the modules' names, tests left out."""
        return frozenset(
            module.name.partition(".")[0] for module in self.project.modules.values() if not in_test_path(module.path)
        )

    def collisions(self) -> list[tuple[str, list[Collision]]]:
        """The names that several callables of one service have, with their declarations in order."""
        made = []
        for name, tasks in sorted(self.by_name.items()):
            if len(tasks) > 1:
                found = self._clashing(tasks)
                if found:
                    made.append((name, found))
        return made

    def _clashing(self, tasks: list[Task]) -> list[Collision]:
        """Each task with those that it meets; each pair is looked at once."""
        others: list[list[Task]] = [[] for _ in tasks]
        sure = [False] * len(tasks)
        for place, one in enumerate(tasks):
            for next_, other in enumerate(tasks[place + 1 :], place + 1):
                met = self.collide(one, other)
                if met is not None:
                    others[place].append(other)
                    others[next_].append(one)
                    sure[place], sure[next_] = sure[place] or met, sure[next_] or met
        return [Collision(task, tuple(met), known) for task, met, known in zip(tasks, others, sure) if met]

    def collide(self, one: Task, other: Task) -> bool | None:
        """Whether two declarations of one name meet in one worker: False where they would, and none imports both today; None where they never do."""
        if body(one) == body(other):
            return None
        if one.path == other.path:
            if one.guard and other.guard:
                return None  # branches of which one runs
            if in_test_module(one) and "<locals>" in one.qualname + other.qualname:
                return None
        elif one.module.name == other.module.name or in_test_module(one) or in_test_module(other):
            return None  # a process imports only one of two files under one name
        return self._meet(one, other)

    def _meet(self, one: Task, other: Task) -> bool | None:
        """Whether one app registers both, as far as apps, import roots and what workers import tell."""
        system = self.project.celery
        if one.app and other.app and one.app != other.app:
            mine, theirs = system.owner(one), system.owner(other)
            if mine is None or mine is not theirs:
                return None
        theirs_too = system.services_of(other)
        services = [service for service in system.services_of(one) if service in theirs_too]
        if not services:
            return True if not system.live and one.module.root == other.module.root else None
        if one.path == other.path or any(self._imports(service, one, other) for service in services):
            return True
        if len(system.live) == 1:
            return False
        imported = [any(self._imports(service, task, task) for service in services) for task in (one, other)]
        return None if all(imported) else False  # each has a worker of its own

    def _imports(self, service: Service, *tasks: Task) -> bool:
        """Whether the worker of a service may import the modules of tasks."""
        for task in tasks:
            key = (id(service), task.path)
            if key not in self._held:
                self._held[key] = service.discovery.holds(task.module) is not False
            if not self._held[key]:
                return False
        return True


def runs(task: Task) -> bool:
    """Whether the declaration is ever executed."""
    return not task.path.endswith(".pyi") and task.guard != "type_checking"


def body(task: Task) -> tuple[str, int]:
    """What tells one callable from another: registering the same function twice under one name loses nothing."""
    held = task.function or task.klass
    return (task.path, held.span.line if held is not None else task.line)


def in_test_module(task: Task) -> bool:
    """Whether a task is part of the tests, which no worker imports as a whole."""
    return in_test_path(task.path)
