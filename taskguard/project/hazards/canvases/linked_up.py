"""How the parts of a canvas fit one another: which arguments each signature in it finally gets."""

from __future__ import annotations

from itertools import takewhile

from taskguard.facts.model import Attr, Call, Expr, Op, Ref, Seq
from taskguard.facts.statements import Define, Let
from taskguard.project.hazards.calls.call_arguments import direct, packed
from taskguard.project.hazards.calls.dispatched import MAKING
from taskguard.project.hazards.calls.fitting import PLACED, Given
from taskguard.project.hazards.canvases.canvases import (
    UNSEEN,
    Canvas,
    Leaf,
    Node,
    Place,
    Ran,
    Unseen,
    bound_once,
    may_be_made,
    node_at,
)
from taskguard.project.hazards.canvases.completed import are_completed
from taskguard.project.python.flow import below, body_about, expressions, spots_of
from taskguard.project.python.pins import pinned_below
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Statement
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module

    Around = Literal["", "chain", "group", "chord", "schedule", "link"]

# What a task is given of the one before it.
RESULT = Given(1)
SENDING = {
    "delay": "here",
    "apply_async": "here",
    "apply": "run",
    "delay_on_commit": "here",
    "apply_async_on_commit": "here",
}


# The last names, and the keywords, of all that makes, links or sends signatures.
WORDS = (
    *SENDING, *MAKING, "Signature", "chain", "group", "chord", "chunks", "map", "starmap", "link", "link_error", "on_error",
    "set", "clone", "append", "extend",
)  # fmt: skip


class Fed(Record):
    """A signature with all that it is given, or as much of it as can be told: then it is not `whole`. `after` says what comes before its own arguments:
    `result`, `header` (the results of a group, as a list), `failed` (the id of a task that failed), `error` (its request, error and traceback), or nothing. `where` says where it fails: `here`, in the `run`, or in the `worker`.
    `seen` says whether it is seen to be sent, or to stand behind another one."""

    leaf: Leaf
    given: Given
    whole: bool
    after: str
    where: str
    seen: bool = True


class Misplaced(Record):
    """A task that is run, or sent, where a canvas wants a signature of it."""

    ran: Ran
    kind: Around


def in_function(module: Module, function: Function) -> Iterator[Fed | Misplaced]:
    """What is said of the signatures of a function, those of functions within among them. What is missing in one that is not seen to be sent counts only
    where nobody writes into signatures later."""
    for one in _made_in(module, function):
        late = isinstance(one, Fed) and one.whole and not one.seen and are_completed(module.project)
        yield one.replace(whole=False) if late else one


def _made_in(module: Module, function: Function) -> Iterator[Fed | Misplaced]:
    body = body_about(module, function, WORDS)
    for spot in spots_of(body, inner=True) if body is not None else ():
        place = Place(module, scope_at(function, spot), body)
        yield from _added(place, spot.statement)
        for expr in expressions(spot.statement):
            yield from in_expression(place, expr)


def scope_at(function: Function, spot: Spot) -> str:
    """The scope of a statement of a function, which may stand in one within."""
    scope = function.qualname
    for block in spot.around:
        held = block.statement
        if isinstance(held, Define):
            scope += f".<locals>.{held.name}" if held.kind == "function" else f".{held.name}"
    return scope


def _added(place: Place, one: Statement) -> Iterator[Fed | Misplaced]:
    """`steps |= send.s()`: it comes behind what is there."""
    if isinstance(one, Let) and one.op == "|=":
        node = node_at(place, one.value)
        if isinstance(node, Leaf | Canvas):
            yield from fed(node, RESULT, "result", "worker")


def in_expression(place: Place, whole: Expr) -> Iterator[Fed | Misplaced]:
    """What is said of the signatures in an expression, from the outside to the inside: what is said of one first counts."""
    for expr, _ in reversed(list(below(whole))):
        if isinstance(expr, Call):
            yield from _root(place, expr)
        elif isinstance(expr, Op) and expr.op == "|":
            node = node_at(place, expr)
            if node != UNSEEN:
                yield from fed(node, None, "", "worker")


def _root(place: Place, call: Call) -> Iterator[Fed | Misplaced]:
    for one in _callbacks(place, call, "link"):
        yield from _linked(place, call, one)
    for one in _callbacks(place, call, "link_error", "on_error"):
        yield from _errback(place, one)
    sent = _sent(place, call)
    if sent is not None:
        yield from fed(*sent)
        return
    node = node_at(place, call) if may_be_made(place, call) else UNSEEN
    if isinstance(node, Leaf | Canvas):
        yield from fed(node, None, "", "worker")


def _linked(place: Place, call: Call, node: Node) -> Iterator[Fed | Misplaced]:
    """What is linked gets the result; a group makes it immutable first (celery/canvas.py, `group.link`)."""
    if _method(call) == "link":
        of: Expr = call.func.of if isinstance(call.func, Attr) else Ref(call.callee.rpartition(".")[0], call.func.span)
        to = node_at(place, of)
        if isinstance(to, Unseen) and isinstance(of, Ref) and (made := bound_once(place, of.name)) is not None:
            to = node_at(place, made)  # another `link` has no say in what it is
        if isinstance(to, Canvas) and to.kind == "group" and isinstance(node, Leaf):
            yield from fed(node.replace(fixed=True), None, "", "worker")
            return
        if isinstance(to, Unseen) or (isinstance(to, Canvas) and to.kind in ("group", "choice")):
            yield from fed(node, None, "", "worker")
            return
    yield from fed(node, RESULT, "result", "worker", "link")


