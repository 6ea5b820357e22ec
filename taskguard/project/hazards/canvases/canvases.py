"""Signatures, and what is built of them: chains, groups and chords, with the arguments that each of them is given before its own."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Cond, Const, Expr, Op, Ref, Seq, Star
from taskguard.facts.statements import Define, Inner, Let
from taskguard.project.celery.signatures import named_signature
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.call_arguments import Odd, direct, packed
from taskguard.project.hazards.calls.dispatched import MAKING, SENDING
from taskguard.project.hazards.calls.fitting import Given
from taskguard.project.hazards.calls.takers import Taker, taker, takers
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import below, bound_in, calls_of, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

    CanvasKind = Literal["chain", "group", "chord", "choice"]

CALLED: tuple[CanvasKind, ...] = ("chain", "group", "chord")
KINDS = {f"celery.{home}{name}": name for home in ("", "canvas.") for name in CALLED}
NAMED = frozenset(("signature", "Signature", "subtask"))
DEEPEST = 20


class Leaf(Record):
    """A signature of a task. `fixed` says whether it takes no further arguments, None where that cannot be told."""

    call: Call
    scope: str
    name: str
    held: tuple[Taker, ...]
    given: Given
    odd: Odd | None
    fixed: bool | None


class Ran(Record):
    """A task that is run or sent where a signature of it is wanted."""

    call: Call
    scope: str
    name: str
    taker: Taker


class Unseen(Record):
    """What may be a signature, a canvas or nothing. `many` says that it may be any number of them: `*steps`."""

    many: bool = False


class Canvas(Record):
    """A `chain`, `group` or `chord`, or a `choice` between two. The last part of a chord is its body, where it has one."""

    kind: CanvasKind
    parts: tuple[Node, ...]
    body: Node | None = None


Node = Leaf | Ran | Unseen | Canvas
UNSEEN = Unseen()


class Place(Record):
    """Where an expression stands: with the body of the function around it, where local names can be looked up."""

    module: Module
    scope: str
    body: Body | None = None


def node_at(place: Place, expr: Expr, depth: int = 0) -> Node:
    """The signature or canvas that an expression makes."""
    if depth > DEEPEST:
        return UNSEEN
    if isinstance(expr, Call):
        return _called(place, expr, depth)
    if isinstance(expr, Op) and expr.op == "|":
        return _piped(place, expr, depth)
    if isinstance(expr, Cond):
        return Canvas("choice", tuple(node_at(place, one, depth + 1) for one in (expr.body, expr.orelse)))
    if isinstance(expr, Ref):
        value = local_value(place, expr.name)
        return node_at(place, value, depth + 1) if value is not None else UNSEEN
    return Unseen(many=isinstance(expr, Star))


def may_be_made(place: Place, call: Call) -> bool:
    """Whether a call may make a signature or a canvas, and not only run something."""
    if isinstance(call.func, Attr) or call.callee.rpartition(".")[2] in (*MAKING, *NAMED):
        return True
    return resolve(place.module, call.callee, place.scope).path in KINDS if call.callee else False


def node_sent(place: Place, call: Call) -> Node | None:
    """The signature or canvas that a call sends; None where it sends none, or is not known to."""
    func = call.func
    if isinstance(func, Attr):
        of: Expr | None = func.of if func.name in SENDING else None
    elif isinstance(func, Ref):
        head, _, method = func.name.rpartition(".")
        of = Ref(head, func.span) if head and "." not in head and method in SENDING else func if not head else None
    else:
        of = func
    node = node_at(place, of) if of is not None else None
    if isinstance(node, Leaf):
        return node if of is not func else None
    if not isinstance(node, Canvas) or node.kind == "choice":
        return None
    if node.kind == "chord" and node.body is None and of is func:
        body = call.args[0] if call.args else call.keyword("body")
        return node.replace(body=node_at(place, body)) if body is not None else None
    return node


def _called(place: Place, call: Call, depth: int) -> Node:
    if isinstance(call.func, Attr):
        return _changed(place, call, node_at(place, call.func.of, depth + 1))
    leaf = leaf_at(place.module, place.scope, call)
    if leaf is not None or not call.callee:
        return leaf or UNSEEN
    found = resolve(place.module, call.callee, place.scope)
    kind = KINDS.get(found.path) if found.kind == "external" else None
    if kind is not None:
        return _canvas(place, call, kind, depth)
    return _ran(place, call)


def _ran(place: Place, call: Call) -> Node:
    head, _, method = call.callee.rpartition(".")
    sends = method in ("delay", "apply_async")
    name = head if sends else call.callee
    held = takers(place.module, name, place.scope) if name else ()
    return Ran(call, place.scope, name, held[0]) if len(held) == 1 else UNSEEN


def leaf_at(module: Module, scope: str, call: Call) -> Leaf | None:
    """The signature that a call makes: `send.s(1)`, `signature("shop.send", (1,))`."""
    head, _, method = call.callee.rpartition(".")
    if method in NAMED and named_signature(Bound(call, module, scope), call):
        held = _meant(module, scope, call)
        if not held:
            return None
        name, made = str(held[0].task.name.value), packed(module, scope, call, 1)
    else:
        held = takers(module, head, scope) if head and method in MAKING else ()
        if not held:
            return None
        if method in ("s", "si"):
            return Leaf(call, scope, head, held, direct(module, scope, call), None, method == "si")
        name, made = head, packed(module, scope, call)
    return Leaf(call, scope, name, held, made.given, made.odd, _fixed(call))


def _meant(module: Module, scope: str, call: Call) -> tuple[Taker, ...]:
    """The tasks that `signature("name")` and `signature(task)` mean."""
    expr = call.args[0] if call.args else call.keyword("varies")
    if expr is None:
        return ()
    held = takers(module, expr.name, scope) if isinstance(expr, Ref) else ()
    return held or called_so(module, scope, expr)


def called_so(module: Module, scope: str, expr: Expr) -> tuple[Taker, ...]:
    """The tasks that a name says."""
    name = value_of(Bound(expr, module, scope)).value
    return tuple(map(taker, celery_of(module.project).named(name))) if isinstance(name, str) else ()


def _fixed(call: Call) -> bool | None:
    """Whether a signature is immutable, None where that cannot be told."""
    given = call.keyword("immutable")
    if given is None:
        return None if any(one.name is None for one in call.keywords) else False
    return bool(given.value) if isinstance(given, Const) else None


def _changed(place: Place, call: Call, node: Node) -> Node:
    """What a method of a signature gives back."""
    name = call.func.name if isinstance(call.func, Attr) else ""
    if name == "on_error":
        return node
    if name == "set":
        fixed = _fixed(call)
        told = fixed is None or call.keyword("immutable") is not None
        return node.replace(fixed=fixed) if isinstance(node, Leaf) and told else node
    if name in ("clone", "partial") and isinstance(node, Leaf):
        made = packed(place.module, place.scope, call)
        return node if node.fixed else node.replace(given=node.given.with_more(made.given))
    return UNSEEN


def _canvas(place: Place, call: Call, kind: CanvasKind, depth: int) -> Node:
    if kind == "chord":
        header = call.args[0] if call.args else call.keyword("header")
        body = call.args[1] if len(call.args) > 1 else call.keyword("body")
        if header is None or any(isinstance(one, Star) for one in call.args):
            return UNSEEN
        held = node_at(place, body, depth + 1) if body is not None else None
        return Canvas("chord", _members(place, (header,), depth, "group"), held)
    return Canvas(kind, _members(place, call.args, depth, kind))


def _members(place: Place, given: tuple[Expr, ...], depth: int, kind: CanvasKind) -> tuple[Node, ...]:
    """The members of a canvas, which are given one by one, or as a list of all."""
    one = given[0] if len(given) == 1 else None
    name = one.value if isinstance(one, Star) else one
    if kind == "group" and isinstance(name, Ref) and (added := added_to(place, name.name)):
        return (*(node_at(place, each, depth + 1) for each in added), Unseen(many=True))
    if isinstance(one, Ref):
        one = local_value(place, one.name) or one
    if isinstance(one, Star):
        one = one.value
        one = (local_value(place, one.name) or one) if isinstance(one, Ref) else one
        if not isinstance(one, Seq | Inner):
            return (Unseen(many=True),)
    if isinstance(one, Inner) and one.kind in ("generator", "comprehension"):
        return (node_at(place, one.parts[-1], depth + 1), Unseen(many=True)) if one.parts else (Unseen(many=True),)
    if isinstance(one, Seq):
        return _one_by_one(place, one.items, depth)
    if one is not None:
        node = node_at(place, one, depth + 1)
        return (Unseen(many=True),) if node == UNSEEN else (node,)
    return _one_by_one(place, given, depth)


def _one_by_one(place: Place, given: tuple[Expr, ...], depth: int) -> tuple[Node, ...]:
    """The members that are given one by one, those of a list behind a star among them: `chain(*steps, end.s())`."""
    made: list[Node] = []
    for each in given:
        held = each.value if isinstance(each, Star) else None
        value = (local_value(place, held.name) or held) if isinstance(held, Ref) else held
        if isinstance(value, Seq) and value.kind != "set" and depth < DEEPEST:
            made += _one_by_one(place, value.items, depth + 1)
        else:
            made.append(node_at(place, each, depth + 1))
    return tuple(made)


def _piped(place: Place, expr: Op, depth: int) -> Node:
    """`a | b | c`."""
    parts: list[Node] = []
    for one in expr.operands:
        node = node_at(place, one, depth + 1)
        if isinstance(one, Op) and isinstance(node, Canvas) and node.kind == "chain":
            parts += node.parts
        else:
            parts.append(
                Unseen(many=True)
                if node == UNSEEN and isinstance(one, Ref) and _perhaps_empty(place, one.name)
                else node
            )
    known = any(isinstance(one, Leaf | Canvas) for one in parts)
    return Canvas("chain", tuple(parts)) if known else UNSEEN


def _perhaps_empty(place: Place, name: str) -> bool:
    """Whether a local name may be that of a chain with nothing in it, so that what follows is the first."""
    for value, _ in bound_in(place.body, name) if place.body is not None and "." not in name else ():
        if isinstance(value, Call) and (not value.args or (isinstance(value.args[0], Seq) and not value.args[0].items)):
            return True
    return False


def local_value(place: Place, name: str) -> Expr | None:
    """What a local name is bound to, where nothing else is and nothing changes it."""
    value = bound_once(place, name)
    return value if value is not None and place.body is not None and _left_alone(place.body, name) else None


def bound_once(place: Place, name: str) -> Expr | None:
    """What a local name is bound to, where nothing else is."""
    if place.body is None or "." in name or resolve(place.module, name, place.scope).kind != "local":
        return None
    if any(one.name == name for one in place.body.params) or _is_inside(place, name):
        return None
    values = [value for value, _ in bound_in(place.body, name)]
    return values[0] if len(values) == 1 else None


def added_to(place: Place, name: str) -> tuple[Expr, ...]:
    """What is put into a local list, one by one, where nothing else is done to it. In which order, and how often, is not said."""
    value = bound_once(place, name)
    if not (isinstance(value, Seq) or (isinstance(value, Call) and value.callee == "list" and not value.args)):
        return ()
    if place.body is None or not _left_alone(place.body, name, "append"):
        return ()
    added = [
        one.call.args[0]
        for one in calls_of(place.body)
        if one.call.callee == f"{name}.append" and len(one.call.args) == 1
    ]
    return (*value.items, *added) if isinstance(value, Seq) else tuple(added)


def _is_inside(place: Place, name: str) -> bool:
    """Whether a function within binds a name of its own."""
    return place.body is not None and any(
        isinstance(spot.statement, Define) and any(one.name == name for one in spot.statement.params)
        for spot in spots_of(place.body, inner=True)
    )


QUIET = frozenset("delay apply_async apply on_error get id".split())


def _left_alone(body: Body, name: str, *allowed: str) -> bool:
    """Whether nothing is done to what a local name holds besides sending it and handing it on, and what is `allowed`."""
    start = f"{name}."
    for spot in spots_of(body, inner=True):
        one = spot.statement
        if (
            isinstance(one, Let)
            and one.op != "="
            and any(isinstance(each, Ref) and each.name == name for each in one.targets)
        ):
            return False
        for expr in expressions(one):
            for held, _ in below(expr):
                method = held.name[len(start) :] if isinstance(held, Ref) and held.name.startswith(start) else ""
                if method and method not in QUIET and method not in allowed:
                    return False
    return True
