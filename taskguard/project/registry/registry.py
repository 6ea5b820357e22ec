"""The tasks by name, as a worker's registry would hold them: which of them collide, and what a name leads to."""

from __future__ import annotations

from taskguard.facts.model import Const
from taskguard.project.python.testing import in_test_path
from taskguard.project.python.values import Known
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.spelling import Spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Class
    from taskguard.project.python.project import Module, Project
    from taskguard.project.python.values import Value
    from taskguard.project.tasks.loops import Loose
    from taskguard.project.tasks.task import Task

MOST_WORDS = 20
MOST_NAMES = 2000


class Registry:
    """The tasks of a project by name. Stubs and tasks that only a type checker sees are left out."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.memo: dict[object, object] = {}
        self.tasks: tuple[Task, ...] = tuple(task for task in all_tasks(project) if runs(task))
        self.by_name: dict[str, list[Task]] = {}
        self.unnamed: list[Task] = []
        self._asked: set[str] = set()
        for task in self.tasks:
            if isinstance(task.name, Known):
                self.by_name.setdefault(task.name.value, []).append(task)
            else:
                self.unnamed.append(task)
        self.last_words: dict[str, list[Task]] = {}
        for task in self.tasks:
            self.last_words.setdefault(task.qualname.rpartition(".")[2], []).append(task)

    @property
    @query
    def spelling(self) -> Spelling:
        """What the names that no task has are compared with the names of tasks by."""
        return Spelling()

    def crowded(self, name: str) -> bool:
        """Whether so many other names were looked for before this one that nobody means them all."""
        self._asked.add(name)
        return len(self._asked) > MOST_NAMES

    @property
    @query
    def nearest(self) -> dict[str, Task | None]:
        """The names that no task has, as far as somebody asked, with the task of the nearest name."""
        return {}

    @property
    @query
    def by_head(self) -> dict[str, list[str]]:
        """The names of tasks by all before their last word."""
        made: dict[str, list[str]] = {}
        for name in self.by_name:
            made.setdefault(name.rpartition(".")[0], []).append(name)
        return made

    @property
    @query
    def by_first_letter(self) -> dict[str, list[str]]:
        """The names of tasks by the first letter of their last word."""
        made: dict[str, list[str]] = {}
        for name in self.by_name:
            made.setdefault(name.rpartition(".")[2][:1], []).append(name)
        return made

    @property
    @query
    def by_first_letter_alone(self) -> dict[str, list[str]]:
        """Those of one word by their first letter."""
        return {letter: [name for name in names if "." not in name] for letter, names in self.by_first_letter.items()}

    @property
    @query
    def by_last_word(self) -> dict[str, list[str]]:
        """The names of tasks by their last word."""
        made: dict[str, list[str]] = {}
        for name in self.by_name:
            made.setdefault(name.rpartition(".")[2], []).append(name)
        return made

    @property
    @query
    def longer(self) -> dict[str, list[str]]:
        """The names of tasks by what they are without some of their first words: `tasks.send` for `shop.tasks.send`."""
        made: dict[str, list[str]] = {}
        for name in self.by_name:
            for end in endings(name):
                made.setdefault(end, []).append(name)
        return made

    @property
    @query
    def first_words(self) -> frozenset[str]:
        """The first words of the names of tasks that have several."""
        return frozenset(name.partition(".")[0] for name in self.by_name if "." in name)

    @property
    @query
    def by_label(self) -> dict[str, list[Module]]:
        """The modules with tasks, tests left out, by the package that they lie in, without those above it: `shop` for `apps.shop.tasks`."""
        made: dict[str, list[Module]] = {}
        for module in dict.fromkeys(task.module for task in self.tasks):
            label = module.name.rpartition(".")[0].rpartition(".")[2]
            if label and not in_test_path(module.path):
                made.setdefault(label, []).append(module)
        return made

    @property
    @query
    def class_names(self) -> dict[str, list[tuple[Module, Class]]]:
        """The classes of the looked-at files by what they have as their attribute `name`."""
        made: dict[str, list[tuple[Module, Class]]] = {}
        for module in self.project.looked_at:
            for klass in module.facts.classes:
                for one in klass.attributes:
                    if one.name == "name" and isinstance(one.value, Const) and isinstance(one.value.value, str):
                        made.setdefault(one.value.value, []).append((module, klass))
        for module, klass, name in self.hooked:
            if isinstance(name.value, str):
                made.setdefault(name.value, []).append((module, klass))
        return made

    @property
    @query
    def hooked(self) -> list[tuple[Module, Class, Value]]:
        """The classes that an `__init_subclass__` of the project names, with what it makes the name."""
        from taskguard.project.tasks.class_keywords import HOOK, given_by_keywords

        if not any(klass.has(HOOK) for module in self.project.looked_at for klass in module.facts.classes):
            return []
        held = (
            (module, klass, given_by_keywords(module, klass).get("name"))
            for module in self.project.looked_at
            for klass in module.facts.classes
            if klass.bases
        )
        return [(module, klass, name) for module, klass, name in held if name is not None]

    @property
    @query
    def loose(self) -> tuple[Loose, ...]:
        """The calls that make tasks of functions that cannot be told."""
        from taskguard.project.tasks.loops import loose

        return loose(self.project)

    @property
    @query
    def packages(self) -> frozenset[str]:
        """The first words of the modules' names, tests left out."""
        return frozenset(
            module.name.partition(".")[0] for module in self.project.modules.values() if not in_test_path(module.path)
        )


def endings(name: str) -> Iterator[str]:
    """What a dotted name is without its first word, its first two, and so on. Nobody writes names of more words than are looked at."""
    for _ in range(MOST_WORDS):
        _, dot, name = name.partition(".")
        if not dot:
            return
        yield name


def runs(task: Task) -> bool:
    """Whether the declaration is ever executed."""
    return not task.path.endswith(".pyi") and task.guard != "type_checking"


@query
def registry_of(project: Project) -> Registry:
    """The tasks of a project by name."""
    return Registry(project)
