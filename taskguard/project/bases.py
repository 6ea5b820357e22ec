"""The base classes of tasks: what is a subclass of what, and which options a base class supplies."""

from __future__ import annotations

from taskguard.facts.model import Item, Ref
from taskguard.project.apps import CELERY_APP, CELERY_TASK, app_name
from taskguard.project.evaluate import BUILTINS
from taskguard.project.families import ancestors, by_levels
from taskguard.project.names import builtin
from taskguard.project.values import ABSENT, Known, Name, Unknown, Value
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Class, Expr
    from taskguard.project.celery.model import Service
    from taskguard.project.module import Module
    from taskguard.project.project import Project
    from taskguard.project.tasks import Task

MOST = 200
# What can be a base beside a task class and supplies nothing: `Generic[T]`, `ABC`, `Protocol`.
IDLE_BASES = ("builtins.", "typing.", "typing_extensions.", "abc.")
# The parameters of `_task_from_fun` (celery/app/base.py): they are no attributes, so a base class cannot supply them.
DECORATOR_ONLY = frozenset(
    "name base bind shared lazy filter pydantic pydantic_strict pydantic_context pydantic_dump_kwargs".split()
)
# Methods of an app that make the task or its class: a subclass that has one may give any base.
MAKE_TASKS = frozenset(("_create_task_cls", "_get_task", "_task_from_fun", "create_task_cls", "subclass_with_self"))


class Parent(Record):
    """One base of a class. `dotted` is empty where it cannot be told; `module` and `klass` are None where it is outside the project."""

    dotted: str
    module: Module | None = None
    klass: Class | None = None


def parents(module: Module, klass: Class) -> tuple[Parent, ...]:
    """The bases of a class, in order. `app.Task` of a Celery app is Celery's own."""
    held, key = module.project.parents, key_of(module, klass)
    if key not in held:
        held[key] = tuple(_read_parents(module, klass))
    return held[key]


def key_of(module: Module, klass: Class) -> tuple[str, str, int]:
    """What tells a class from all others, also from one of the same name in the same file."""
    return module.path, klass.qualname, klass.span.line


def above(module: Module, klass: Class, deepest: int) -> list[tuple[Module, Class]]:
    """The classes of the project above a class, the first base and what is above it before the second."""
    return ancestors((module, klass), _in_project, lambda one: key_of(*one), deepest)


def family(module: Module, klass: Class, deepest: int) -> list[tuple[Module, Class]]:
    """A class and those of the project above it, the nearest first."""
    return by_levels((module, klass), _in_project, lambda one: key_of(*one), deepest)


def _in_project(one: tuple[Module, Class]) -> Iterator[tuple[Module, Class]]:
    for parent in parents(*one):
        if parent.module is not None and parent.klass is not None:
            yield parent.module, parent.klass


def _read_parents(module: Module, klass: Class) -> Iterator[Parent]:
    """The same, worked out anew."""
    scope = klass.qualname.rpartition(".")[0].removesuffix(".<locals>")
    for base in klass.bases:
        expr = base.of if isinstance(base, Item) else base
        if not isinstance(expr, Ref):
            yield _computed(module, base, scope)
            continue
        head, _, last = expr.name.rpartition(".")
        if last == "Task" and head and app_name(module, head, scope):
            yield Parent("celery.Task")
            continue
        found = module.find(expr.name, scope)
        holder = found.module if found.kind == "symbol" else None
        own = holder.klass(found.path) if holder is not None else None
        if own is not None:
            yield Parent(found.dotted, holder, own)
        elif found.kind == "external":
            yield Parent(found.dotted)
        else:
            plain = expr.name in BUILTINS and builtin(found, module)
            yield Parent(f"builtins.{expr.name}" if plain else "")


def _computed(module: Module, expr: Expr, scope: str) -> Parent:
    from taskguard.project.asking import told_class

    held = told_class(expr, module, scope)
    return Parent(f"{held[0].name}.{held[1].qualname}", *held) if held is not None else Parent("")


