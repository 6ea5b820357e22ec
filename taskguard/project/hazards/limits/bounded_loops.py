"""Loops whose rounds are counted in the code, and of which each does little: they end long before a limit."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Const, Item, Opaque, Ref, Seq, Star
from taskguard.project.python.flow import bound_in, calls_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr, Function
    from taskguard.facts.statements import Body, Loop

# So long may one row take, in seconds: what signals and locks add is in it.
PER_ROW = 1.0
# What reads or writes one row, of a manager (`Row.objects.create`).
OF_MANAGER = frozenset("create get get_or_create update_or_create first last exists count update delete".split())
# What does so of a row or a session that a function has.
OF_ROW = frozenset("save refresh_from_db commit rollback flush".split())
CUT = r"\s*(\d*)\s*:\s*(\d+)\s*"


def ends_soon(loop: Loop, work: list[Call], function: Function, body: Body, limit: float) -> bool:
    """Whether a loop over a cut or a written list, whose calls read and write single rows, ends within the limit by far."""
    if loop.kind != "for" or not all(_of_one_row(one) for one in work):
        return False
    rounds = _rounds(loop.head, function, body)
    return rounds is not None and rounds * len(work) * PER_ROW <= limit


def _of_one_row(call: Call) -> bool:
    holder, _, last = call.callee.rpartition(".")
    return bool(holder) and (last in OF_ROW or (last in OF_MANAGER and ".objects" in holder))


def _rounds(head: Expr, function: Function, body: Body, depth: int = 0) -> int | None:
    """How often a loop goes round at most; None where that cannot be told."""
    if isinstance(head, Call) and head.callee in ("enumerate", "reversed", "sorted", "list", "tuple") and head.args:
        return _rounds(head.args[0], function, body, depth)
    if isinstance(head, Call) and head.callee == "range" and len(head.args) == 1:
        most = head.args[0].value if isinstance(head.args[0], Const) else None
        return most if type(most) is int else None
    if isinstance(head, Item) and isinstance(head.index, Opaque) and head.index.kind == "slice":
        cut = re.fullmatch(CUT, head.index.text)
        return int(cut[2]) - int(cut[1] or 0) if cut else None
    if isinstance(head, Seq):
        return None if any(isinstance(one, Star) for one in head.items) else len(head.items)
    if isinstance(head, Ref) and "." not in head.name and depth < 3:
        held = _only_value(head.name, function, body)
        return None if held is None else _rounds(held, function, body, depth + 1)
    return None


def _only_value(name: str, function: Function, body: Body) -> Expr | None:
    """What a local name is all the time; None for a parameter, and for what is added to."""
    if any(one.name == name for one in function.params):
        return None
    if any(one.call.callee in (f"{name}.append", f"{name}.extend", f"{name}.insert") for one in calls_of(body)):
        return None
    values = [value for value, _ in bound_in(body, name)]
    return values[0] if len(values) == 1 else None
