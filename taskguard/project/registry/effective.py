"""What a task has beside its own declaration: its base class, and the options and methods that this one supplies."""

from __future__ import annotations

from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.task_class import local_class, task_class_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import ABSENT, Known, Name, Unknown, Value
from taskguard.project.tasks.bases import ancestry, is_subclass, locate, whole_family
from taskguard.project.tasks.celery_names import CELERY_APP, CELERY_TASK, PLAIN_APPS, SILENT_TASKS
from taskguard.project.tasks.declarations import class_options
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from taskguard.facts.model import Class
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

# The parameters of `_task_from_fun` (celery/app/base.py): they are no attributes, so a base class cannot supply them.
DECORATOR_ONLY = frozenset(
    "name base bind shared lazy filter pydantic pydantic_strict pydantic_context pydantic_dump_kwargs".split()
)
# Methods of an app that make the task or its class: a subclass that has one may give any base.
MAKE_TASKS = ("_create_task_cls", "_get_task", "_task_from_fun", "create_task_cls", "subclass_with_self")


def effective_option(task: Task, name: str) -> Value:
    """The value of an option; where the declaration does not give it, that of the base class."""
    given = task.option(name)
    if not given.absent or task.form == "class":
        return given
    return supplied(task, name)


def setting_files(task: Task, option: str) -> tuple[str, ...]:
    """The files that configure the apps of a task, where the declaration and its base leave an option open."""
    services = services_of(task) if effective_option(task, option).absent else ()
    return tuple(dict.fromkeys(service.path for service in services))


def inherits(task: Task, wanted: tuple[str, ...]) -> bool | None:
    """Whether the base class of a task is one of `wanted` (full or bare names) or a subclass of it; None where that cannot be told."""
    base = base_of(task)
    if isinstance(base, Unknown):
        return None
    dotted = base.value.dotted if isinstance(base, Known) else "celery.Task"
    return is_subclass(task.module.project, dotted, wanted, task.module)


def base_files(task: Task) -> tuple[str, ...]:
    """The files of the base class of a task and of its ancestors."""
    return lineage_of(task)[1]


def base_open(task: Task) -> str:
    """Why the base class of a task may hold more than the project says; empty where all of it is known."""
    return lineage_of(task)[2]


def wraps_body(task: Task) -> bool | None:
    """Whether the base class comes between the message and the body (`__call__`); None where that cannot be told."""
    if "__call__" in base_attributes(task):
        return True
    return None if base_open(task) else False


def has_own_base(task: Task) -> bool | None:
    """Whether a task class of the project's own is among the bases of a task; None where that cannot be told."""
    base, project = base_of(task), task.module.project
    if not isinstance(base, Known):
        return None if isinstance(base, Unknown) else False
    names, _, opened = ancestry(task.module, base.value.dotted)
    for dotted in names:
        if dotted != task.dotted and locate(project, dotted, task.module) is not None:
            above, _, more = ancestry(task.module, dotted)
            if more or not (CELERY_TASK | SILENT_TASKS).isdisjoint(above):
                return True
    return None if opened or not SILENT_TASKS.isdisjoint(names) else False


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
        own = [pair for pair in every if not in_tests(pair[0].path)] or every
        held = own[0] if len(own) == 1 else None
        source = held[0] if held is not None else None
    if held is None or source is None or held[1].holder != "module":
        return None
    return Importable(source, name, f"{held[0].name}.{held[1].qualname}")


@query
def base_of(task: Task) -> Value:
    """The base class of a task as a `Name`: its own, else that of the app (`task_cls`); ABSENT for Celery's own."""
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
    names, files, opened = ancestry(task.module, base.value.dotted)
    return names, tuple(dict.fromkeys((*base.files, *files))), opened


def base_attributes(task: Task) -> frozenset[str]:
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
        return base if isinstance(base, Unknown) and not _silent_inside(task, option) else ABSENT
    project = task.module.project
    if base.value.dotted in CELERY_TASK | SILENT_TASKS:
        return ABSENT
    held = locate(project, base.value.dotted, task.module)
    if held is None:
        return Unknown(f"the class {base.value.dotted} is outside the project", base.files)
    options, opened = class_options(*held)
    given = options.get(option)
    if given is not None:
        value = given.value
        return (
            value if value.absent else value.replace(files=tuple(dict.fromkeys((*value.files, *lineage_of(task)[1]))))
        )
    return Unknown(opened, lineage_of(task)[1]) if opened else ABSENT


def _silent_inside(task: Task, option: str) -> bool:
    """Whether the task class of each app is one inside of a function, and neither it nor what is above it says anything about an option."""
    held = [local_class(service) for service in services_of(task)] if task.base.absent else []
    return bool(held) and all(one is not None and _says_nothing(*one, option) for one in held)


def _says_nothing(module: Module, klass: Class, option: str) -> bool:
    held = whole_family(module, klass)
    said = {name for _, one in held for name in (*one.methods, *(each.name for each in one.attributes))}
    return bool(held) and said.isdisjoint((option, "__init__", "__new__", "__getattr__", "__getattribute__"))


def app_base(task: Task) -> Value:
    """The `task_cls` of the app that the task belongs to; Unknown where several apps differ."""
    project = task.module.project
    if not project.complete:
        return ABSENT
    services: Collection[Service] = services_of(task)
    if celery_of(project).foreign(task):
        services = celery_of(project).live if is_handed(task) else []
        if not services:
            return Unknown(f"the app {task.app} is outside the project")
    values = [_task_class(service) for service in services]
    return _agreed(values) if values else ABSENT


def is_handed(task: Task) -> bool:
    """Whether the app of a task is a parameter of the function around it (`def register(app): @app.task …`): it is one of the project's, where that has any."""
    around = task.qualname.rpartition(".<locals>.")[0]
    function = task.module.function(around) if around else None
    word = task.app.rpartition(".")[2]
    return function is not None and any(one.name == word for one in function.params)


def app_classes(task: Task) -> list[tuple[Service, Value]]:
    """The apps that a task may be of, each with its task class; none where the task names a base class of its own."""
    return [(one, _task_class(one)) for one in services_of(task)] if task.base.absent else []


def _agreed(values: list[Value]) -> Value:
    """The class that all apps of a task have; one app alone may be Unknown."""
    first = values[0]
    if any(type(one) is not type(first) or one.value != first.value for one in values):
        return Unknown("the apps have different task classes")
    files = tuple(dict.fromkeys(file for one in values for file in one.files))
    return first.replace(files=files) if first.known else first


@query
def _task_class(service: Service) -> Value:
    """The class that an app gives to all its tasks."""
    value = task_class_of(service)
    if isinstance(value, Known):
        if not isinstance(value.value, Name):
            return Unknown("a task class that cannot be followed", value.files)
        return Known(value.value, tuple(dict.fromkeys((*value.files, service.path))))
    if value.absent:
        found = resolve(service.maker, service.call.callee, service.maker_scope)
        if found.kind == "external" and found.path in PLAIN_APPS:
            return Known(Name(PLAIN_APPS[found.path]), (service.path,))
        if found.kind == "external" and found.path not in CELERY_APP:
            return Unknown(f"the class {found.path} of the app is outside the project")
        klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
        if klass is not None and klass.has(*MAKE_TASKS):
            return Unknown(f"the class {klass.name} of the app makes its tasks itself")
    return value
