"""Results that are asked for although nobody keeps them."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Expr, Ref, Seq
from taskguard.facts.questions import holds
from taskguard.facts.statements import Inner
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.signatures import task_at
from taskguard.project.hazards.dispatched import MAKING, MAY_SEND, sending, sending_files
from taskguard.project.hazards.functions import functions_in
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import body_of, parts_of
from taskguard.project.python.names import resolve
from taskguard.project.python.reaching import reaching
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
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

    WhyKind = Literal["ignored", "disabled", "chord"]

WAITING = frozenset("get wait join join_native collect iterate".split())
ASKING = frozenset("ready successful failed get_leaf maybe_throw".split())
STATE = frozenset("state status result info traceback".split())
# Nothing is asked for where a function does not say one of these; `get("key")` is that of a dict.
ASKED = regex(
    rf"\.\s*(?:(?:{'|'.join(sorted(WAITING | ASKING))})\s*\((?!\s*[\"'][^\"'\n]*[\"']\s*[,)])|(?:{'|'.join(sorted(STATE))})\b(?!\s*\())|\bchord\s*\("
)
COUNTING = frozenset(("", "redis", "rediss", "sentinel", "disabled"))
CHORDS = frozenset(("celery.chord", "celery.canvas.chord"))


class Asked(Record):
    """A result that is asked for. `method` is what is asked, `name` the task; `kind` says why there is none: the task ignores it (`ignored`),
    no backend keeps any (`disabled`), or a chord waits for it (`chord`)."""

    module: Module
    scope: str
    at: Expr
    method: str
    name: str
    kind: WhyKind
    task: Task
    sure: bool = True


def asked_in_vain(project: Project) -> Iterator[Asked]:
    """All of them, by file."""
    paths = dict.fromkeys((*sending_files(project), *project.search("chord(")))
    for module, function in functions_in(project, paths, MAY_SEND):
        yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Asked]:
    asked = ASKED.search(written_lines(module.project, module.path, function)) is not None
    body = body_of(module, function) if asked else None
    scope = function.qualname
    seen: set[Expr] = set()
    for spot, one, within in parts_of(body) if body is not None else ():
        found = _asks(one)
        chord = isinstance(one, Call) and one.callee.rpartition(".")[2] == "chord"
        if (found is None and not chord) or any(isinstance(held, Inner) and held.kind == "lambda" for held in within):
            continue
        if isinstance(one, Call) and chord:
            yield from _chord(module, scope, one)
        if found is None or body is None or one in seen:
            continue
        receiver, method = found
        sent = _sent(module, scope, body, spot, receiver)
        kind, sure = _why(sent) if sent is not None else (None, False)
        if sent is not None and kind is not None and sent[0] is not None:
            seen.add(one)
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


def _sent(module: Module, scope: str, body: Body, spot: Spot, expr: Expr) -> tuple[Task | None, str, Call] | None:
    """The task whose result an expression is, what the code calls it, and the call that sends it."""
    if isinstance(expr, Call):
        found = sending(module, scope, expr)
        plain = not isinstance(expr.func, Attr) and expr.callee.rpartition(".")[2] != "send_task"
        return (*found, expr) if found is not None and plain else None
    if not isinstance(expr, Ref):
        return None
    held = reaching(body, expr.name, spot)
    if len(held.binds) != 1 or held.binds[0].value is None:
        return None
    value = held.binds[0].value
    return _sent(module, scope, body, held.binds[0].spot, value) if isinstance(value, Call) else None


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
def _named_elsewhere(project: Project) -> bool:
    """Whether something else of the project may name a backend."""
    if project.search("RESULT_BACKEND", "result_backend", "backend="):
        return True
    return any(holds(project, path, "RESULT_BACKEND", "result_backend") for path in project.markers)


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
