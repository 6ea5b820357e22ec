"""Which arguments the task takes that a name means, as far as it is sure that they are those of its function."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Function, Import, Param
from taskguard.facts.questions import finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.task_class import local_class
from taskguard.project.hazards.calls.overridden import gives_as_given
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.hazards.calls.transparent_decorators import hands_on
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known, Name
from taskguard.project.registry.effective import (
    app_classes,
    base_attributes,
    base_of,
    base_open,
    effective_option,
    lineage_of,
)
from taskguard.project.tasks.bases import locate, whole_family
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Class
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project
    from taskguard.project.python.values import Value
    from taskguard.project.tasks.task import Task

# Methods by which a base class may hand on other arguments than it gets.
SENDING = frozenset("delay apply_async s si signature subtask apply delay_on_commit apply_async_on_commit".split())
# celery_singleton/singleton.py and celery_once/tasks.py: they hand `apply_async` on as it is, or send nothing.
AS_GIVEN = frozenset(
    "celery_singleton.Singleton celery_singleton.singleton.Singleton celery_once.QueueOnce celery_once.tasks.QueueOnce".split()
)
# What makes a class check nothing, or have the attributes that it likes.
MAKING_ITSELF = frozenset("typing __new__ __init_subclass__ __getattribute__ __getattr__ __get__".split())
OWN_SENDING = regex(r"\.(?:delay|apply_async|s|si|signature|subtask|run|__call__|__header__|typing)\s*=[^=]")
OWN_WORDS = (".delay =", ".delay=", ".apply_async =", ".apply_async=", ".typing =", ".__call__ =", ".run =")


class Taker(Record):
    """A task with the parameters that a caller fills. `checks` says that Celery checks the arguments where the task is sent, and not in the worker alone.
    `doubt` says why the parameters may be others, `own` that the methods by which the task is sent may not be Celery's, `keeps` that a list of arguments
    reaches Celery's all the same."""

    task: Task
    params: tuple[Param, ...]
    checks: bool
    doubt: str = ""
    own: bool = False
    keeps: bool = True


def takers(module: Module, written: str, scope: str) -> tuple[Taker, ...]:
    """The tasks that a name may be, one for each declaration; none where it surely or possibly is no task."""
    own = _itself(module, written, scope)
    if own is not None:
        return (taker(own),)
    found = resolve(module, written, scope)
    if found.kind != "symbol" or found.module is None:
        return ()
    made = _declared(found.module, found.path)
    if len(made) == 1 and (_bound_often(found.module, found.path) or _bound_often(module, written.partition(".")[0])):
        made = (made[0].replace(doubt="the name is bound more than once"),)
    return made


@query
def _declared(module: Module, path: str) -> tuple[Taker, ...]:
    tasks = [one for one in tasks_in(module) if one.qualname == path and one.form == "function"]
    return tuple(taker(one) for one in tasks or _bound(module, path))


def _bound(module: Module, path: str) -> list[Task]:
    """The task of `send = shared_task(run)` and of `send = app.register_task(Send())`, where nothing else is bound to the name."""
    entry = module.entry(path)
    value = entry.value if isinstance(entry, Binding) else None
    if not isinstance(value, Call):
        return []
    arg = value.args[0] if len(value.args) == 1 else None
    if isinstance(arg, Call) and value.callee.rpartition(".")[2] == "register_task":
        found = resolve(module, arg.callee) if arg.callee else None
        if found is None or found.kind != "symbol" or found.module is None:
            return []
        return [one for one in tasks_in(found.module) if one.form == "class" and one.qualname == found.path]
    return [one for one in tasks_in(module) if one.form == "call" and one.span == value.span]


def _bound_often(module: Module, name: str) -> bool:
    """Whether a file binds a name of its own in several places, of which nobody knows which counts."""
    held = module.entries(name) if name and "." not in name else ()
    return sum(not (isinstance(one, Import) and one.guard == "type_checking") for one in held) > 1


def _itself(module: Module, written: str, scope: str) -> Task | None:
    """The task whose function has it under this name: `self` with `bind=True`, and that of a class which no other task's class is made of."""
    if "." in written:
        return None
    holder = scope.partition(".<locals>")[0]
    for run in runs_of(module, holder):
        bound = run.task.option("bind").value is True or (run.task.form == "class" and not _has_heirs(run.task))
        if run.own == written and bound:
            inner = module.function(scope) if scope != holder else None
            return None if inner is not None and inner.binds(written) else run.task
    return None


@query
def _has_heirs(task: Task) -> bool:
    """Whether the class of a task is a base class of others, so that what it has as `self` may be one of those."""
    held = _heirs(task.module.project).get(task.dotted, [])
    return any(one is not task for one in held)


@query
def _heirs(project: Project) -> dict[str, list[Task]]:
    """The tasks of a project by the dotted names of the classes that theirs are made of."""
    made: dict[str, list[Task]] = {}
    for one in all_tasks(project):
        for dotted in dict.fromkeys(lineage_of(one)[0]):
            made.setdefault(dotted, []).append(one)
    return made


@query
def taker(task: Task) -> Taker:
    """What a task takes."""
    function = task.function
    if function is None and task.klass is not None:
        function = task.module.function(f"{task.klass.qualname}.run")
    checks = task.form != "class" and not task.below and _checked(task)
    params = _outside(task, function) if task.form != "class" else _of_class(function)
    own = _own_methods(task)
    keeps = not own or (not base_open(task) and _keeps_args(task))
    return Taker(task, params, checks, _doubt(task, function) or own, bool(own), keeps)


