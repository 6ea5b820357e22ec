"""Where functions take the key of a row for a task: `send.delay(order.pk)`, `partial(send.delay, order.pk)`, `send.si(order.pk)`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Dict, Expr, Ref, Seq
from taskguard.facts.statements import Define, Inner
from taskguard.project.celery.signatures import task_at
from taskguard.project.hazards.calls.dispatched import MAKING, sending
from taskguard.project.hazards.database.on_commit import is_on_commit
from taskguard.project.hazards.database.row_keys import KEYS
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import calls_of
from taskguard.project.python.names import resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

SENDS = frozenset(("delay", "apply_async", "delay_on_commit", "apply_async_on_commit"))
# What may be made of a key, and is of no use where the key is none.
LIKE_KEY = frozenset("str int dict list tuple".split())


class Use(Record):
    """A call that takes the key of a row. `committed`: a lambda or function does it that `on_commit` is handed at `spot`; else it is done there."""

    call: Call
    spot: Spot
    name: str
    key: str
    task: Task | None
    committed: bool

    @property
    def row(self) -> str:
        """What the row is called."""
        return self.key.rpartition(".")[0]


def uses_in(module: Module, scope: str, body: Body) -> Iterator[Use]:
    """Those of a function, in order, without what is done nobody knows when."""
    for called in calls_of(body):
        held = _told(module, scope, called.call)
        if held is None:
            continue
        name, task, given = held
        keys = dict.fromkeys(one for expr in given for one in _keys(expr))
        spot: Spot | None = called.spot
        if keys and called.later:
            spot = _committing(module, scope, body, called.holder)
        if spot is not None:
            for key in keys:
                yield Use(called.call, spot, name, key, task, called.later)


def _told(module: Module, scope: str, call: Call) -> tuple[str, Task | None, tuple[Expr, ...]] | None:
    """What a call calls the task, the task, and what it is told."""
    given = (*call.args, *(one.value for one in call.keywords))
    if isinstance(call.func, Attr):
        sent = sending(module, scope, call)
        return (sent[1], sent[0], given) if sent is not None else None
    head, _, method = call.callee.rpartition(".")
    if head and (method in SENDS or method in MAKING):
        task = task_at(Bound(Ref(head, call.span), module, scope), head)
        return (head, task, given) if task is not None else None
    first = call.args[0] if (method or call.callee) == "partial" and call.args else None
    if isinstance(first, Ref) and first.name.rpartition(".")[2] in SENDS:
        head = first.name.rpartition(".")[0]
        task = task_at(Bound(Ref(head, first.span), module, scope), head)
        if task is not None and resolve(module, call.callee, scope).path == "functools.partial":
            return head, task, given[1:]
    return None


def _keys(expr: Expr) -> Iterator[str]:
    """The keys of rows that a value has in it as they are."""
    if isinstance(expr, Ref):
        if "." in expr.name and expr.name.rpartition(".")[2] in KEYS:
            yield expr.name
    elif isinstance(expr, Seq):
        for one in expr.items:
            yield from _keys(one)
    elif isinstance(expr, Dict):
        for _, one in expr.items:
            yield from _keys(one)
    elif isinstance(expr, Call) and expr.callee in LIKE_KEY:
        for one in (*expr.args, *(each.value for each in expr.keywords)):
            yield from _keys(one)


def _committing(module: Module, scope: str, body: Body, holder: Inner | Define | None) -> Spot | None:
    """The statement that hands a lambda or function to `on_commit`; None where none does."""
    for one in calls_of(body):
        if one.later or not is_on_commit(module, scope, one.call.callee):
            continue
        for given in (*one.call.args, *(each.value for each in one.call.keywords)):
            if given is holder or (isinstance(holder, Define) and isinstance(given, Ref) and given.name == holder.name):
                return one.spot
    return None
