"""What the dict of a schedule entry says: the name of its task, and where each of its values stands."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Expr, Ref
from taskguard.project.python.evaluate import Bound, Mapping, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import ABSENT, Unknown, Value
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Span


def task_of(whole: Mapping, places: dict[object, Span], otherwise: Span) -> tuple[Value, Span]:
    """The name of the task that an entry runs, and its place; that is `otherwise` where the entry does not write it out."""
    held = whole.entries.get("task")
    span = places.get("task", otherwise)
    if held is None:
        return Unknown(whole.open) if whole.open else ABSENT, span
    return task_value(held), span


def task_value(held: Bound | Value | Mapping) -> Value:
    """The task's name that a value gives: a string, or `f.name` of a task `f`."""
    value = value_of(held)
    if isinstance(held, Bound) and isinstance(held.expr, Ref) and not value.known and held.expr.name.endswith(".name"):
        found = resolve(held.module, held.expr.name[:-5], held.scope)
        if found.kind == "symbol" and found.module is not None:
            for task in tasks_in(found.module):
                if task.qualname == found.path:
                    return task.name
    return value


def literal_places(expr: Expr) -> dict[object, Span]:
    """Where the values of a dict display or of a `dict(...)` stand, by key."""
    if isinstance(expr, Dict):
        return {key.value: value.span for key, value in expr.items if isinstance(key, Const)}
    if isinstance(expr, Call):
        return {keyword.name: keyword.value.span for keyword in expr.keywords if keyword.name is not None}
    return {}
