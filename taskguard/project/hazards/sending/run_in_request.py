"""Tasks that a web request runs itself: `remind(user.pk)` in a view, where `remind.delay(user.pk)` was meant."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Const, Ref
from taskguard.facts.statements import Do, If, Let, Try
from taskguard.patterns import regex
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.apps.unloaded_web import is_routed
from taskguard.project.hazards.calls.callers import callers
from taskguard.project.hazards.calls.dispatched import runs_at_once, sent_by
from taskguard.project.hazards.calls.functions import is_of_class, outer_functions
from taskguard.project.hazards.database.transactions import (
    OF_VIEWS,
    SAVING,
    class_like,
    is_resource,
    is_view,
    of_function,
)
from taskguard.project.hazards.sending.text_questions import ON_PURPOSE, says_on_purpose
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import below, body_of, calls_of, expressions, spots_of
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

ROLES: dict[str, str] = {"signal": "whoever saves the row", "save": "whoever saves the row", "admin": "the request"}
# Classes of Django's admin, and the parameters of an action of it that is no method.
ADMIN = regex(r".+Admin\Z")
ACTION = ("modeladmin", "request", "queryset")
# How many packages may pass a task on, one to the other.
FARTHEST = 4


class Unsent(Record):
    """A call of a task as a function. `role` is what runs it."""

    module: Module
    function: Function
    call: Call
    task: Task
    role: str


def unsent(project: Project) -> Iterator[Unsent]:
    """All of them, by file."""
    serving = [one for one in celery_of(project).live if not one.test]
    if serving and all(map(runs_at_once, serving)):
        return
    tasks = [one for one in all_tasks(project) if one.form == "function" and "." not in one.qualname and not one.below]
    names = sorted({one.qualname for one in tasks if not in_tests(one.path)})
    wanted = frozenset(names)
    # A file of tasks, and the package that it is in: `from shop.tasks import send`, `from shop import tasks`.
    homes = {part for one in tasks for part in one.path.removesuffix(".py").split("/")[-2:]}
    importing = _importing(project, {*homes, *names, ""}) if names else ()
    for path in sorted({*importing, *(one.path for one in tasks)}):
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for function in outer_functions(module, names):
            yield from _in_function(module, function, _role(module, function) or _of_callers(module, function), wanted)


def _importing(project: Project, wanted: set[str]) -> list[str]:
    """The files that may import from modules of these last names, or from packages that pass on what is in them: `from .worker import remind` of `__init__.py`."""
    held: list[str] = []
    for _ in range(FARTHEST):
        held = project.importing_from(wanted)
        passing = {path.split("/")[-2] for path in held if path.endswith("/__init__.py")}
        if passing <= wanted:
            break
        wanted |= passing
    return held


def _of_callers(module: Module, function: Function) -> str:
    """What runs a helper of a file without tasks, where all who call it are receivers of signals: one of a view may want what the task has done."""
    if function.holder != "module" or function.decorators or not _sends_only(module):
        return ""
    held = {_role(home, one) if not called.later else "" for home, one, called in callers(module, function.qualname)}
    return ROLES["signal"] if held == {ROLES["signal"]} else ""


def _sends_only(module: Module) -> bool:
    """Whether a module has no tasks, and is no command: there nothing is run by a worker."""
    return not (tasks_in(module) or ".management.commands." in module.name or "migrations" in module.name.split("."))


def _role(module: Module, function: Function) -> str:
    if is_view(module, function) or is_routed(module, function.qualname) or is_resource(module, function):
        return "the request"
    if _is_of_admin(module, function):
        return "the request"
    if function.name in SAVING and class_like(module, function, OF_VIEWS) is not None:
        return "the request"
    held = of_function(module, function)
    return ROLES.get(held.kind, "") if held is not None else ""


def _is_of_admin(module: Module, function: Function) -> bool:
    """Whether Django's admin runs a function in a request: an action, or a method that is given the request, as those are for which `get_urls` has an address."""
    names = tuple(one.name for one in function.params)
    if function.holder == "module":
        return tuple(one.replace("_", "") for one in names) == ACTION
    given = len(names) > 1 and names[1] == "request" and not is_of_class(function)
    return given and class_like(module, function, ADMIN) is not None


def _in_function(module: Module, function: Function, role: str, names: frozenset[str]) -> Iterator[Unsent]:
    body = body_of(module, function)
    sent = {one.task.dotted for one in sent_by(module, function) if one.task is not None}
    for called in calls_of(body) if body is not None else ():
        call = called.call
        if call.callee.rpartition(".")[2] not in names or isinstance(call.func, Attr) or called.later:
            continue
        if not _is_dropped(called, body) or _chosen(called):
            continue
        if not role and not _is_sent_too(module, call.callee):
            continue
        task = task_at(Bound(Ref(call.callee, call.span), module, function.qualname), call.callee)
        if (
            task is None
            or task.form != "function"
            or task.dotted in sent
            or task.qualname != call.callee.rpartition(".")[2]
        ):
            continue
        if says_on_purpose(module.project, module.path, function, call.span.line - function.span.line):
            continue
        yield Unsent(module, function, call, task, role or "who calls this")


def _is_sent_too(module: Module, name: str) -> bool:
    """Whether a module that has no tasks, and is no command, sends the task in other places: here it was forgotten."""
    return _sends_only(module) and any(
        site.call.callee.rpartition(".")[0] == name for site in selections.calling(module.facts, "delay", "apply_async")
    )


def _is_dropped(called: Called, body: Body | None) -> bool:
    """Whether nobody wants what a call gives back: it stands alone, or under a name that the function never reads."""
    one = called.spot.statement
    if isinstance(one, Do):
        return one.expr is called.call
    if not isinstance(one, Let) or one.value is not called.call or len(one.targets) != 1 or body is None:
        return False
    target = one.targets[0]
    if not isinstance(target, Ref) or "." in target.name:
        return False
    read = (
        part for spot in spots_of(body, inner=True) for expr in expressions(spot.statement) for part, _ in below(expr)
    )
    return not any(
        part is not target and selections.written_name(part).partition(".")[0] == target.name for part in read
    )


def _chosen(called: Called) -> bool:
    """Whether a condition or a handler around a call says that it is run here on purpose."""
    for one in called.spot.around:
        held = one.statement
        if isinstance(held, Try) and one.part in ("handler", "final"):
            return True
        if isinstance(held, If) and any(
            ON_PURPOSE.search(str(part.name if isinstance(part, Ref) else part.value))
            for test, _ in held.branches
            for part, _ in below(test)
            if isinstance(part, Ref | Const)
        ):
            return True
    return False