def locate(project: Project, dotted: str, origin: Module | None = None) -> tuple[Module, Class] | None:
    """The class of that dotted name, also through re-exports; None where the project has none."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = project.find(".".join(parts[:cut]), origin)
        if module is None:
            continue
        found = module.find(".".join(parts[cut:]))
        klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
        return (found.module, klass) if klass is not None and found.module is not None else None
    return None


def lineage(project: Project, dotted: str, origin: Module | None = None) -> tuple[list[str], list[str], str]:
    """The dotted names of a class and its ancestors, the files that say so, and why there may be more (empty: there are none).

    Ancestors outside the project are named and not followed.
    """
    files: dict[str, None] = {}
    start = locate(project, dotted, origin)
    if start is None:
        return [dotted], [], "" if dotted in CELERY_TASK else f"the class {dotted} is outside the project"
    names = {f"{start[0].name}.{start[1].qualname}": None}
    queue = [start]
    opened = ""
    for module, klass in queue:
        if len(names) >= MOST:
            break
        files[module.path] = None
        for parent in parents(module, klass):
            if not parent.dotted:
                opened = opened or "a base class that cannot be followed"
            elif parent.dotted not in names:
                names[parent.dotted] = None
                if parent.module is not None and parent.klass is not None:
                    queue.append((parent.module, parent.klass))
                elif parent.dotted not in CELERY_TASK and not parent.dotted.startswith(IDLE_BASES):
                    opened = opened or f"the class {parent.dotted} is outside the project"
    return list(names), list(files), opened


def ancestry(project: Project, dotted: str, origin: Module) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """As `lineage`, of the base class of a task that is declared in `origin`: all tasks of an import root share it."""
    key = dotted, origin.root
    held = project.lineages.get(key)
    if held is None:
        names, files, opened = lineage(project, dotted, origin)
        held = project.lineages[key] = tuple(names), tuple(files), opened
    return held


def is_subclass(project: Project, dotted: str, wanted: tuple[str, ...], origin: Module) -> bool | None:
    """Whether the base class of a task is one of `wanted` (full or bare names) or a subclass; None where that cannot be told.

    A class of a library cannot descend from one that the project itself defines.
    """
    names, _, opened = ancestry(project, dotted, origin)
    for want in wanted:
        full = canonical(project, want, origin)
        if any(name == full or name.endswith("." + want) for name in names):
            return True
    if not opened:
        return False
    inside = all("." in want and locate(project, want, origin) is not None for want in wanted)
    return False if inside and opened.endswith("outside the project") else None


def has_own_base(task: Task) -> bool | None:
    """Whether a task class of the project's own is among the bases of a task; None where that cannot be told."""
    base, project = base_of(task), task.module.project
    if not isinstance(base, Known):
        return None if isinstance(base, Unknown) else False
    names, _, opened = ancestry(project, base.value.dotted, task.module)
    for dotted in names:
        if dotted != task.dotted and locate(project, dotted, task.module) is not None:
            above, _, more = ancestry(project, dotted, task.module)
            if more or not CELERY_TASK.isdisjoint(above):
                return True
    return None if opened else False


class Importable(Record):
    """A class that a file can import as `name` from `source`, where it is that of the dotted name `dotted`."""

    source: Module
    name: str
    dotted: str


def importable(task: Task, wanted: str) -> Importable | None:
    """The class of the project that a full or bare name means for a task; None where there is none, or more than one."""
    origin, project = task.module, task.module.project
    head, _, name = wanted.rpartition(".")
    if head:
        held, source = locate(project, wanted, origin), project.find(head, origin)
    else:
        every = [(module, one) for module in project.looked_at for one in module.facts.classes if one.qualname == name]
        own = [pair for pair in every if not pair[0].in_tests] or every
        held = own[0] if len(own) == 1 else None
        source = held[0] if held is not None else None
    if held is None or source is None or held[1].holder != "module":
        return None
    return Importable(source, name, f"{held[0].name}.{held[1].qualname}")


