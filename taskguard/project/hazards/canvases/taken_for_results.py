"""Signatures and canvases that are asked what only the result of one has that was sent (celery/canvas.py: a signature is a dict)."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Op, Ref
from taskguard.facts.statements import Let
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.hazards.canvases.lost_signatures import LASTS, WORDS, made
from taskguard.project.python.flow import below, body_about, calls_of, expressions, is_own, spots_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project

# What a result has, and no signature.
ONLY_OF_RESULTS = frozenset(
    "task_id status state result results ready successful failed children parent info collect revoke wait join forget".split()
)
GET = "get"  # of a dict, which wants a key
ID = "id"
SENDS = ("delay", "apply_async")
# What may give a signature an id, or more attributes.
MARKING = frozenset("freeze set update setattr vars hasattr getattr isinstance".split())
# All that has a say in whether a signature is taken for a result.
BEARING = (*ONLY_OF_RESULTS, GET, ID, *SENDS, *MARKING)


class TakenForResult(Record):
    """`name.attribute` of a signature: an AttributeError, `get` of a dict without a key, or an `id` that is None."""

    module: Module
    scope: str
    at: Expr
    name: str
    attribute: str


def taken_for_results(project: Project) -> Iterator[TakenForResult]:
    """The first one of each name, by file: nothing behind it is done."""
    for module, function in functions_in(project, project.search(*WORDS), LASTS):
        body = body_about(module, function, BEARING)
        if body is not None and (asked := _asked(function, body)):
            yield from _in_function(module, function, body, asked)


def _asked(function: Function, body: Body) -> list[tuple[Ref, Expr, str, str]]:
    """Each `name.attribute` of a local name, the expression that has it, and the two names."""
    found: list[tuple[Ref, Expr, str, str]] = []
    for spot in spots_of(body, inner=True):
        written = spot.statement.targets if isinstance(spot.statement, Let) else ()
        for expr in expressions(spot.statement):
            for each, within in below(expr):
                ref = each.func if isinstance(each, Call) else each
                if not isinstance(ref, Ref) or any(ref is one for one in written):
                    continue
                name, _, rest = ref.name.partition(".")
                attribute = rest.partition(".")[0]
                wanted = attribute in ONLY_OF_RESULTS or (attribute == ID and not isinstance(each, Call))
                if attribute == GET and rest == GET and isinstance(each, Call):
                    wanted = not each.args and all(one.name is not None for one in each.keywords)
                if wanted and function.binds(name) and not is_own(within, name):
                    found.append((ref, each, name, attribute))
    return found


def _in_function(
    module: Module, function: Function, body: Body, asked: list[tuple[Ref, Expr, str, str]]
) -> Iterator[TakenForResult]:
    told: set[str] = set()
    scope = function.qualname
    for ref, each, name, attribute in asked:
        values = bound_values(module, scope, name) if name not in told else ()
        if not values or not all(_is_signature(module, scope, one, attribute) for one in values):
            continue
        called = [one.call for one in calls_of(body)]
        if any(_marks(one, name) for one in called):
            continue
        if attribute == ID and not any(one.callee in [f"{name}.{method}" for method in SENDS] for one in called):
            continue
        told.add(name)
        yield TakenForResult(module, scope, each if attribute == GET else ref, name, attribute)


def _is_signature(module: Module, scope: str, value: Expr, attribute: str) -> bool:
    """Whether a value surely is one signature or canvas; for the `id`, one that is given none where it is sent, as a chain is."""
    if not isinstance(value, Call | Op) or not made(module, scope, value):
        return False
    if attribute != ID:
        return True
    if not isinstance(value, Call) or isinstance(value.func, Attr):
        return False
    return value.callee.rpartition(".")[2] in ("s", "si", "group")


def _marks(call: Call, name: str) -> bool:
    head, _, method = call.callee.rpartition(".")
    if head == name:
        return method in MARKING
    return not head and method in MARKING and any(isinstance(one, Ref) and one.name == name for one in call.args)
