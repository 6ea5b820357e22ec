"""Results that are asked for although nobody keeps them."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Binding, Call, Const, Expr, Import, Op, Ref, Seq
from taskguard.facts.questions import holds
from taskguard.facts.statements import Inner
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.canvases import Canvas, Leaf, Place, node_sent
from taskguard.project.hazards.dispatched import MAKING, MAY_SEND, SENDING, sending, sending_files
from taskguard.project.hazards.functions import functions_in
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import below, body_of, parts_of
from taskguard.project.python.names import resolve
from taskguard.project.python.reaching import reaching
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.text_questions import written_lines
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import effective_option
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.celery.model import Service
    from taskguard.project.hazards.canvases import CanvasKind, Node
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

    WhyKind = Literal["ignored", "disabled", "chord", "unjoined"]

WAITING = frozenset("get wait join join_native collect iterate".split())
ASKING = frozenset("ready successful failed get_leaf maybe_throw".split())
STATE = frozenset("state status result info traceback".split())
# Nothing is asked for where a function does not say one of these; `get("key")` is that of a dict.
ASKED = regex(
    rf"\.\s*(?:(?:{'|'.join(sorted(WAITING | ASKING))})\s*\((?!\s*[\"'][^\"'\n]*[\"']\s*[,)])|(?:{'|'.join(sorted(STATE))})\b(?!\s*\())|\b(?:chord|group)\s*\("
)
COUNTING = frozenset(("", "redis", "rediss", "sentinel", "disabled"))
CHORDS = frozenset(("celery.chord", "celery.canvas.chord"))
RESULT = "AsyncResult"
RESULTS = frozenset((f"celery.result.{RESULT}", f"celery.{RESULT}"))
WORDS = ("chord(", "chain(", "group(", f"{RESULT}(")


class Asked(Record):
    """A result that is asked for. `method` is what is asked, `name` the task; `kind` says why there is none: the task ignores it (`ignored`),
    no backend keeps any (`disabled`), a chord waits for it (`chord`), or a chord has no backend at all (`unjoined`). `task` is None where any task may be meant;
    `canvas` is the chain, group or chord that is asked, if one is."""

    module: Module
    scope: str
    at: Expr
    method: str
    name: str
    kind: WhyKind
    task: Task | None
    sure: bool = True
    canvas: CanvasKind | Literal[""] = ""


def asked_in_vain(project: Project) -> Iterator[Asked]:
    """All of them, by file."""
    paths = dict.fromkeys((*sending_files(project), *project.search(*WORDS)))
    for module, function in functions_in(project, paths, (*MAY_SEND, RESULT)):
        yield from _in_function(module, function)
    for path in paths:
        if not in_tests(path) and not hidden(path):
            yield from _at_top(project.modules[path])


def _in_function(module: Module, function: Function) -> Iterator[Asked]:
    asked = ASKED.search(written_lines(module.project, module.path, function)) is not None
    body = body_of(module, function) if asked else None
    scope = function.qualname
    seen: set[Expr] = set()
    for spot, one, within in parts_of(body) if body is not None else ():
        if one in seen or any(isinstance(held, Inner) and held.kind == "lambda" for held in within):
            continue
        for made in _at(module, scope, one, body, spot):
            seen.add(one)
            yield made


def _at_top(module: Module) -> Iterator[Asked]:
    """The same outside functions, where a script sends a task and waits for it."""
    for site in selections.calling(module.facts, "get"):
        if not site.scope:
            yield from _at(module, "", site.call)


def _at(module: Module, scope: str, one: Expr, body: Body | None = None, spot: Spot | None = None) -> Iterator[Asked]:
    """What is asked in vain by one expression."""
    if isinstance(one, Call) and one.callee.rpartition(".")[2] == "chord":
        yield from _chord(module, scope, one)
    if isinstance(one, Call):
        yield from _unjoined(Place(module, scope, body), one)
    found = _asks(one)
    if found is None:
        return
    receiver, method = found
    sent = _sent(module, scope, receiver, body, spot)
    if isinstance(sent, Call):
        if _of_id(module, scope, sent) and _all_disabled(module.project):
            yield Asked(module, scope, one, method, RESULT, "disabled", None, False)
        elif body is not None or not scope:
            yield from _of_canvas(Place(module, scope, body), sent, one, method)
    elif sent is not None and sent[0] is not None:
        kind, sure = _why(sent)
        if kind is not None and not (kind == "ignored" and method not in WAITING and _tells(sent[0])):
            yield Asked(module, scope, one, method, sent[1], kind, sent[0], sure)


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


def _sent(
    module: Module, scope: str, expr: Expr, body: Body | None, spot: Spot | None
) -> tuple[Task | None, str, Call] | Call | None:
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
        entries = [one for one in selections.entries(module.facts, expr.name) if not isinstance(one, Import)]
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
    if services and all(_disabled(one) for one in services):
        return "disabled", False
    return None, False


def _tells(task: Task) -> bool:
    """Whether a task that ignores its result may set its state all the same: it does so itself, or keeps what goes wrong."""
    names = task.function.calls if task.function is not None else ()
    kept = effective_option(task, "store_errors_even_if_ignored")
    return any(one.rpartition(".")[2] == "update_state" for one in names) or not (kept.absent or kept.value is False)


@query
def ignores(task: Task) -> bool:
    """Whether a task surely ignores its result: as its declaration, its base class or the settings of all its apps say."""
    own = effective_option(task, "ignore_result")
    if not own.absent and own.value is not None:
        return own.value is True
    if not own.absent and not own.known:
        return False
    services = services_of(task)
    return bool(services) and all(configuration(one).value("task_ignore_result").value is True for one in services)


def _disabled(service: Service) -> bool:
    """Whether no backend keeps the results of a service, as far as the project says."""
    conf = configuration(service)
    setting = conf.get("result_backend")
    if setting is not None:
        value = conf.value("result_backend")
        return isinstance(value, Known) and (value.value is None or str(value.value).startswith("disabled"))
    return not conf.open and not service.test and not _named_elsewhere(service.project)


@query
def _all_disabled(project: Project) -> bool:
    """Whether no app of the project keeps results, so that there is none for any id."""
    services = celery_of(project).serving
    return bool(services) and project.complete and all(_disabled(one) for one in services)


def _of_id(module: Module, scope: str, call: Call) -> bool:
    """Whether a call makes the result of a task by its id: `AsyncResult(pk)`, `app.AsyncResult(pk)`, `send.AsyncResult(pk)`."""
    head, _, last = call.callee.rpartition(".")
    if last != RESULT or isinstance(call.func, Attr) or call.keyword("backend") is not None or len(call.args) > 1:
        return False
    if resolve(module, call.callee, scope).path in RESULTS:
        return True
    return bool(head) and (
        celery_of(module.project).apps.is_app(module, head, scope)
        or task_at(Bound(Ref(head, call.span), module, scope), head) is not None
    )


@query
def _named_elsewhere(project: Project) -> bool:
    """Whether something else of the project may name a backend."""
    if project.search("RESULT_BACKEND", "result_backend", "backend="):
        return True
    return any(holds(project, path, "RESULT_BACKEND", "result_backend") for path in project.markers)


# -- chains, groups and chords ---------------------------------------------------------------------------------------


def _of_canvas(place: Place, sent: Call, at: Expr, method: str) -> Iterator[Asked]:
    """What is asked of the result of a signature, chain, group or chord: that of a chain is its last task's, that of a chord its body's, and a group has those of all.

    A chain or group waits for ever for a task that ignores its result (seen with 5.3 to 5.7), where a task alone gives None at once.
    """
    node = node_sent(place, sent)
    if node is None or method in STATE - {"state", "status"} or _gives_option(place, sent):
        return
    canvas: CanvasKind | Literal[""] = node.kind if isinstance(node, Canvas) else ""
    for leaf in _ends(node):
        tasks = [one.task for one in leaf.held]
        if tasks and all(ignores(one) for one in tasks):
            yield Asked(place.module, place.scope, at, method, leaf.name, "ignored", tasks[0], True, canvas)
            return
    for leaf in _ends(node):
        services = [one for held in leaf.held for one in services_of(held.task)]
        if services and all(_disabled(one) for one in services):
            yield Asked(place.module, place.scope, at, method, leaf.name, "disabled", leaf.held[0].task, False, canvas)
            return


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
    services = [one for task in tasks for one in services_of(task)]
    if services and all(_disabled(one) for one in services):
        yield Asked(place.module, place.scope, call, "chord", header[0].name, "unjoined", tasks[0], False)


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


def _chord(module: Module, scope: str, call: Call) -> Iterator[Asked]:
    """The tasks of a chord's header which ignore their results: the body is never run then, with most backends."""
    if call.callee.rpartition(".")[2] != "chord" or resolve(module, call.callee, scope).path not in CHORDS:
        return
    header = call.args[0] if call.args else call.keyword("header")
    for one in _members(header) if header is not None else ():
        head, _, method = one.callee.rpartition(".")
        task = task_at(Bound(Ref(head, one.span), module, scope), head) if head and method in MAKING else None
        if task is not None and ignores(task) and _polls(task):
            yield Asked(module, scope, one, "chord", head, "chord", task, False)
            return


def _polls(task: Task) -> bool:
    """Whether the backend of a task looks for the results of a chord; that of Redis counts the tasks, whatever becomes of what they give back."""
    values = [configuration(one).value("result_backend").value for one in services_of(task)]
    return bool(values) and all(isinstance(one, str) and one.partition("://")[0] not in COUNTING for one in values)


def _members(header: Expr) -> Iterator[Call]:
    if isinstance(header, Seq):
        for one in header.items:
            yield from _members(one)
    elif isinstance(header, Inner) and header.kind in ("comprehension", "generator") and header.parts:
        yield from _members(header.parts[-1])
    elif isinstance(header, Call):
        if header.callee.rpartition(".")[2] == "group":
            for one in header.args:
                yield from _members(one)
        else:
            yield header