def canonical(project: Project, dotted: str, origin: Module | None = None) -> str:
    """The name that a class has where it is defined."""
    held = locate(project, dotted, origin) if "." in dotted else None
    return f"{held[0].name}.{held[1].qualname}" if held is not None else dotted


def base_of(task: Task) -> Value:
    """The base class of a task as a `Name`: its own, else that of the app (`task_cls`); ABSENT for Celery's own."""
    if task.settled_base is None:
        task.settled_base = _base_of(task)
    return task.settled_base


def _base_of(task: Task) -> Value:
    base = task.base
    if base.absent or (isinstance(base, Known) and base.value is None):
        return app_base(task)
    if isinstance(base, Known) and not isinstance(base.value, Name):
        return Unknown("a base that is no class", base.files)
    return base


def lineage_of(task: Task) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """As `lineage`, for the base class of a task; the files include those that say which class it is."""
    base = base_of(task)
    if isinstance(base, Unknown):
        return (), base.files, base.why
    if not isinstance(base, Known):
        return (), (), ""
    names, files, opened = ancestry(task.module.project, base.value.dotted, task.module)
    return names, tuple(dict.fromkeys((*base.files, *files))), opened


def members(task: Task) -> frozenset[str]:
    """The names that the project's classes among the bases of a task define."""
    made: set[str] = set()
    for dotted in lineage_of(task)[0]:
        held = locate(task.module.project, dotted, task.module)
        if held is not None:
            made.update(held[1].methods)
            made.update(one.name for one in held[1].attributes)
    return frozenset(made)


def supplied(task: Task, option: str) -> Value:
    """What the base class of a task says about an option; ABSENT where it says nothing."""
    if option in DECORATOR_ONLY:
        return ABSENT
    base = base_of(task)
    if not isinstance(base, Known):
        return base if isinstance(base, Unknown) else ABSENT
    project = task.module.project
    if base.value.dotted in CELERY_TASK:
        return ABSENT
    held = locate(project, base.value.dotted, task.module)
    if held is None:
        return Unknown(f"the class {base.value.dotted} is outside the project", base.files)
    from taskguard.project.declarations import class_options

    options, opened = class_options(*held)
    given = options.get(option)
    if given is not None:
        value = given.value
        return (
            value if value.absent else value.replace(files=tuple(dict.fromkeys((*value.files, *lineage_of(task)[1]))))
        )
    return Unknown(opened, lineage_of(task)[1]) if opened else ABSENT


def app_base(task: Task) -> Value:
    """The `task_cls` of the app that the task belongs to; Unknown where several apps differ."""
    project = task.module.project
    if not project.complete:
        return ABSENT
    if project.celery.foreign(task):
        return Unknown(f"the app {task.app} is outside the project")
    values = [_held(service) for service in project.celery.services_of(task)]
    return _agreed(values) if values else ABSENT


def _agreed(values: list[Value]) -> Value:
    """The class that all apps of a task have; one app alone may be Unknown."""
    first = values[0]
    if any(type(one) is not type(first) or one.value != first.value for one in values):
        return Unknown("the apps have different task classes")
    files = tuple(dict.fromkeys(file for one in values for file in one.files))
    return first.replace(files=files) if first.known else first


def _held(service: Service) -> Value:
    """The class that an app gives to all its tasks, worked out once."""
    if service.task_class is None:
        service.task_class = _task_class(service)
    return service.task_class


def _task_class(service: Service) -> Value:
    value = service.task_cls
    if isinstance(value, Known):
        if not isinstance(value.value, Name):
            return Unknown("a task class that cannot be followed", value.files)
        return Known(value.value, tuple(dict.fromkeys((*value.files, service.path))))
    if value.absent:
        found = service.maker.find(service.call.callee, service.maker_scope)
        if found.kind == "external" and found.path not in CELERY_APP:
            return Unknown(f"the class {found.path} of the app is outside the project")
        klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
        if klass is not None and not MAKE_TASKS.isdisjoint(klass.methods):
            return Unknown(f"the class {klass.name} of the app makes its tasks itself")
    return value
