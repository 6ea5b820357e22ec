"""A task itself where a signature of it is wanted: `apply_async(link=send)`, `chain(pack.s(pk), send)`, `group(send for …)`, `chord(header, send)`.

The header of a chord alone makes signatures of tasks (celery/canvas.py, `_chord`); a group makes none, nor does it within a chord.
"""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Op, Ref, Seq, Star
from taskguard.facts.statements import Inner
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.search_words import PICKLED
from taskguard.project.hazards.calls.takers import as_given, takers
from taskguard.project.hazards.canvases.canvases import (
    KINDS,
    UNSEEN,
    Canvas,
    Leaf,
    Place,
    added_to,
    bound_once,
    local_value,
    node_at,
)
from taskguard.project.hazards.canvases.linked_up import WORDS, scope_at
from taskguard.project.python.aside import put_aside
from taskguard.project.python.flow import below, body_about, expressions, is_own, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.registry.effective import base_attributes, base_open
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Expr, Function
    from taskguard.project.python.project import Module, Project

    BareKind = Literal["link", "chain", "pipe", "group", "alone", "body"]

SEARCHED = ("link=", "link_error=", ".link(", ".link_error(", ".on_error(", "chain(", "group(", "chord(", ".s(", ".si(")
LINKS = ("link", "link_error")
LINKING = frozenset((*LINKS, "on_error"))
# What takes the options of a message.
OPTIONED = frozenset("apply_async apply_async_on_commit send_task set signature subtask clone".split())
LASTS = (*WORDS, "send_task")
# By which the class of a task may be taken for a signature.
LIKE_SIGNATURE = frozenset("__or__ __ror__ __iter__ __json__ __getattr__ __getattribute__ clone get keys".split())


class Bare(Record):
    """A task as a `link`, as a member of a `chain`, of a `pipe` (`|`), of a `group`, which it is `alone`, or as the `body` of a chord. `option` is how a link is called."""

    module: Module
    scope: str
    at: Ref
    kind: BareKind
    option: str = ""


def bare_tasks(project: Project) -> Iterator[Bare]:
    """All of them, by file."""
    for module, function in functions_in(project, project.search(*SEARCHED), LASTS):
        if not put_aside(module):
            yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Bare]:
    body, told = body_about(module, function, LASTS), set[object]()
    for spot in spots_of(body, inner=True) if body is not None else ():
        place = Place(module, scope_at(function, spot), body)
        for expr in expressions(spot.statement):
            for one, within in below(expr):
                for found in (*_piped(place, one), *_given(place, one)):
                    if found.at.span not in told and not is_own(within, found.at.name):
                        told.add(found.at.span)
                        yield found


def _given(place: Place, call: Expr) -> Iterator[Bare]:
    if not isinstance(call, Call):
        return
    if call.method in OPTIONED or (isinstance(call.func, Attr) and call.func.name in OPTIONED):
        for option in LINKS:
            yield from _links(place, call.keyword(option), option)
    if call.method in LINKING and len(call.args) == 1 and _links_signatures(place, call):
        yield from _links(place, call.args[0], call.method)
    found = resolve(place.module, call.callee, place.scope) if call.callee else None
    kind = KINDS.get(found.path) if found is not None and found.kind == "external" else None
    if kind == "chord":
        yield from _of(place, _body(call), "body")
    elif kind is not None:
        yield from _members(place, call, "chain" if kind == "chain" else "group")
    elif isinstance(call.func, Call) and len(call.args) == 1 and _is_chord(place, call.func):
        yield from _of(place, call.args[0], "body")


def _links(place: Place, given: Expr | None, option: str) -> Iterator[Bare]:
    if given is not None and not place.module.project.search(*PICKLED):
        for one in given.items if isinstance(given, Seq) else (given,):
            yield from _of(place, one, "link", option)


def _links_signatures(place: Place, call: Call) -> bool:
    """Whether what a link is added to is a signature or a canvas."""
    of: Expr = call.func.of if isinstance(call.func, Attr) else Ref(call.callee.rpartition(".")[0], call.func.span)
    node = node_at(place, of)
    if node == UNSEEN and isinstance(of, Ref) and (made := bound_once(place, of.name)) is not None:
        node = node_at(place, made)
    return isinstance(node, Leaf | Canvas)


def _body(call: Call) -> Expr | None:
    if any(isinstance(one, Star) for one in call.args):
        return None
    return call.args[1] if len(call.args) > 1 else call.keyword("body")


def _is_chord(place: Place, call: Call) -> bool:
    """Whether a call makes a chord that has no body yet."""
    found = resolve(place.module, call.callee, place.scope) if call.callee else None
    return found is not None and found.kind == "external" and KINDS.get(found.path) == "chord" and _body(call) is None


def _members(place: Place, call: Call, kind: Literal["chain", "group"]) -> Iterator[Bare]:
    """The members that are tasks: given one by one, in a list, or by a loop."""
    given = call.args
    only = given[0] if len(given) == 1 else None
    if isinstance(only, Ref):
        if kind == "group" and (added := added_to(place, only.name)):
            given = added
        elif isinstance(value := local_value(place, only.name), Seq):
            given = value.items
        else:
            yield from _of(place, only, "alone" if kind == "group" else "chain")
            return
    elif isinstance(only, Seq):
        given = only.items
    elif isinstance(only, Inner) and only.kind in ("generator", "comprehension"):
        last = only.parts[-1] if only.parts else None
        given = (last,) if isinstance(last, Ref) and not is_own((only,), last.name) else ()
    for one in given:
        yield from _of(place, one, kind)


def _piped(place: Place, expr: Expr) -> Iterator[Bare]:
    """`pack.s(pk) | send`, where all that stands beside it is a signature, a canvas or a task."""
    if not isinstance(expr, Op) or expr.op != "|":
        return
    held = [(one, list(_of(place, one, "pipe"))) for one in expr.operands]
    if all(bare or isinstance(node_at(place, one), Leaf | Canvas) for one, bare in held):
        for _, bare in held:
            yield from bare


def _of(place: Place, expr: Expr | None, kind: BareKind, option: str = "") -> Iterator[Bare]:
    held = takers(place.module, expr.name, place.scope) if isinstance(expr, Ref) else ()
    if not isinstance(expr, Ref) or len(held) != 1 or "more than once" in held[0].doubt:
        return
    task = held[0].task
    if (as_given(task) or not base_open(task)) and base_attributes(task).isdisjoint(LIKE_SIGNATURE):
        yield Bare(place.module, place.scope, expr, kind, option)
