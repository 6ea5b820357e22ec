"""What a reference to a task leads to: a task, nothing (then: what was most likely meant), or something that cannot be told."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.facts.selections import imports_from
from taskguard.project.celery.loaded import beats_elsewhere, made_idle
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.schedules import beat_of, beat_open
from taskguard.project.celery.settled import settled_value
from taskguard.project.celery.system import celery_of
from taskguard.project.python.copied import copied_as, copied_doubt
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_test_path
from taskguard.project.python.values import Known
from taskguard.project.registry.bound_tasks import tasks_bound
from taskguard.project.registry.class_tasks import class_mistakes
from taskguard.project.registry.guessing import guess
from taskguard.project.registry.missing_tasks import Missing
from taskguard.project.registry.namings import given_names, named_by_unread
from taskguard.project.registry.registry import registry_of
from taskguard.project.registry.unseen import unseen
from taskguard.project.registry.weighing import weighed
from taskguard.project.tasks.app_names import task_class
from taskguard.project.tasks.declarations import tasks_in
from taskguard.project.tasks.loops import may_make
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class, Function
    from taskguard.project.celery.model import Reference
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project
    from taskguard.project.registry.registry import Registry
    from taskguard.project.tasks.task import Task

# What Celery registers itself (celery/app/builtins.py); other names below `celery.` are refused as typing mistakes of these only where near.
BUILTIN = frozenset(
    "celery.accumulate celery.backend_cleanup celery.chain celery.chord celery.chord_unlock celery.chunks celery.group celery.map celery.starmap".split()
)


# A class under a task decorator is a task by its own path, if not the one that was meant: another rule says so.
REGISTERED = Missing(doubt="the constructor is the task")


# celery/app/annotations.py: a dict is asked for the whole name of a task, and for "*".
NO_PATTERNS = 'annotations are looked up by the whole name of a task: there are no patterns but "*", which is for all'


def unsure(why: str) -> Missing:
    return Missing(doubt=why)


def look_up(project: Project, reference: Reference) -> Missing | None:
    """What is wrong with a reference; None where a task has the name, or where it is no name of a task at all."""
    said = settled_value(
        celery_of(project), reference.name, *((reference.service,) if reference.service is not None else ())
    )
    name = said.value
    if not isinstance(said, Known):
        return None if said.absent or not reference.sure else unsure("the name cannot be told")
    if reference.kind == "annotation" and isinstance(name, str) and "*" in name:
        return Missing(help=NO_PATTERNS, name=name, certain=True)
    if not isinstance(name, str) or not plausible(name, reference.kind):
        return None
    if name in BUILTIN or elsewhere(project, reference.path, name):
        return None
    found = Lookup(project, reference, name).result()
    return (
        None if found is None else found.replace(name=name, depends=tuple(dict.fromkeys((*said.files, *found.depends))))
    )


# Kinds of references that stand in the configuration of an app.
SCHEDULED = frozenset(("beat", "add_periodic_task"))
CONFIGURED = SCHEDULED | {"route", "annotation"}


def plausible(name: str, kind: str) -> bool:
    """Whether a string may be a task's name as it stands: no template, no pattern, no sentence."""
    if kind == "route" and any(char in name for char in "*?["):
        return False
    return bool(name) and name.isprintable() and not any(char in name for char in " %{}<>$*/")


def elsewhere(project: Project, path: str, name: str) -> bool:
    """Whether the settings say that the task lives outside the project."""
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, pattern) for pattern in project.settings_at(path).celery.task_names)


@query
def _schedules_known(system: System) -> bool:
    """Whether the whole schedule of each app is known that something may start, and one has entries, so that no other dict is one."""
    return any(beat_of(one) for one in system.live) and not any(beat_open(one) for one in system.live)


