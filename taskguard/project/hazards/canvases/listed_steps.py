"""A list that stands among the members of a canvas, in place of all of them: `chain(steps, finish.s())`."""

from __future__ import annotations

from taskguard.facts.model import Call, Expr, Ref, Seq, Star
from taskguard.facts.statements import Inner
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.canvases.canvases import KINDS
from taskguard.project.python.flow import body_about, bound_in, calls_of
from taskguard.project.python.names import resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project

TAKING = ("chain", "group")


class Listed(Record):
    """A list among the members of a canvas: `name` is what it is called, empty where it is written there."""

    module: Module
    scope: str
    call: Call
    at: Expr
    kind: str
    name: str


def listed_steps(project: Project) -> Iterator[Listed]:
    """All of them, by file."""
    for module, function in functions_in(project, project.search("chain(", "group("), TAKING):
        body = body_about(module, function, TAKING)
        for called in calls_of(body) if body is not None else ():
            kind = _kind(module, function.qualname, called.call)
            for at in _members(called.call) if kind else ():
                if body is not None and _is_list(body, at):
                    name = at.name if isinstance(at, Ref) else ""
                    yield Listed(module, function.qualname, called.call, at, kind, name)
                    break


def _kind(module: Module, scope: str, call: Call) -> str:
    """Whether a call makes a chain or a group of Celery's."""
    if call.callee.rpartition(".")[2] not in TAKING:
        return ""
    found = resolve(module, call.callee, scope)
    kind = KINDS.get(found.path, "") if found.kind == "external" else ""
    return kind if kind in TAKING else ""


def _members(call: Call) -> tuple[Expr, ...]:
    """The members as they are given, one by one or in one list; none where a single one may be that list."""
    if len(call.args) != 1:
        return call.args
    only = call.args[0].value if isinstance(call.args[0], Star) else call.args[0]
    return only.items if isinstance(only, Seq) else ()


def _is_list(body: Body, expr: Expr) -> bool:
    """Whether an expression is a list or tuple whatever happens before."""
    if not isinstance(expr, Ref):
        return _makes_list(expr)
    if "." in expr.name or any(one.name == expr.name for one in body.params):
        return False
    values = [value for value, _ in bound_in(body, expr.name)]
    return bool(values) and all(value is not None and _makes_list(value) for value in values)


def _makes_list(expr: Expr) -> bool:
    if isinstance(expr, Seq):
        return expr.kind != "set"
    return isinstance(expr, Inner) and expr.kind == "comprehension" and expr.text == "ListComp"