def _callbacks(place: Place, call: Call, option: str, *methods: str) -> Iterator[Node]:
    """The signatures that are sent when a task has ended: `link=`, `.link(…)`, and their like for failures."""
    given = [call.keyword(option)]
    if _method(call) in (option, *methods) and len(call.args) == 1:
        given.append(call.args[0])
    for one in given:
        for each in one.items if isinstance(one, Seq) else () if one is None else (one,):
            node = node_at(place, each)
            if isinstance(node, Leaf | Canvas | Ran):
                yield node


def _errback(place: Place, node: Node) -> Iterator[Fed | Misplaced]:
    """What is called after a failure gets its id, or the request, the error and the traceback where it takes more than one argument and is not bound.

    celery/backends/base.py, `_call_task_errbacks`; what a signature has by itself is counted before Celery 5.7 (`_errback_arity_greater`), and not from then on.
    """
    if not isinstance(node, Leaf) or len(node.held) > 1 or node.given.more or node.given.other:
        yield from fed(node, None, "", "worker", "link")
        return
    taker = node.held[0]
    names = [one.name for one in taker.params if one.kind in PLACED]
    # A partial takes by name alone what stands behind a parameter that it has by name.
    left = list(takewhile(lambda name: name not in node.given.names, names[node.given.places :]))
    many = taker.checks and taker.task.option("bind").value is not True
    some = any(one.kind == "var" for one in taker.params)
    before, since = (
        many and (some or len(each) > 1) for each in (names, names if node.given.places > len(names) else left)
    )
    old = pinned_below(place.module.project, (5, 7)) if before != since else True
    if old is None:
        yield from fed(node, None, "", "worker", "link")
        return
    three = before if old else since
    yield from fed(node, Given(3) if three else RESULT, "error" if three else "failed", "worker")


def _method(call: Call) -> str:
    return (
        call.func.name if isinstance(call.func, Attr) else call.callee.rpartition(".")[2] if "." in call.callee else ""
    )


def _sent(place: Place, call: Call) -> tuple[Node, Given | None, str, str, Around] | None:
    """The canvas that a call sends, with what it is given there."""
    method = _method(call)
    if isinstance(call.func, Call):
        node = node_at(place, call.func)
        if (
            isinstance(node, Canvas)
            and node.kind == "chord"
            and node.body is None
            and (call.args or call.keyword("body"))
        ):
            body = call.args[0] if call.args else call.keyword("body")
            return node.replace(body=node_at(place, body) if body is not None else None), Given(), "", "here", ""
        return (
            (node, direct(place.module, place.scope, call), "", "here", "")
            if isinstance(node, Canvas) and node.kind != "chord"
            else None
        )
    if method in SENDING:
        of: Expr = call.func.of if isinstance(call.func, Attr) else Ref(call.callee.rpartition(".")[0], call.func.span)
        node = node_at(place, of)
        if not isinstance(node, Leaf | Canvas):
            return None
        given = (
            direct(place.module, place.scope, call)
            if method.startswith("delay")
            else packed(place.module, place.scope, call).given
        )
        if isinstance(node, Canvas) and node.kind == "chord":
            # A chord keeps its body for itself: `chord(header).apply_async(kwargs={"body": sum.s()})` (celery/canvas.py, `_chord.apply_async`).
            given = given.replace(names=tuple(one for one in given.names if one != "body"))
        return node, given, "", SENDING[method], ""
    if (
        method == "add_periodic_task"
        and (sig := call.args[1] if len(call.args) > 1 else call.keyword("sig")) is not None
    ):
        return node_at(place, sig), packed(place.module, place.scope, call, 2).given, "", "worker", "schedule"
    if method == "replace" and len(call.args) == 1 and not call.keywords and call.callee == "self.replace":
        return node_at(place, call.args[0]), Given(), "", "here", ""
    return None


def fed(node: Node, first: Given | None, after: str, where: str, kind: Around = "") -> Iterator[Fed | Misplaced]:
    """What each signature of a canvas is given where the canvas gets `first`; None where nobody knows what that will be."""
    if isinstance(node, Ran):
        if kind:
            yield Misplaced(node, kind)
    elif isinstance(node, Leaf):
        yield _leaf(node, first, after, where)
    elif isinstance(node, Canvas):
        yield from _canvas(node, first, after, where, kind)


def _leaf(leaf: Leaf, first: Given | None, after: str, where: str) -> Fed:
    if leaf.fixed:
        return Fed(leaf, leaf.given, True, "", where, first is not None)
    if leaf.fixed is None or first is None:
        return Fed(leaf, leaf.given, False, "", where)
    return Fed(leaf, leaf.given.with_more(first), True, after, where)


def _canvas(node: Canvas, first: Given | None, after: str, where: str, kind: Around) -> Iterator[Fed | Misplaced]:
    if node.kind == "choice":
        for one in node.parts:
            yield from fed(one, first, after, where, kind)
        return
    if node.kind != "chain":
        header = (
            None
            if node.kind == "chord" and any(isinstance(one, Canvas) and one.kind == "chain" for one in node.parts)
            else first
        )
        for one in node.parts:
            yield from fed(one, header, after, where, node.kind)
        if node.body is not None:
            yield from fed(node.body, RESULT, "header", "worker", node.kind)
        return
    behind, sure = False, True
    of_group = False
    for one in node.parts:
        if not behind:
            yield from fed(one, first if sure else None, after, where, "chain")
        else:
            yield from fed(one, RESULT, "header" if of_group else "result", "worker", "chain")
        if isinstance(one, Unseen) and one.many:
            sure = False
        else:
            behind = True
        of_group = isinstance(one, Canvas) and one.kind == "group"
