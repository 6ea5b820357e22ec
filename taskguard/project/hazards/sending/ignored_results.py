"""Results that are asked for although nobody keeps them."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Binding, Call, Const, Expr, Import, Op, Ref, Seq, Star
from taskguard.facts.statements import Inner, Loop
from taskguard.patterns import regex
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.dispatched import MAKING, MAY_SEND, SENDING, runs_at_once, sending, sending_files
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.results import (
    has_none_itself,
    ignores,
    is_rpc,
    keeps_nothing,
    may_be_kept,
    nothing_is_kept,
    polls,
    tells_itself,
)
from taskguard.project.hazards.canvases.canvases import (
    DEEPEST,
    Canvas,
    Leaf,
    Place,
    added_to,
    local_value,
    node_sent,
)
from taskguard.project.hazards.sending.result_ids import RESULT, app_without, by_id, is_of_id
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import below, body_about, bound_in, parts_of
from taskguard.project.python.names import resolve
from taskguard.project.python.reaching import reaching
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.text_questions import finds_within
from taskguard.project.python.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.canvases.canvases import CanvasKind, Node
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

    WhyKind = Literal["ignored", "disabled", "backendless", "chord", "unjoined", "rpc"]
    # The task, what the code calls it, and the call that sends it; or the call alone.
    Result = tuple[Task | None, str, Call] | Call | None
    Whole = CanvasKind | Literal["", "id"]

WAITING = frozenset("get wait join join_native collect iterate".split())
ASKING = frozenset("ready successful failed get_leaf maybe_throw".split())
STATE = frozenset("state status result info traceback".split())
ASKS = WAITING | ASKING | STATE | {"chord", "group", "ignore_result"}
# Nothing is asked for where a function does not say one of these; `get("key")` is that of a dict.
ASKED = regex(
    rf"\.\s*(?:(?:{'|'.join(sorted(WAITING | ASKING))})\s*\((?!\s*[\"'][^\"'\n]*[\"']\s*[,)])|(?:{'|'.join(sorted(STATE))})\b(?!\s*\())|\b(?:chord|group)\s*\("
)
CHORDS = frozenset(("celery.chord", "celery.canvas.chord"))
WORDS = ("chord(", "chain(", "group(", f"{RESULT}(")


class Asked(Record):
    """A result that is asked for. `method` is what is asked, `name` the task; `kind` says why there is none: the task ignores it (`ignored`),
    no backend keeps any (`disabled`; `backendless` where the app `name` has none), a chord waits for it (`chord`), or a chord has no backend at all (`unjoined`) or one that knows no chords (`rpc`). `task` is None where any task may be meant;
    `canvas` is the chain, group or chord that is asked, if one is, and `id` where the result is found by an id."""

    module: Module
    scope: str
    at: Expr
    method: str
    name: str
    kind: WhyKind
    task: Task | None
    sure: bool = True
    canvas: Whole = ""


def asked_in_vain(project: Project) -> Iterator[Asked]:
    """All of them, by file."""
    paths = dict.fromkeys((*sending_files(project), *project.search(*WORDS)))
    for module, function in functions_in(project, paths, (*MAY_SEND, RESULT)):
        yield from _in_function(module, function)
    for path in paths:
        if not in_tests(path) and not hidden(path):
            yield from _at_top(project.modules[path])


def _in_function(module: Module, function: Function) -> Iterator[Asked]:
    asked = finds_within(module.project, module.path, function, ASKED)
    body = body_about(module, function, ASKS) if asked else None
    scope = function.qualname
    seen: set[Expr] = set()
    for spot, one, within in parts_of(body) if body is not None else ():
        if one in seen or any(isinstance(held, Inner) and held.kind == "lambda" for held in within):
            continue
        for made in _at(module, scope, one, body, spot, within):
            seen.add(one)
            yield made


def _at_top(module: Module) -> Iterator[Asked]:
    """The same outside functions, where a script sends a task and waits for it."""
    for site in selections.calling(module.facts, "get"):
        if not site.scope:
            yield from _at(module, "", site.call)


def _at(
    module: Module,
    scope: str,
    one: Expr,
    body: Body | None = None,
    spot: Spot | None = None,
    within: tuple[Expr, ...] = (),
) -> Iterator[Asked]:
    """What is asked in vain by one expression."""
    if isinstance(one, Call) and one.callee.rpartition(".")[2] == "chord":
        yield from _chord(Place(module, scope, body), one)
    if isinstance(one, Call):
        yield from _unjoined(Place(module, scope, body), one)
    found = _asks(one)
    if found is None:
        return
    receiver, method = found
    for sent in _each(Place(module, scope, body), receiver, spot, within) or (
        _sent(module, scope, receiver, body, spot),
    ):
        made = _judged(Place(module, scope, body), one, method, sent)
        if made is not None:
            yield made
            return


def _judged(place: Place, one: Expr, method: str, sent: Result) -> Asked | None:
    """What is wrong with asking for a result."""
    module, scope = place.module, place.scope
    if isinstance(sent, Call):
        if is_of_id(module, scope, sent) and nothing_is_kept(module.project):
            return Asked(module, scope, one, method, RESULT, "disabled", None, False)
        by_name = sent.callee.endswith("send_task") and sending(module, scope, sent) is not None
        if by_name and nothing_is_kept(module.project):
            return Asked(module, scope, one, method, "send_task", "disabled", None, False)
        bare = app_without(module, scope, sent)
        if bare is not None:
            return Asked(module, scope, one, method, bare.variable, "backendless", None, False)
        named = by_id(module, scope, sent)
        if named is not None:
            silent = not ignores(named) or tells_itself(named) or may_be_kept(module.project)
            return None if silent else Asked(module, scope, one, method, named.qualname, "ignored", named, True, "id")
        return _of_canvas(place, sent, one, method) if place.body is not None or not scope else None
    if sent is None or sent[0] is None:
        return None
    kind, sure = _why(sent)
    if kind is None or (kind == "ignored" and method not in WAITING and tells_itself(sent[0])):
        return None
    return Asked(module, scope, one, method, sent[1], kind, sent[0], sure)


def _each(place: Place, receiver: Expr, spot: Spot | None, within: tuple[Expr, ...]) -> list[Result]:
    """What is sent one by one into the list that a loop goes over: `for sent in results`."""
    if not isinstance(receiver, Ref) or place.body is None or spot is None:
        return []
    over: list[Expr] = [
        iterable
        for one in within
        if isinstance(one, Inner)
        for target, iterable in one.over
        if isinstance(target, Ref) and target.name == receiver.name and iterable is not None
    ]
    if not over and len(bound_in(place.body, receiver.name)) == 1:
        over = [
            one.statement.head
            for one in spot.around
            if isinstance(one.statement, Loop)
            and isinstance(one.statement.target, Ref)
            and one.statement.target.name == receiver.name
        ]
    made: list[Result] = []
    for one in over[-1:]:
        items = added_to(place, one.name) if isinstance(one, Ref) else ()
        value = (local_value(place, one.name) if not items else None) if isinstance(one, Ref) else one
        if isinstance(value, Inner) and value.kind in ("comprehension", "generator") and value.parts:
            items = value.parts[-1:]
        elif isinstance(value, Seq):
            items = value.items
        found = [_sent(place.module, place.scope, each, None, None) for each in items if isinstance(each, Call)]
        made = found if len(found) == len(items) and all(isinstance(each, tuple) for each in found) else []
    return made


def _asks(expr: Expr) -> tuple[Expr, str] | None:
    """What is asked for its result, and what is asked."""
    if isinstance(expr, Call):
        func = expr.func
        method = str(getattr(func, "name", "")).rpartition(".")[2]
        if method not in WAITING and method not in ASKING:
            return None
        if expr.args and isinstance(expr.args[0], Const) and isinstance(expr.args[0].value, str):
            return None  # `get("key")` of a dict
    elif isinstance(expr, Ref | Attr):
        func, method = expr, expr.name.rpartition(".")[2]
        if method not in STATE:
            return None
    else:
        return None
    if isinstance(func, Attr):
        return func.of, method
    head = func.name.rpartition(".")[0] if isinstance(func, Ref) else ""
    return (Ref(head, func.span), method) if head and "." not in head else None


def _sent(module: Module, scope: str, expr: Expr, body: Body | None, spot: Spot | None) -> Result:
    """The task whose result an expression is, what the code calls it, and the call that sends it; of what sends no single task the call alone."""
    if isinstance(expr, Call):
        found = sending(module, scope, expr)
        plain = not isinstance(expr.func, Attr | Call | Op) and expr.callee.rpartition(".")[2] != "send_task"
        return (*found, expr) if found is not None and plain else expr
    value: Expr | None = None
    if not isinstance(expr, Ref):
        return None
    if body is not None and spot is not None:
        held = reaching(body, expr.name, spot)
        if len(held.binds) == 1 and held.binds[0].value is not None:
            value, spot = held.binds[0].value, held.binds[0].spot
    elif body is None and not scope:
        entries = [one for one in module.entries(expr.name) if not isinstance(one, Import)]
        value = entries[0].value if len(entries) == 1 and isinstance(entries[0], Binding) else None
    return _sent(module, scope, value, body, spot) if isinstance(value, Call) else None


def _why(held: tuple[Task | None, str, Call]) -> tuple[WhyKind | None, bool]:
    """Why nobody keeps the result of what a call sends; None where somebody does, or may."""
    task, _, call = held
    if task is None:
        return None, False
    given = call.keyword("ignore_result")
    if given is None and any(one.name is None for one in call.keywords) and call.callee.endswith("apply_async"):
        return None, False
    if given is not None:
        value = value_of(Bound(given, task.module))
        if value.value is not True and not (isinstance(value, Known) and value.value is False):
            return None, False
        if value.value is True:
            return "ignored", True
    elif ignores(task):
        return "ignored", True
    services = services_of(task)
    if services and all(keeps_nothing(one) for one in services):
        return "disabled", False
    owner = celery_of(task.module.project).owner(task)
    return ("disabled", False) if owner is not None and has_none_itself(owner) else (None, False)


# -- chains, groups and chords ---------------------------------------------------------------------------------------


def _of_canvas(place: Place, sent: Call, at: Expr, method: str) -> Asked | None:
    """What is asked of the result of a signature, chain, group or chord: that of a chain is its last task's, that of a chord its body's, and a group has those of all.

    A chain or group waits for ever for a task that ignores its result (seen with 5.3 to 5.7), where a task alone gives None at once.
    """
    node = node_sent(place, sent)
    if node is None or method in STATE - {"state", "status"} or _gives_option(place, sent):
        return None
    canvas: Whole = node.kind if isinstance(node, Canvas) else ""
    for leaf in _ends(node):
        tasks = [one.task for one in leaf.held]
        if tasks and all(ignores(one) for one in tasks):
            return Asked(place.module, place.scope, at, method, leaf.name, "ignored", tasks[0], True, canvas)
    for leaf in _ends(node):
        services = [one for held in leaf.held for one in services_of(held.task)]
        if services and all(keeps_nothing(one) for one in services):
            return Asked(place.module, place.scope, at, method, leaf.name, "disabled", leaf.held[0].task, False, canvas)
    return None


def _gives_option(place: Place, call: Call) -> bool:
    """Whether the signatures or the call may say themselves whether the result is kept."""
    exprs = [one for one, _ in below(call)] if place.body is None else [one for _, one, _ in parts_of(place.body)]
    return any(
        one.keyword("ignore_result") is not None or (one is call and any(each.name is None for each in one.keywords))
        for one in exprs
        if isinstance(one, Call)
    )


def _ends(node: Node) -> list[Leaf]:
    """The signatures whose results the result of a canvas is made of."""
    if isinstance(node, Leaf):
        return [node]
    if not isinstance(node, Canvas) or node.kind == "choice":
        return []
    if node.kind == "chord":
        return _ends(node.body) if node.body is not None else []
    return [leaf for one in (node.parts[-1:] if node.kind == "chain" else node.parts) for leaf in _ends(one)]


def _unjoined(place: Place, call: Call) -> Iterator[Asked]:
    """A chord that is sent although no backend counts its tasks, where each try is an error; so is what stands behind a group."""
    if (
        not isinstance(call.func, Attr | Call | Op)
        and call.callee.rpartition(".")[2] not in SENDING
        and "." in call.callee
    ):
        return
    node = node_sent(place, call)
    header = _header(node) if isinstance(node, Canvas) else []
    tasks = [one.task for leaf in header for one in leaf.held]
    services = [one for task in tasks for one in services_of(task) if not runs_at_once(one)]
    rpc = bool(services) and all(is_rpc(one) for one in services)
    if rpc or (services and all(keeps_nothing(one) for one in services)):
        kind: WhyKind = "rpc" if rpc else "unjoined"
        yield Asked(place.module, place.scope, call, "chord", header[0].name, kind, tasks[0], rpc)


def _header(node: Canvas) -> list[Leaf]:
    """The signatures whose results a chord collects."""
    if node.kind == "chord":
        return [leaf for one in node.parts for leaf in _ends(one)] if node.body is not None else []
    if node.kind != "chain":
        return []
    for at, behind in enumerate(node.parts):
        one = node.parts[at - 1] if at else None
        if isinstance(one, Canvas) and one.kind == "group" and isinstance(behind, Leaf | Canvas):
            return _ends(one)
    return []


# -- chords ---------------------------------------------------------------------------------------------------------


def _chord(place: Place, call: Call) -> Iterator[Asked]:
    """The tasks of a chord's header which ignore their results: the body is never run then, with most backends."""
    module, scope = place.module, place.scope
    if call.callee.rpartition(".")[2] != "chord" or resolve(module, call.callee, scope).path not in CHORDS:
        return
    header = call.args[0] if call.args else call.keyword("header")
    for one, at in _members(place, header) if header is not None else ():
        head, _, method = one.callee.rpartition(".")
        task = task_at(Bound(Ref(head, one.span), module, scope), head) if head and method in MAKING else None
        if task is not None and ignores(task) and polls(task) and not (at is not one and _gives_option(place, call)):
            yield Asked(module, scope, at, "chord", head, "chord", task, False)
            return


def _members(place: Place, header: Expr, depth: int = 0) -> Iterator[tuple[Call, Expr]]:
    """The signatures of a header, and where it has them: by local names that are nothing else, too."""
    held: tuple[Expr, ...] = ()
    if depth > DEEPEST:
        return
    if isinstance(header, Ref):
        value = local_value(place, header.name)
        held = added_to(place, header.name) or (() if value is None else (value,))
        yield from ((call, header) for one in held for call, _ in _members(place, one, depth + 1))
        return
    if isinstance(header, Seq):
        held = header.items
    elif isinstance(header, Star):
        held = (header.value,)
    elif isinstance(header, Inner) and header.kind in ("comprehension", "generator"):
        held = header.parts[-1:]
    elif isinstance(header, Call) and header.callee.rpartition(".")[2] == "group":
        held = header.args
    elif isinstance(header, Call):
        yield header, header
    for one in held:
        yield from _members(place, one, depth + 1)