def _of_class(function: Function | None) -> tuple[Param, ...]:
    params = function.params if function is not None else ()
    return params[1:] if params and params[0].kind in ("positional", "both") else params


def _outside(task: Task, function: Function | None) -> tuple[Param, ...]:
    """The parameters without the task itself, which `bind=True` passes first."""
    params = function.params if function is not None else ()
    bound = task.option("bind").value is True
    return params[1:] if bound and params and params[0].kind in ("positional", "both") else params


def _doubt(task: Task, function: Function | None) -> str:
    """Why the arguments of a task may be others than those of its function; empty where they are these."""
    if function is None:
        return "the function of the task is not known"
    if task.form == "class":
        if function.decorators:
            return "a decorator may change what the task takes"
    elif (task.below and not hands_on(task)) or (task.form == "call" and function.decorators):
        return "a decorator below the task decorator may change what the task takes"
    first = function.params[0] if function.params else None
    bind = task.option("bind")
    if task.form != "class":
        if not isinstance(bind, Known) and not bind.absent:
            return "bind is not known"
        if task.in_class:
            return "a task decorator on a method"
        if bind.value is not True and first is not None and first.name == "self":
            return "the first parameter is self, and bind=True is missing"
        if bind.value is True and (first is None or first.kind not in ("positional", "both", "var")):
            return "bind=True, and no parameter takes the task"
    return ""


def _checked(task: Task) -> bool:
    """Whether Celery compares the arguments with the parameters where a task is sent. Where it does not, the worker calls the function with them all the same."""
    typing = effective_option(task, "typing")
    if isinstance(typing, Known):
        if not (typing.value is None or typing.value is True):
            return False
    elif not typing.absent and not (task.option("typing").absent and _apps_as_given(task)):
        return False
    return not any(one.call.keyword("strict_typing") is not None for one in services_of(task))


def as_given(task: Task) -> bool:
    """Whether the base class is that of a library which sends what it is given, or does not send it at all."""
    base = base_of(task)
    return isinstance(base, Known) and base.value.dotted in AS_GIVEN


def _own_methods(task: Task) -> str:
    """Why another method than Celery's may take the arguments."""
    if base_open(task) and not as_given(task) and not _apps_as_given(task):
        return "the base class may change what the task takes"
    if not base_attributes(task).isdisjoint(SENDING | {"__call__", "typing"}) and not _hands_on(task):
        return "the base class may change what the task takes"
    if task.open and task.sources:
        return "the wrapper that makes the task cannot be followed"
    project = task.module.project
    if project.can_search and any(replaces_sending(project, path) for path in (task.path, *task.sources)):
        return "the project sets a method of tasks itself"
    return ""


@query
def _apps_as_given(task: Task) -> bool:
    """Whether the task class of each app that the task may be of hands on what it is given: Celery's, one of the project, or one inside of a function, as those
    that an app's factory makes."""
    held = app_classes(task)
    return bool(held) and all(_gives_as_given(task, service, value) for service, value in held)


def _gives_as_given(task: Task, service: Service, value: Value) -> bool:
    if value.absent:
        return True
    held = local_class(service)
    if held is None and isinstance(value, Known) and isinstance(value.value, Name):
        held = locate(task.module.project, value.value.dotted, task.module)
    family = whole_family(*held) if held is not None else []
    return bool(family) and all(_as_celery(*one) for one in family)


def _as_celery(module: Module, klass: Class) -> bool:
    """Whether what a class has in place of Celery's own methods surely hands on what it is given."""
    names = {*klass.methods, *(one.name for one in klass.attributes)}
    return names.isdisjoint(MAKING_ITSELF) and all(
        gives_as_given(module, klass.qualname, method) for method in sorted((SENDING | {"__call__"}) & names)
    )


def _hands_on(task: Task) -> bool:
    """Whether all that the project's base classes of a task have in place of Celery's methods surely hands on what it is given."""
    return "typing" not in base_attributes(task) and all(
        gives_as_given(module, klass.qualname, method)
        for module, klass in _own_bases(task)
        for method in sorted(
            (SENDING | {"__call__"}).intersection((*klass.methods, *(each.name for each in klass.attributes)))
        )
    )


def _keeps_args(task: Task) -> bool:
    """Whether what the project's base classes of a task have in place of `apply_async` hands on the list of arguments, whatever becomes of the others."""
    own = [(module, klass) for module, klass in _own_bases(task) if klass.has("apply_async")]
    return bool(own) and all(gives_as_given(module, klass.qualname, "apply_async", "args") for module, klass in own)


def _own_bases(task: Task) -> Iterator[tuple[Module, Class]]:
    """The base classes of a task that are the project's, with their modules."""
    for dotted in lineage_of(task)[0]:
        found = locate(task.module.project, dotted, task.module)
        if found is not None:
            yield found


@query
def replaces_sending(project: Project, path: str) -> bool:
    """Whether a file replaces a method by which tasks are sent: `task.delay = …`."""
    return not in_tests(path) and holds(project, path, *OWN_WORDS) and finds(project, path, OWN_SENDING)