class Lookup:
    """One name, followed to what it may be."""

    def __init__(self, project: Project, reference: Reference, name: str) -> None:
        self.project = project
        self.registry: Registry = registry_of(project)
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
        if (image := copied_doubt(self.project, self.head)) and not self._named_in_copy():
            return unsure(image)
        if self.registry.crowded(self.name):
            return unsure("the project names too many tasks that nobody declares to look for them all")
        service = self.reference.service
        if self.reference.kind in CONFIGURED and service is not None and made_idle(service):
            return unsure("it is set on an app in a module that nothing seems to load")
        if self.reference.kind in SCHEDULED and service is not None and beats_elsewhere(service):
            return unsure("beat is started of another app, and nothing starts this one")
        if self._apart():
            return unsure("the schedule of each app is known, and this is not in it")
        found = self._named_thing()
        if found is REGISTERED:
            return None
        if found is None and in_test_path(self.reference.path):
            return None  # tests name tasks that they make up, or expect to be missing
        return weighed(
            self.project,
            self.reference,
            self.name,
            found or self._doubt() or guess(self.project, self.reference, self.name, self.candidates),
            found is None,
        )

    def _apart(self) -> bool:
        """Whether the reference stands in a schedule that a class or function holds, and all that beat may read is known to be elsewhere."""
        own = self.reference
        return (
            own.kind == "schedule-dict" and own.sure and own.scope != "" and _schedules_known(celery_of(self.project))
        )

    def _named_in_copy(self) -> bool:
        """Whether the module that an image has under another name gives all its tasks names by hand: they are the same there."""
        copy = copied_as(self.project, self.head)
        tasks = tasks_in(copy[0]) if copy is not None else ()
        return bool(tasks) and all(isinstance(task.option("name"), Known) for task in tasks)

    def _other_service(self, same: list[Task]) -> Missing | None:
        """A name that a task has, but none of the service that uses it."""
        service = self.reference.service
        live = celery_of(self.project).live
        if service is None or service.test or len(live) < 2 or self.reference.kind not in ("beat", "add_periodic_task"):
            return None
        if any(service in services_of(task) for task in same):
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
        own = [task for task in tasks_in(module) if isinstance(task.name, Known)]
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
        found = resolve(holder, path)
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
        tasks = [task for task in tasks_in(module) if task.qualname == path]
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
        bound = tasks_bound(module, path)
        if not bound:
            return unsure(f"{self.name} is no function")
        names = " or ".join(f'"{task.name.value}"' for task in bound)
        return Missing(f"the task at this path is registered as {names}, after its function", bound[0], depends)

    def _class(self, module: Module, klass: Class, depends: tuple[str, ...]) -> Missing:
        if task_class(module, klass):
            return self._unregistered(module, klass, depends)
        return Missing("this is a class that is no task", None, depends, certain=not klass.bases)

    def _unregistered(self, module: Module, klass: Class, depends: tuple[str, ...] = ()) -> Missing:
        """A class that is named as a task, as TG210 judges it."""
        dotted = f"{module.name}.{klass.qualname}"
        for one in class_mistakes(module):
            if one.dotted == dotted and not one.why and one.kind == "unregistered":
                return Missing(f"register the class: app.register_task({klass.name}())", None, (*depends, module.path))
            if one.dotted == dotted and not one.why and one.kind == "decorated":
                if self.name == dotted:
                    return REGISTERED
                lost = f'@{one.decorator} on a class drops its name: the task is "{dotted}", and does nothing'
                return Missing(lost, None, (*depends, module.path))
        return unsure(f"whether the task class {klass.name} is registered cannot be told")

    def _function(self, module: Module, function: Function, depends: tuple[str, ...]) -> Missing:
        if function.decorators:
            return unsure(f"whether the decorators of {function.name} make a task cannot be told")
        place = may_make(self.project, self.registry.loose, function.name)
        if place:
            return unsure(f"whether {place} makes a task of {function.name} cannot be told")
        return Missing("this is a function without a task decorator", None, depends)

    # -- what may stand in the way, and what was meant -----------------------------------------------------------------

    def _doubt(self) -> Missing | None:
        project = self.project
        used = named_by_unread(project, self.name)
        if used:
            return unsure(f"{used} gives this name to a decorator that cannot be read")
        failing = project.mentions(self.last)
        if failing:
            return unsure(f"{failing[0]} cannot be read as Python and may declare it")
        for task in self.registry.unnamed:
            same = task.qualname.rpartition(".")[2] == self.last
            if same or task.form in ("call", "class") or "<locals>" in task.qualname:
                return unsure(f"the name of the task {task.dotted} cannot be told")
        for module, klass, value in self.registry.hooked:
            if not value.known and task_class(module, klass):
                return unsure(f"the name that {klass.name} gets cannot be told")
        for one in self.registry.loose:
            if one.named:
                return unsure(f"the names of the tasks that {one.path}:{one.line} makes cannot be told")
        under = self._under_another_root()
        if under is not None:
            return unsure(f"{under.path} has such a task, and whether imports count from that folder cannot be told")
        if self._root_is_named():
            return unsure(f"the folder that holds all may be the package {self.head.partition('.')[0]}")
        if why := _elsewhere(project, self._roots(), self.head) if self.head else "":
            return unsure(why)
        named = self.registry.class_names.get(self.name, ())
        if named:
            if len(named) == 1 and task_class(*named[0]):
                return self._unregistered(*named[0])
            return unsure("a class has this name, and whether it is registered cannot be told")
        place = given_names(self.project).get(self.name)
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
            if longer == other and self._only_longer(task, other):
                continue
            if self.project.evidence.settled(longer) is None or self.project.evidence.settled(longer) is (
                longer == other
            ):
                return task
        return None

    def _only_longer(self, task: Task, inner: str) -> bool:
        """Whether a task has but the longer of two names that imports might give it: the worker starts by that, and nothing here uses the shorter."""
        project = self.project
        if not project.evidence.told_longer(inner, task.module.root):
            return False
        first = re.escape(self.head.partition(".")[0])
        under = f"{inner}/{first}/"
        names = "|".join(sorted({re.escape(one.qualname) for one in self.registry.tasks if one.path.startswith(under)}))
        used = re.compile(
            rf"^[ \t]*(?:from|import)[ \t]+{first}\b|(?<!Celery\()[\"']{first}(?!(?:\.\w+)*\.(?:{names})[\"'])(?:\.\w+)*[\"']",
            re.M,
        )
        return not any(finds(project, path, used) for path in project.search(first))

    def _root_is_named(self) -> bool:
        """Whether the name is that of a task behind one that nothing here has: a checkout whose top folder is a package may be called so, and
        so may the folder of which the task's own module imports under that name."""
        first, _, rest = self.head.partition(".")
        if not rest or self.project.find(first, self.origin) is not None:
            return False
        return any(
            task.qualname == self.last
            and task.name_source == "automatic"
            and task.module.name == rest
            and (
                (not task.module.root and "__init__.py" in self.project.modules)
                or bool(imports_from(task.module.facts, first))
            )
            for task in self.registry.last_words.get(self.last, ())
        )

    def candidates(self) -> tuple[str, ...]:
        """The files that would hold the task, were they there."""
        return _candidates(self._roots(), self.head) if self.head else ()

    def _roots(self) -> tuple[str, ...]:
        """The folders from which the name may count."""
        return self.reference.service.roots if self.reference.service is not None else tuple(self.project.roots)


def _candidates(roots: tuple[str, ...], head: str) -> tuple[str, ...]:
    inside = head.replace(".", "/")
    folders = [f"{root}/{inside}" if root else inside for root in roots]
    return tuple(path for folder in folders for path in (f"{folder}.py", f"{folder}/__init__.py"))


@query
def _elsewhere(project: Project, roots: tuple[str, ...], head: str) -> str:
    """Why a module of that name may be there, though the project has none; empty where nothing says so."""
    excluded = next((path for path in _candidates(roots, head) if project.left_out(path)), "")
    return f"{excluded} is excluded" if excluded else unseen(project, roots, head)
