"""Wrappers of the project around Celery's task decorators: which functions are some, what they are called, and who uses them."""

from __future__ import annotations

import re

from taskguard.facts import selections
from taskguard.facts.model import Call, Class, Function, Ref
from taskguard.facts.questions import finds
from taskguard.project.tasks.app_names import task_class
from taskguard.project.tasks.decorating import by_class
from taskguard.project.tasks.decorators import declarer, handed
from taskguard.project.tasks.handing import attached
from taskguard.project.tasks.methods import hands_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project

MOST = 24
# The last names of what declares a task: a wrapper calls one of them.
MAKING = ("shared_task", "task")


def wrapper_names(project: Project) -> tuple[str, ...]:
    """The names of the project's own task decorators, as far as the looked-at files define them."""
    made: dict[str, None] = {}
    for module in project.looked_at:
        for klass in module.facts.classes:
            if klass.has("__call__") and _makes_tasks(module, klass):
                made[klass.name] = None
        for function in selections.perhaps_wrapping(module.facts, *MAKING):
            if function.name != "task" and is_wrapper(module, function):
                made[function.name] = None
        for binding in selections.made_by_calls(module.facts):
            value = binding.value
            last = value.callee.rpartition(".")[2] if isinstance(value, Call) else ""
            made_by_call = last == "partial" or last[:1].isupper()
            if made_by_call and declarer(module, Ref(binding.name, binding.span)) is not None:
                made[binding.name] = None
    return tuple(made)[:MOST]


def _makes_tasks(module: Module, klass: Class) -> bool:
    """Whether the objects of a class hand what they are called with to a task decorator."""
    return (
        klass.holder == "module"
        and by_class(module, Call(Ref(klass.name, klass.span), (), (), klass.span), "", module, klass) is not None
    )


def is_wrapper(module: Module, function: Function) -> bool:
    """Whether a function, used as a decorator, declares a task."""
    if function.holder == "class":
        return bool(function.params) and not function.name.startswith("__") and hands_on(module, function, handed)
    if function.holder != "module":
        return False
    if not function.may_call(*MAKING):
        return attached(module, function) is not None
    return declarer(module, Ref(function.name, function.span)) is not None


def inside_wrapper(module: Module, scope: str) -> bool:
    """Whether a scope is the inside of a wrapper: what it declares are the tasks of its users."""
    if not scope:
        return False
    klass = module.klass(scope.partition(".")[0])
    if klass is not None and klass.has("__call__"):
        return True
    function = module.function(scope.partition(".<locals>")[0])
    return function is not None and is_wrapper(module, function)


def widened(project: Project) -> Project:
    """The project, which looks also at the files that use a wrapper or a task class of its own and hold no word of Celery's: they declare tasks all the same."""
    if not project.can_search:
        return project
    looked_at = set(project.eager)
    found: dict[str, None] = {}
    names, methods = wrapper_names(project), method_names(project)
    houses = {name for path in project.eager for name in project.house(path).decorators}
    for name in names:
        for path in project.search(f"@{name}"):
            if path not in looked_at:
                found[path] = None
    for name in methods:
        used = re.compile(rf"^[ \t]*@[\w.]+\.{re.escape(name)}\b", re.M)
        for path in project.search(f".{name}"):
            if path not in looked_at and finds(project, path, used):
                found[path] = None
    bases = base_names(project)
    for name in bases:
        derived = re.compile(rf"^[ \t]*class \w+\([^)]*\b{re.escape(name)}\b", re.M)
        for path in project.search(name):
            if path not in looked_at and finds(project, path, derived):
                found[path] = None
    project.widen(found, (*names, *methods, *bases, *(one.rpartition(".")[2] for one in houses)))
    return project


def base_names(project: Project) -> tuple[str, ...]:
    """The names of the project's own task classes, where it registers instances: a class of a house base may have no word of Celery's in its file."""
    registering = (project.modules[path] for path in project.search("register_task") if path in project.looked_at_paths)
    if not any(selections.calling(module.facts, "register_task") for module in registering):
        return ()
    made: dict[str, None] = {}
    for module in project.looked_at:
        for klass in module.facts.classes:
            if klass.bases and klass.holder == "module" and task_class(module, klass):
                made[klass.name] = None
    return tuple(made)[:MOST]


def method_names(project: Project) -> tuple[str, ...]:
    """The names of methods that make tasks, `task` left out."""
    made: dict[str, None] = {}
    for module in project.looked_at:
        for function in selections.perhaps_wrapping(module.facts, *MAKING):
            if function.holder == "class" and function.name != "task" and is_wrapper(module, function):
                made[function.name] = None
    return tuple(made)[:MOST]
