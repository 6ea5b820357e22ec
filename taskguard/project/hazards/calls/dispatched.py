"""Calls that send a task."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Dict, Item, Op, Ref
from taskguard.facts.questions import holds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.class_tasks import sent_at_once, sent_by_object
from taskguard.project.hazards.calls.functions import outer_functions
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import body_of, bound_in, calls_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import hidden, in_tests, serving_beside
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Expr, Function
    from taskguard.facts.statements import Body
    from taskguard.project.celery.model import Service
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

SENDING = frozenset(("delay", "apply_async"))
MAKING = frozenset("s si signature subtask".split())
# What gives options to a task.
GIVING = frozenset(("apply_async", "send_task", "set", "retry"))
CANVAS = frozenset(
    f"celery.{home}{name}" for home in ("", "canvas.") for name in ("group", "chain", "chord", "signature")
)
# The last names of what may send.
MAY_SEND = ("apply_async", "chain", "chord", "delay", "group", "s", "send_task", "si")
WORDS = (".delay(", ".apply_async(", ".send_task(")


class Sent(Record):
    """A call that sends: `task` is the task, None where it is sent by name or with others; `name` is what the code calls it."""

    called: Called
    task: Task | None
    name: str


def runs_at_once(service: Service) -> bool:
    """Whether the settings have each task run by who sends it, and not only under some condition or for developers: nothing goes to a worker."""
    held = configuration(service)
    given = held.get("task_always_eager")
    if given is None or any(one.guard for one in given.places) or held.value("task_always_eager").value is not True:
        return False
    if tests_alone_are_eager(service):
        return False
    return not all(_of_developers(service.module.project, one.path) for one in given.places)


def tests_alone_are_eager(service: Service) -> bool:
    """Whether nothing but the settings of a test suite has the tasks run at once: those that serve are not in the tree."""
    given = configuration(service).get("task_always_eager")
    return given is not None and not service.test and all(in_tests(one.path) for one in given.places)


def _of_developers(project: Project, path: str) -> bool:
    """Whether a file has the settings of whoever writes the code, and beside it lie others for the machines that serve, which say nothing of that."""
    stem = path.rpartition("/")[2].removesuffix(".py")
    return any(
        other in project.modules and not holds(project, other, "ALWAYS_EAGER", "always_eager", f"{stem} import")
        for other in serving_beside(path)
    )


def sending_files(project: Project) -> list[str]:
    """The files that may send a task."""
    return project.search(*WORDS)


def senders_in(project: Project, paths: Iterable[str]) -> Iterator[tuple[Module, Function]]:
    """The functions in files at `paths` that may send, with their modules."""
    for path in paths:
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for function in outer_functions(module, (*MAY_SEND, *sent_at_once(module))):
            yield module, function


def sent_by(module: Module, function: Function) -> tuple[Sent, ...]:
    """The calls of a function that send, those of lambdas and functions within among them."""
    return (
        _sent(module, function.qualname)
        if module.function(function.qualname) is function and function.may_call(*MAY_SEND, *sent_at_once(module))
        else ()
    )


@query
def _sent(module: Module, qualname: str) -> tuple[Sent, ...]:
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    return tuple(_all_sent(module, qualname, body)) if body is not None else ()


def _all_sent(module: Module, scope: str, body: Body) -> Iterator[Sent]:
    for called in calls_of(body):
        found = sending(module, scope, called.call) or sent_by_name(module, scope, body, called.call)
        if found is None and (name := sent_by_object(module, scope, body, called.call)):
            found = None, name
        if found is not None:
            yield Sent(called, *found)


def sent_by_name(module: Module, scope: str, body: Body, call: Call) -> tuple[Task | None, str] | None:
    """What `work.delay()` or `work()` sends, where `work` is a signature or canvas that the function has made."""
    name, _, method = call.callee.rpartition(".") if "." in call.callee else (call.callee, "", "")
    if not name or "." in name or (method and method not in SENDING):
        return None
    values = [value for value, _ in bound_in(body, name)]
    if len(values) != 1 or values[0] is None or resolve(module, name, scope).kind != "local":
        return None
    other = values[0]
    if isinstance(other, Ref) and method:
        task = task_at(Bound(other, module, scope), other.name)
        return (task, name) if task is not None else None
    if method and _out_of_tasks(module, scope, other):
        return None, name
    found = _signed(module, scope, other)
    return (None, name) if found is not None else None


def _out_of_tasks(module: Module, scope: str, expr: Expr) -> bool:
    """Whether an expression takes something out of a dict of tasks: `TASKS[kind]`, `TASKS.get(kind)`, `{"now": send}[kind]`."""
    of: Expr | None = expr.of if isinstance(expr, Item) else None
    if isinstance(expr, Call) and expr.callee.endswith(".get") and len(expr.args) == 1:
        of = Ref(expr.callee.removesuffix(".get"), expr.span)
    held = dict_pieces(Bound(of, module, scope)) if isinstance(of, Ref | Dict) else None
    if held is None or held.open or not held.items:
        return False
    values = [one.value for one in held.items]
    return all(isinstance(one.expr, Ref) and task_at(one, one.expr.name) is not None for one in values)


def sending(module: Module, scope: str, call: Call) -> tuple[Task | None, str] | None:
    """The task that a call sends, and what it is called; None where the call surely or possibly sends none."""
    if isinstance(call.func, Attr):
        return _signed(module, scope, call.func.of) if call.func.name in SENDING else None
    if isinstance(call.func, Call | Op):
        return _signed(module, scope, call.func)  # `chain(…)()`
    head, _, method = call.callee.rpartition(".")
    if not head:
        return None
    if method == "send_task":
        named = call.args[0] if call.args else call.keyword("name")
        app = celery_of(module.project).apps.is_app(module, head, scope)
        return (None, f"{named.value}") if app and isinstance(named, Const) and isinstance(named.value, str) else None
    if method not in SENDING:
        return None
    task = task_at(Bound(Ref(head, call.span), module, scope), head)
    return (task, head) if task is not None else None


def _signed(module: Module, scope: str, expr: Expr) -> tuple[Task | None, str] | None:
    """What a signature or canvas sends."""
    if isinstance(expr, Op) and expr.op == "|":
        found = [held for one in expr.operands if (held := _signed(module, scope, one)) is not None]
        return (None, "chain") if found else None
    if not isinstance(expr, Call):
        return None
    if isinstance(expr.func, Attr):
        return _signed(module, scope, expr.func.of) if expr.func.name in ("set", "clone", "on_error") else None
    head, _, method = expr.callee.rpartition(".")
    if head and method in MAKING:
        task = task_at(Bound(Ref(head, expr.span), module, scope), head)
        return (task, head) if task is not None else None
    if expr.callee and resolve(module, expr.callee, scope).path in CANVAS:
        return None, method
    return None


def given_options(module: Module, scope: str, call: Call, body: Body | None = None) -> tuple[str, Task | None] | None:
    """The method by which a call gives options to a task, and the task; None where it gives none. With the `body` around it, signatures count that it has made."""
    func = call.func
    method = call.method
    if method in ("apply_async", "send_task"):
        found = sending(module, scope, call)
        if found is None and body is not None:
            found = sent_by_name(module, scope, body, call)
        return (method, found[0]) if found is not None else None
    of: Expr | None = func.of if isinstance(func, Attr) else None
    if method == "set" and isinstance(of, Call) and of.callee.rpartition(".")[2] in MAKING:
        # As if it were sent: what is asked is whether it is a signature of a task.
        found = sending(module, scope, Call(Attr(of, "apply_async", call.span), (), (), call.span))
        return (method, found[0]) if found is not None else None
    return None
