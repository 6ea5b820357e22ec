"""What a reference to a task leads to: a task, nothing (then: what was most likely meant), or something that cannot be told."""

from __future__ import annotations

from taskguard.errors import nearest
from taskguard.project.apps import task_class
from taskguard.project.celery.migrated import in_migrations
from taskguard.project.testing import in_test_path
from taskguard.project.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class, Function
    from taskguard.project.celery.model import Reference
    from taskguard.project.module import Module
    from taskguard.project.project import Project
    from taskguard.project.registry import Registry
    from taskguard.project.tasks import Task

# What Celery registers itself (celery/app/builtins.py); other names below `celery.` are refused as typing mistakes of these only where near.
BUILTIN = frozenset(
    "celery.accumulate celery.backend_cleanup celery.chain celery.chord celery.chord_unlock celery.chunks celery.group celery.map celery.starmap".split()
)
# Kinds of references that a Celery app reads by itself, so that the name is surely one of a task.
ROWS = ("periodic-task", "schedule-dict")
CONFIGURED = frozenset("beat add_periodic_task periodic-task route annotation".split())


class Missing(Record):
    """A name that no task is seen to have.

    `help` says what was most likely meant, `task` is that task. `depends` are the files whose change would settle it. `doubt` says why it is no
    proof that no task has the name; empty where it is one. `name` is the name, empty where it cannot be told.
    """

    help: str = ""
    task: Task | None = None
    depends: tuple[str, ...] = ()
    certain: bool = True
    doubt: str = ""
    name: str = ""


def unsure(why: str) -> Missing:
    return Missing(doubt=why)


def look_up(project: Project, reference: Reference) -> Missing | None:
    """What is wrong with a reference; None where a task has the name, or where it is no name of a task at all."""
    said = project.celery.settled(reference.name, *((reference.service,) if reference.service is not None else ()))
    name = said.value
    if not isinstance(said, Known):
        return None if said.absent or not reference.sure else unsure("the name cannot be told")
    if not isinstance(name, str) or not plausible(name, reference.kind):
        return None
    if name in BUILTIN or elsewhere(project, reference.path, name):
        return None
    found = Lookup(project, reference, name).result()
    return (
        None if found is None else found.replace(name=name, depends=tuple(dict.fromkeys((*said.files, *found.depends))))
    )


def plausible(name: str, kind: str) -> bool:
    """Whether a string may be a task's name as it stands: no template, no pattern, no sentence."""
    if kind == "route" and any(char in name for char in "*?["):
        return False
    return bool(name) and name.isprintable() and not any(char in name for char in " %{}<>$*/")


def elsewhere(project: Project, path: str, name: str) -> bool:
    """Whether the settings say that the task lives outside the project."""
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, pattern) for pattern in project.settings_at(path).celery.task_names)


