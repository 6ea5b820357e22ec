"""Tasks that are sent between a session's `add` and its `commit`: the row that they are told of is not there yet."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Expr, Item, Ref, Seq, Star
from taskguard.facts.statements import Return, Try, With
from taskguard.project.hazards.database.committing import block_of_connection, committing, writes_by
from taskguard.project.hazards.database.transactions import Open
from taskguard.project.hazards.database.written import KEYS, given
from taskguard.project.python.flow import below, body_of, bound_in, calls_of
from taskguard.project.python.reaching import leaves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.calls.dispatched import Sent
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module

ADDING = frozenset(("add", "add_all", "merge"))


def uncommitted(module: Module, function: Function, sent: Sent) -> Open | None:
    """The `add` whose row a call that sends speaks of, where the function commits only later."""
    if sent.called.later or not ends_later(module, function):
        return None
    body = body_of(module, function)
    if body is None:
        return None
    calls = [one for one in calls_of(body) if not one.later]
    place = next((number for number, one in enumerate(calls) if one.call is sent.called.call), -1)
    named = named_in(sent.called.call)
    named |= {row for name in named for row in keyed(body, name)}
    held = block_of_connection(module, function.qualname, sent.called)
    if held is not None and (written := _written_in(module, function, held, calls[:place], sent)) is not None:
        return written
    begun = _begun(sent.called) or (
        (frozenset((held[0],)), held[1]) if held is not None and is_session(held[0]) else None
    )
    for number in range(place - 1, -1, -1):
        session, method = _of_session(calls[number].call)
        if method in ("commit", "begin"):
            if is_aside(calls[number], sent.called):
                continue
            return None
        added = {name for arg in calls[number].call.args for name in rows_in(arg)} if method in ADDING else set()
        if not added & named or not leads(calls[number], sent.called):
            continue
        if (
            begun is not None
            and session in begun[0]
            and begun[1] in [one.statement for one in calls[number].spot.around]
        ):
            return Open(
                "session", module.path, begun[1].span.line, f"the transaction of `{session}`, which ends with the block"
            )
        for later in calls[place + 1 :]:
            other, then = _of_session(later.call)
            if then == "commit" and other == session and leads(later, sent.called):
                if not _left_between(sent.called, later):
                    return Open("session", module.path, later.call.span.line, f"the transaction of `{session}`")
                return None
        return None
    return None


def ends_later(module: Module, function: Function) -> bool:
    """Whether a function commits, or leaves a block that does."""
    return bool(function.called_ending(".commit", ".begin")) or bool(function.called(committing(module.project)))


def _written_in(
    module: Module, function: Function, held: tuple[str, With], before: list[Called], sent: Sent
) -> Open | None:
    """The block of a plain connection, where it has surely written something by a value that the task is told of, too."""
    connection, block = held
    told = set(given(sent.called.call)) - {connection}
    for one in reversed(before):
        if block not in [each.statement for each in one.spot.around]:
            continue
        if one.call.callee.rpartition(".")[2] == "commit":
            return None
        if (
            leads(one, sent.called)
            and told.intersection(given(one.call))
            and writes_by(module, function.qualname, one.call, connection)
        ):
            return Open(
                "session", module.path, block.span.line, f"the transaction of `{connection}`, which ends with the block"
            )
    return None


def _begun(called: Called) -> tuple[frozenset[str], With] | None:
    """The block that commits at its end in which a call stands, `with Session.begin() as session:`, with the names of the session."""
    for block in reversed(called.spot.around):
        held = block.statement
        if not isinstance(held, With) or block.part != "body":
            continue
        for item, target in held.items:
            head, _, method = item.callee.rpartition(".") if isinstance(item, Call) else ("", "", "")
            if method == "begin" and is_session(head):
                return frozenset((head, target.name) if isinstance(target, Ref) else (head,)), held
    return None


def is_session(written: str) -> bool:
    last = written.rpartition(".")[2].lower()
    return "session" in last or last in ("db", "_db", "sess")


def _of_session(call: Call) -> tuple[str, str]:
    """The session that a method is called on, and the method; empty where it is none."""
    head, _, method = call.callee.rpartition(".")
    if method not in ADDING | {"commit", "begin"} or not is_session(head):
        return "", ""
    return head, method


def rows_in(expr: Expr) -> tuple[str, ...]:
    if isinstance(expr, Ref):
        return (expr.name,)
    return tuple(name for one in expr.items for name in rows_in(one)) if isinstance(expr, Seq) else ()


def named_in(call: Call) -> set[str]:
    """The local names whose attributes a call is given: `order` of `send.delay(order.id)`."""
    made: set[str] = set()
    for passed in (*call.args, *(one.value for one in call.keywords)):
        for one, _ in below(passed):
            if isinstance(one, Ref):
                made.update((one.name, one.name.rpartition(".")[0]))
            elif isinstance(one, Attr | Item | Star):
                continue
    return made - {""}


def keyed(body: Body, name: str) -> Iterator[str]:
    """The rows whose key a local name is all the time: `order` for `key = order.id`, `key = str(order.id)`."""
    values = [value for value, _ in bound_in(body, name)]
    if len(values) == 1 and values[0] is not None:
        for one, _ in below(values[0]):
            row, _, attribute = one.name.rpartition(".") if isinstance(one, Ref) else ("", "", "")
            if row and attribute in KEYS:
                yield row


def leads(one: Called, other: Called) -> bool:
    """Whether each way to `other` that is in question passes `one`: no branch or handler stands around it that does not stand around `other`."""
    around = [(id(block.statement), block.part, block.number) for block in other.spot.around]
    return all(
        (id(block.statement), block.part, block.number) in around
        or (block.part == "body" and type(block.statement).__name__ == "With")
        for block in one.spot.around
    )


def is_aside(one: Called, other: Called) -> bool:
    """Whether a call above another is surely not made on the way to it: its branch leaves the function, and no handler keeps it."""
    held = [(id(block.statement), block.part) for block in other.spot.around]
    tried = any(
        isinstance(block.statement, Try) and (id(block.statement), block.part) not in held for block in one.spot.around
    )
    return not tried and leaves(one.spot, other.spot)


def _left_between(sent: Called, later: Called) -> bool:
    """Whether the function is left right after a call that sends: `return send.delay(…)`."""
    return isinstance(sent.spot.statement, Return) and later.spot.statement is not sent.spot.statement
