"""Transactions around the call of a model's method that sends: `with atomic(): order.pay()`, where `pay` saves the order and tells a task of it."""

from __future__ import annotations

from taskguard.project.hazards.calls.callers import on_self
from taskguard.project.hazards.database.rows import model_of
from taskguard.project.hazards.database.transactions import Open, open_at
from taskguard.project.hazards.database.written import KEYS, given, mentions, written_with
from taskguard.project.hazards.races.outer_transactions import FARTHEST, begins, is_called_as_written, on_rows
from taskguard.project.python.flow import body_of, calls_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Call, Function
    from taskguard.project.python.project import Module


def may_be_on_rows(module: Module, function: Function) -> bool:
    """Whether it may matter on what a function is called: it is a method of a model, and somebody in the project begins transactions."""
    if function.holder != "class" or function.is_async or function.decorators or not begins(module.project):
        return False
    model = model_of(module, function.qualname.rpartition(".")[0])
    return model is not None and model.django


def on_open_rows(module: Module, function: Function, call: Call) -> Open | None:
    """That of a caller which calls the method on a row of its model, where the row is written in the transaction, and the task is told of it."""
    told = any(one == "self" or (one.startswith("self.") and one[5:] in KEYS) for one in given(call))
    return _around(module, function.qualname) if told else None


@query
def _around(module: Module, qualname: str) -> Open | None:
    asked, seen = [(qualname, _writes(module, qualname))], {qualname}
    for _ in range(FARTHEST):
        above: list[tuple[str, bool]] = []
        for name, own in asked:
            for home, other, called in on_rows(module, name):
                held = open_at(home, other, called)
                row = called.call.callee.rpartition(".")[0]
                if held is None or not held.certain or held.kind == "admin" or other.is_async:
                    continue
                if own or mentions(row, written_with(home, other.qualname, called.spot)):
                    last = name.rpartition(".")[2]
                    return Open("caller", held.path, held.line, f"the transaction in which {other.name} calls {last}")
            for _, other, called in on_self(module, name):
                if (
                    other.qualname not in seen
                    and not called.later
                    and not other.is_async
                    and is_called_as_written(other)
                ):
                    seen.add(other.qualname)
                    above.append((other.qualname, own or _writes(module, other.qualname)))
        asked = above
    return None


def _writes(module: Module, qualname: str) -> bool:
    """Whether a method saves its own row."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None and function.may_call("save") else None
    return body is not None and any(one.call.callee == "self.save" and not one.later for one in calls_of(body))
