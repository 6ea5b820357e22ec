"""Results that are found by an id, or asked of an app: whose they are."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Ref
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.dispatched import sending
from taskguard.project.hazards.calls.results import has_none_itself
from taskguard.project.python.bound import Bound
from taskguard.project.python.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

RESULT = "AsyncResult"
RESULTS = frozenset((f"celery.result.{RESULT}", f"celery.{RESULT}"))


def is_of_id(module: Module, scope: str, call: Call) -> bool:
    """Whether a call makes the result of a task by its id: `AsyncResult(pk)`, `app.AsyncResult(pk)`, `send.AsyncResult(pk)`."""
    head, _, last = call.callee.rpartition(".")
    if last != RESULT or isinstance(call.func, Attr) or call.keyword("backend") is not None or len(call.args) > 1:
        return False
    if resolve(module, call.callee, scope).path in RESULTS:
        return True
    return bool(head) and (
        celery_of(module.project).apps.is_app(module, head, scope)
        or task_at(Bound(Ref(head, call.span), module, scope), head) is not None
    )


def by_id(module: Module, scope: str, call: Call) -> Task | None:
    """The task whose result a call finds by its id, `send.AsyncResult(pk)`, or that it sends by its name alone, where the sender does not know what the task ignores."""
    head, _, last = call.callee.rpartition(".")
    if isinstance(call.func, Attr) or not head:
        return None
    if last == RESULT:
        return task_at(Bound(Ref(head, call.span), module, scope), head)
    found = sending(module, scope, call) if last == "send_task" and not call.keyword("ignore_result") else None
    held = celery_of(module.project).named(found[1]) if found is not None else []
    opened = any(one.name is None for one in call.keywords)
    return held[0] if len(held) == 1 and not opened else None


def app_without(module: Module, scope: str, call: Call) -> Service | None:
    """The app that a call names whose results it asks for, `remote.AsyncResult(pk)` or `remote.send_task("a.b")`, where it surely has no backend; which one the current app is, nobody can tell."""
    head, _, last = call.callee.rpartition(".")
    if (
        not head
        or last not in (RESULT, "send_task")
        or call.keyword("backend") is not None
        or isinstance(call.func, Attr)
    ):
        return None
    if (last == RESULT and len(call.args) > 1) or resolve(module, head, scope).kind != "symbol":
        return None
    service = celery_of(module.project).apps.at(module, head, scope)
    return service if service is not None and has_none_itself(service) else None
