"""Base classes of tasks that have a `__call__` and do no more in it than to run the body: `with app.app_context(): return self.run(*args, **kwargs)`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Ref, Star
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.task_class import local_class
from taskguard.project.python.flow import body_of, calls_of, returned
from taskguard.project.python.values import Known, Name
from taskguard.project.registry.effective import base_of
from taskguard.project.tasks.bases import locate, whole_family
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class, Expr
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

# What may stand beside the call of the body and runs nothing: contexts of Flask, and what writes to a log.
BESIDE = frozenset(
    "super app_context test_request_context request_context debug info warning getLogger get_logger time monotonic".split()
)
# Methods by which a class gets between the message and the body, or makes its attributes as it likes.
BETWEEN = frozenset("run __new__ __init_subclass__ __getattribute__ __getattr__ __get__ bind on_bound".split())


@query
def hands_on(task: Task) -> bool:
    """Whether the base class of a function's task surely calls the body with what the message holds, and gives back what that gives.

    Also where it is a class inside of a function, as those that an app's factory makes.
    """
    if task.klass is not None:
        return False
    held = base_classes(task)
    return bool(held) and all(_harmless(module, klass) for module, klass in held)


def base_classes(task: Task) -> list[tuple[Module, Class]]:
    """The class that the task has for its base, with each app that it may be of; none where one of them cannot be told."""
    base = base_of(task)
    if isinstance(base, Known):
        named = isinstance(base.value, Name) and locate(task.module.project, base.value.dotted, task.module)
        return [named] if named else []
    if not task.base.absent:
        return []
    made = [local_class(service) for service in services_of(task)]
    return [one for one in made if one is not None] if all(made) else []


def _harmless(module: Module, klass: Class) -> bool:
    held = whole_family(module, klass)
    for holder, one in held:
        if not BETWEEN.isdisjoint((*one.methods, *(each.name for each in one.attributes))):
            return False
        if one.has("__call__") and not _runs_body(holder, f"{one.qualname}.__call__"):
            return False
    return bool(held)


def _runs_body(module: Module, qualname: str) -> bool:
    """Whether a `__call__` returns the body's result on each way, and calls nothing else that could run it."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    if body is None or function is None or body.is_async or body.is_generator or function.decorators:
        return False
    own = [one.name for one in function.params if one.kind in ("positional", "both")]
    taken = frozenset(one.name for one in function.params if one.kind in ("var", "rest"))
    if len(own) != 1 or len(taken) != 2:
        return False
    for called in calls_of(body):
        name = called.call.func.name if isinstance(called.call.func, Attr | Ref) else ""
        if not _is_run(called.call, own[0], taken) and name.rpartition(".")[2] not in BESIDE:
            return False
    given = returned(body)
    return bool(given) and all(isinstance(one, Call) and _is_run(one, own[0], taken) for one in given)


def _is_run(call: Call, own: str, taken: frozenset[str]) -> bool:
    """`self.run(*args, **kwargs)`, `super().__call__(*args, **kwargs)` or `Task.__call__(self, *args, **kwargs)`."""
    func = call.func
    args: tuple[Expr, ...] = call.args
    if isinstance(func, Attr):
        if func.name != "__call__" or not isinstance(func.of, Call) or func.of.callee != "super":
            return False
    elif not isinstance(func, Ref):
        return False
    elif func.name != f"{own}.run":
        if not func.name.endswith(".__call__") or not args or not isinstance(args[0], Ref) or args[0].name != own:
            return False
        args = args[1:]
    passed = {one.value.name for one in args if isinstance(one, Star) and isinstance(one.value, Ref)}
    passed |= {one.value.name for one in call.keywords if one.name is None and isinstance(one.value, Ref)}
    return len(args) == 1 and len(call.keywords) == 1 and passed == taken
