"""Signatures that are made and never sent."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Attr, Call, Expr, Op, Ref, Seq
from taskguard.facts.statements import Define, Do, Inner, Let
from taskguard.patterns import regex
from taskguard.project.celery.signatures import named_signature, task_at
from taskguard.project.hazards.calls.dispatched import CANVAS, MAKING, SENDING
from taskguard.project.hazards.calls.functions import functions_in, functions_saying
from taskguard.project.python.bound import Bound
from taskguard.project.python.flow import below, body_about, expressions, spots_of
from taskguard.project.python.names import resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body, Statement
    from taskguard.project.python.project import Module, Project

    LostKind = Literal["alone", "unused", "uncalled"]

NOWHERE = Span(1, 1, 1, 1)
UNCALLED = regex(r"\.(?:delay|apply_async)[ \t]*(?:#.*)?$", re.MULTILINE)
ALONE = tuple(f".{method}{end}" for method in ("delay", "apply_async") for end in ("\n", " #", "  #"))
# By which files are found that make signatures.
WORDS = (
    ".s(",
    ".si(",
    "signature(",
    ".subtask(",
    "group(",
    "chain(",
    "chord(",
    ".delay\n",
    ".apply_async\n",
    ".chunks(",
)
MANY = frozenset(("map", "starmap", "chunks"))
# Methods of a signature that give a signature, and send nothing.
KEEPING = frozenset("set clone on_error link link_error group skew".split())
LASTS = MAKING | MANY | KEEPING | {"group", "chain", "chord"}
# What makes signatures, leaves a send uncalled, and may read a name without saying it.
BEARING = (*LASTS, "delay", "apply_async", "locals", "vars", "eval", "exec", "global", "shown")


class Lost(Record):
    """A signature that nobody sends: it stands `alone`, or is bound to a name that is not used (`unused`). `uncalled`: the method that would send, without its brackets."""

    module: Module
    scope: str
    at: Expr
    kind: LostKind
    name: str


def lost_signatures(project: Project) -> Iterator[Lost]:
    """All of them, by file."""
    for module, function in functions_in(project, project.search(*WORDS), LASTS):
        yield from _in_function(module, function)
    for module, function in functions_saying(project, project.search(*ALONE), UNCALLED):
        if not function.may_call(*LASTS):
            yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Lost]:
    body = body_about(module, function, BEARING)
    scope = function.qualname
    for spot in spots_of(body, inner=True) if body is not None else ():
        one = spot.statement
        if isinstance(one, Do):
            name = made(module, scope, one.expr)
            if name:
                yield Lost(module, scope, one.expr, "alone", name)
            elif isinstance(one.expr, Ref) and _sends(module, scope, one.expr.name):
                yield Lost(module, scope, one.expr, "uncalled", one.expr.name)
        elif isinstance(one, Let) and one.op == "=" and body is not None:
            target = one.targets[0]
            within = any(isinstance(held.statement, Define) for held in spot.around)
            if len(one.targets) > 1 or within or not isinstance(target, Ref) or not _local(function, target.name):
                continue
            name = made(module, scope, one.value)
            if name and not _used(body, target.name):
                yield Lost(module, scope, one.value, "unused", target.name)


def made(module: Module, scope: str, expr: Expr) -> str:
    """What a signature is called that an expression surely makes, alone or in a list; empty where it makes none, or sends it."""
    if isinstance(expr, Op) and expr.op == "|":
        names = [made(module, scope, one) for one in expr.operands]
        return next((one for one in names if one), "")
    if isinstance(expr, Seq):
        names = [made(module, scope, one) for one in expr.items]
        return names[0] if names and all(names) else ""
    if (
        isinstance(expr, Inner)
        and expr.kind in ("comprehension", "generator")
        and expr.text != "DictComp"
        and expr.parts
    ):
        return made(module, scope, expr.parts[-1])
    if not isinstance(expr, Call):
        return ""
    if isinstance(expr.func, Attr):
        return made(module, scope, expr.func.of) if expr.func.name in KEEPING else ""
    head, _, method = expr.callee.rpartition(".")
    if head and method in MAKING | MANY and task_at(Bound(Ref(head, expr.span), module, scope), head) is not None:
        return f"{head}.{method}(…)"
    if method in ("signature", "subtask") and named_signature(Bound(expr, module, scope), expr):
        return f"{method}(…)"
    if method in ("group", "chain", "chord") and resolve(module, expr.callee, scope).path in CANVAS:
        return f"{method}(…)"
    return ""


def _sends(module: Module, scope: str, name: str) -> bool:
    head, _, method = name.rpartition(".")
    return bool(head) and method in SENDING and task_at(Bound(Ref(head, NOWHERE), module, scope), head) is not None


def _local(function: Function, name: str) -> bool:
    return "." not in name and not name.startswith("_") and function.binds(name)


def _used(body: Body, name: str) -> bool:
    """Whether a function reads a local name, or may."""
    for spot in spots_of(body, inner=True):
        one = spot.statement
        if getattr(one, "kind", "") in ("global", "nonlocal"):
            return True
        for expr in _set_aside(one, name) or expressions(one):
            for each, _ in below(expr):
                if not isinstance(each, Ref):
                    continue
                first = each.name.partition(".")[0]
                if first in ("locals", "vars", "eval", "exec"):
                    return True
                if first == name and not (isinstance(one, Let) and any(each is target for target in one.targets)):
                    return True
        if (
            isinstance(one, Let)
            and one.op != "="
            and any(isinstance(each, Ref) and each.name == name for each in one.targets)
        ):
            return True
    return False


def _set_aside(one: Statement, name: str) -> tuple[Expr, ...]:
    """What a statement hands to a method of a signature that sends nothing, where it does no more than that: `work.set(countdown=5)`."""
    call = one.expr if isinstance(one, Do) else None
    if not isinstance(call, Call) or call.callee not in [f"{name}.{method}" for method in KEEPING]:
        return ()
    return (*call.args, *(each.value for each in call.keywords), Ref(".", call.span))