class Lookup:
    """One name, followed to what it may be."""

    def __init__(self, project: Project, reference: Reference, name: str) -> None:
        self.project = project
        self.registry: Registry = project.registry
        self.reference = reference
        self.name = name
        self.head, _, self.last = name.rpartition(".")
        self.origin: Module | None = (
            reference.service.module if reference.service is not None else project.modules.get(reference.path)
        )

    def result(self) -> Missing | None:
        same = self.registry.by_name.get(self.name, [])
        if same:
            return self._other_service(same)
        if not self.project.complete:
            return unsure("only a part of the project is looked at")
        found = self._named_thing()
        if found is None and in_test_path(self.reference.path):
            return None  # tests name tasks that they make up, or expect to be missing
        made = found or self._doubt() or self._guess()
        if self.reference.kind not in ROWS or not in_migrations(self.reference.path) or made.doubt:
            return made
        return self._row(made, found is None)

    def _row(self, made: Missing, guessed: bool) -> Missing | None:
        """What an applied migration wrote stays in the table until a later one changes it: an edit of the old one would do nothing."""
        keys = () if self.reference.key is None else (self.reference.key,)
        if self.project.celery.rows.gone(self.reference.path, self.name, keys):
            return None
        moved = f'to "{made.task.name.value}"' if made.task is not None else "to another task, or deletes it"
        return made.replace(help=f"add a migration that moves the row {moved}", certain=made.certain and not guessed)

    def _other_service(self, same: list[Task]) -> Missing | None:
        """A name that a task has, but none of the service that uses it."""
        service = self.reference.service
        live = self.project.celery.live
        if service is None or service.test or len(live) < 2 or self.reference.kind not in ("beat", "add_periodic_task"):
            return None
        if any(service in self.project.celery.services_of(task) for task in same):
            return None
        return unsure(f"the task is one of {same[0].module.name}, which another service has")

    # -- what stands at the dotted path --------------------------------------------------------------------------------

    def _named_thing(self) -> Missing | None:
        """A module, class, function or task that the name leads to; None where it leads nowhere."""
        module = self.project.find(self.name, self.origin)
        if module is not None:
            return self._module(module)
        parts = self.name.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            holder = self.project.find(".".join(parts[:cut]), self.origin)
            if holder is not None:
                return self._inside(holder, ".".join(parts[cut:]))
        return None

    def _module(self, module: Module) -> Missing:
        if module.unreadable:
            return unsure(f"{module.path} cannot be read as Python")
        own = [task for task in module.tasks if isinstance(task.name, Known)]
        prefix = self.name + "."
        below = own or [
            task for task in self.registry.tasks if task.module.name.startswith(prefix) and isinstance(task.name, Known)
        ]
        what = "package" if module.is_package else "module"
        if below:
            names = ", ".join(f'"{task.name.value}"' for task in below[:3])
            more = f" and {len(below) - 3} more" if len(below) > 3 else ""
            return Missing(
                f"this is a {what}; its tasks are {names}{more}",
                below[0] if len(below) == 1 else None,
                (module.path, below[0].path),
            )
        return Missing(f"this is a {what} without tasks: name a task", None, (module.path,))

    def _inside(self, holder: Module, path: str) -> Missing | None:
        if holder.unreadable:
            return unsure(f"{holder.path} cannot be read as Python")
        found = holder.find(path)
        if found.kind == "unknown":
            return unsure(f"what {holder.name} holds cannot be told")
        if found.kind == "external":
            return unsure(f"{self.name} is {found.path}, which is outside the project")
        if found.kind == "module" and found.module is not None:
            return self._module(found.module)
        if found.kind != "symbol" or found.module is None:
            return None
        return self._definition(found.module, found.path, holder)

    def _definition(self, module: Module, path: str, holder: Module) -> Missing | None:
        tasks = [task for task in module.tasks if task.qualname == path]
        depends = tuple(dict.fromkeys((holder.path, module.path)))
        for task in tasks:
            if not isinstance(task.name, Known):
                return unsure(f"the name of the task {task.dotted} cannot be told")
        if tasks:
            names = " or ".join(f'"{task.name.value}"' for task in tasks)
            if module is not holder and tasks[0].name_source == "automatic":
                return Missing(f"the task moved to {module.name}: its name is {names} now", tasks[0], depends)
            return Missing(f"the function at this path is registered as {names}", tasks[0], depends)
        function, klass = module.function(path), module.klass(path)
        if klass is not None:
            return self._class(module, klass, depends)
        if function is not None:
            return self._function(module, function, depends)
        return unsure(f"{self.name} is no function")

    def _class(self, module: Module, klass: Class, depends: tuple[str, ...]) -> Missing:
        if task_class(module, klass):
            return unsure(f"whether the task class {klass.name} is registered cannot be told")
        return Missing("this is a class that is no task", None, depends, certain=not klass.bases)

    def _function(self, module: Module, function: Function, depends: tuple[str, ...]) -> Missing:
        if function.decorators:
            return unsure(f"whether the decorators of {function.name} make a task cannot be told")
        return Missing("this is a function without a task decorator", None, depends)

    # -- what may stand in the way, and what was meant -----------------------------------------------------------------

    def _doubt(self) -> Missing | None:
        project = self.project
        failing = project.mentions(self.last)
        if failing:
            return unsure(f"{failing[0]} cannot be read as Python and may declare it")
        for task in self.registry.unnamed:
            same = task.qualname.rpartition(".")[2] == self.last
            if same or task.form == "call" or "<locals>" in task.qualname:
                return unsure(f"the name of the task {task.dotted} cannot be told")
        under = self._under_another_root()
        if under is not None:
            return unsure(f"{under.path} has such a task, and whether imports count from that folder cannot be told")
        for path in self.candidates():
            if project.left_out(path):
                return unsure(f"{path} is excluded")
        if self.name in self.registry.class_names:
            return unsure("a class has this name, and whether it is registered cannot be told")
        place = self.registry.given_names.get(self.name)
        if place:
            return unsure(f"{place} gives this name to something of which it cannot be told whether it is a task")
        return None

    def _under_another_root(self) -> Task | None:
        """A task that would have this name if imports counted from another folder, of which nothing says that they do not."""
        inside = self.head.replace(".", "/")
        for task in self.registry.last_words.get(self.last, ()) if inside else ():
            if task.qualname != self.last or task.name_source != "automatic":
                continue
            place = task.path.removesuffix(".py").removesuffix("/__init__")
            if place != inside and not place.endswith("/" + inside):
                continue
            other = place.removesuffix(inside).rstrip("/")
            if other == task.module.root:
                continue
            longer = task.module.root if len(task.module.root) > len(other) else other
            if self.project.evidence.settled(longer) is None or self.project.evidence.settled(longer) is (
                longer == other
            ):
                return task
        return None

    def candidates(self) -> tuple[str, ...]:
        """The files that would hold the task, were they there."""
        if not self.head:
            return ()
        inside = self.head.replace(".", "/")
        roots = self.reference.service.roots if self.reference.service is not None else tuple(self.project.roots)
        made = []
        for root in roots:
            folder = f"{root}/{inside}" if root else inside
            made += [f"{folder}.py", f"{folder}/__init__.py"]
        return tuple(made)

    def _guess(self) -> Missing:
        """No task, and nothing stands at the dotted path: which task is nearest, and is the name one of this project at all?"""
        longer = self._by_prefix()
        if longer is not None:
            return Missing(f'did you mean "{longer.name.value}"?', longer, self._depends(longer))
        task = self._by_last_word() or self._near()
        if not self._ours(task):
            return unsure("no module of the project begins so: it may be a task of a library or of another service")
        if task is not None:
            return Missing(f'did you mean "{task.name.value}"?', task, self._depends(task))
        return Missing(self._listed() or "declare the task, or take this out", None, self._depends(None))

    def _near(self) -> Task | None:
        """The task with the name nearest to this one; within one module the last words are compared."""
        beside = {
            name.rpartition(".")[2]: name for name in self.registry.by_name if name.rpartition(".")[0] == self.head
        }
        close = beside.get(nearest(self.last, beside) or "")
        if close is None:
            others = {name: None for name in self.registry.by_name if name.rpartition(".")[2][:1] == self.last[:1]}
            close = nearest(self.name, others)
            if close is not None and nearest(self.last, (close.rpartition(".")[2],)) is None:
                close = None
        return self.registry.by_name[close][0] if close else None

    def _listed(self) -> str:
        """What the module that the name names declares."""
        names = [name for name in self.registry.by_name if name.rpartition(".")[0] == self.head]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f"{self.head} has " + ", ".join(f'"{name}"' for name in names[:3]) + more if names else ""

    def _depends(self, task: Task | None) -> tuple[str, ...]:
        files = self.candidates()
        return (*files, task.path) if task is not None else files

    def _by_prefix(self) -> Task | None:
        """The one task whose name is this one with a package before it, or without its first packages."""
        if not self.head:
            return None
        fitting = [
            tasks[0]
            for known, tasks in self.registry.by_name.items()
            if known.endswith("." + self.name) or (self.name.endswith("." + known) and known.count(".") > 1)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _by_last_word(self) -> Task | None:
        """The one task of that function name, or whose name ends so."""
        tasks = [
            task
            for task in self.registry.last_words.get(self.last, ())
            if isinstance(task.name, Known) and not in_test_path(task.path)
        ]
        return tasks[0] if len(tasks) == 1 else None

    def _ours(self, task: Task | None) -> bool:
        """Whether the name is surely one of this project: it begins with a package of it, or as names of its tasks do."""
        first = self.name.partition(".")[0]
        if not self.head:
            return task is not None and (
                self.reference.kind in CONFIGURED or task.qualname.rpartition(".")[2] == self.last
            )
        if first == "celery":
            return False
        return first in self.registry.packages or any(name.startswith(first + ".") for name in self.registry.by_name)
