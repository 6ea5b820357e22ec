"""Options of calls that send a task, or have it run again, which Celery does not read there."""

from __future__ import annotations

from taskguard import celery_options
from taskguard.facts.model import Call, Cond, Const, Item, Op, Ref
from taskguard.project.celery.routes import followed
from taskguard.project.celery.signatures import task_at
from taskguard.project.hazards.calls.dispatched import GIVING, MAKING, given_options
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.kept_values import bound_values, kept_value
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.canvases.canvases import Canvas, Place, node_sent
from taskguard.project.hazards.retries.no_exception import no_exception
from taskguard.project.hazards.retries.retries import retrying_in
from taskguard.project.hazards.sending.local_times import zone_lost
from taskguard.project.python.bound import Bound, Mapping
from taskguard.project.python.evaluate import mapping_of, value_of
from taskguard.project.python.flow import below, body_about, calls_of, is_none
from taskguard.project.python.names import builtin, resolve
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.values import Instance, Known
from taskguard.project.registry.effective import base_attributes, base_open
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Function, Keyword
    from taskguard.project.python.project import Module, Project
    from taskguard.project.python.values import Value
    from taskguard.project.tasks.task import Task

    StrayKind = Literal["spelling", "name", "twice", "declaration", "argument", "value", "zone", "exception", "linked"]


DEEPEST = 4
# Options that say when.
TIMES = frozenset(("countdown", "eta", "expires"))
CLOCKS = frozenset(("time.time", "time.monotonic"))
# What a group of signatures refuses to be given (celery/canvas.py, `group.apply_async`; seen with 5.7).
LINKS = frozenset(("link", "link_error"))
ENVIRONMENT = frozenset(("os.getenv", "os.environ.get"))


class Stray(Record):
    """A keyword of a call that nothing reads there.

    `kind` is `spelling` or `name` (of the option `meant`; `twice` where the call gives that one as well), `declaration` (an option of the task), `argument` (a parameter of the task), or `value` (the option is read,
    and `meant` says what it is given); `zone` (it is a time of the zone `meant`, and is read as UTC); `exception` says so of `exc`, `linked` of a callback that a group is given.
    `doubt` says why somebody may read it. `source` is the dict that is unpacked there and has it, empty where the call itself writes it.
    """

    module: Module
    scope: str
    call: Call
    keyword: Keyword
    kind: StrayKind
    method: str
    meant: str = ""
    doubt: str = ""
    source: str = ""


def strays(project: Project) -> Iterator[Stray]:
    """All of them, by file."""
    paths = project.search(".apply_async(", ".send_task(", ".set(", ".retry(")
    for module, function in functions_in(project, paths, GIVING | MAKING):
        yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Stray]:
    body = body_about(module, function, GIVING | MAKING)
    retries = retrying_in(module, function)
    for called in calls_of(body) if body is not None else ():
        call = called.call
        if not call.keywords:
            continue
        if retries(call):
            task = _own(module, function, call)
            yield from _of_call(module, function.qualname, call, "retry", task)
            exc = call.keyword("exc")
            what = no_exception(module, function, call, task) if exc is not None else ""
            if exc is not None and what:
                keyword = next(one for one in call.keywords if one.value is exc)
                doubt = _doubt(task, "exc") if task is not None else ""
                yield Stray(module, function.qualname, call, keyword, "exception", "retry", what, doubt)
            continue
        found = given_options(module, function.qualname, call, body)
        if found is not None:
            yield from _of_call(module, function.qualname, call, found[0], found[1])
            yield from _linked(Place(module, function.qualname, body), call, found[0])


def _linked(place: Place, call: Call, method: str) -> Iterator[Stray]:
    """The callbacks that a group is sent with: it takes none from 4.0 on."""
    given = [one for one in call.keywords if one.name in LINKS and not is_none(one.value)]
    node = node_sent(place, call) if given and method == "apply_async" else None
    if isinstance(node, Canvas) and node.kind == "group" and not pinned_below(place.module.project, (4, 0)):
        yield from (Stray(place.module, place.scope, call, one, "linked", method) for one in given)


def _own(module: Module, function: Function, call: Call) -> Task | None:
    """The task whose `retry` a call is; None for `current_task`."""
    head = call.callee.rpartition(".")[0]
    mine = next((run.task for run in runs_in(module) if run.function is function and run.own == head), None)
    return mine or task_at(Bound(Ref(head, call.span), module, function.qualname), head)


def _of_call(module: Module, scope: str, call: Call, method: str, task: Task | None) -> Iterator[Stray]:
    options = list(_options(module, scope, call))
    given = {one.name for one, _, _ in options}
    for keyword, value, source in options:
        for kind, meant in _judged(keyword.name or "", value, method, task, given):
            doubt = _doubt(task, keyword.name or "") if task is not None else ""
            yield Stray(module, scope, call, keyword, kind, method, meant, doubt, source)


def _options(module: Module, scope: str, call: Call) -> Iterator[tuple[Keyword, Bound | Value, str]]:
    """The options that a call gives, with what each is worth, and the name of the dict that has it: `**SLOWLY`, where all that it holds is written out."""
    for one in call.keywords:
        if one.name is not None:
            yield one, Bound(one.value, module, scope), ""
        elif isinstance(one.value, Ref):
            local = kept_value(module, scope, one.value.name)
            held = mapping_of(Bound(one.value if local is None else local, module, scope))
            for name, value in held.entries.items() if not held.open else ():
                if isinstance(name, str) and not isinstance(value, Mapping):
                    yield one.replace(name=name), value, one.value.name


def _judged(
    name: str, value: Bound | Value, method: str, task: Task | None, given: set[str | None]
) -> Iterator[tuple[StrayKind, str]]:
    """What is wrong with an option, and what is meant or given."""
    if name in TIMES:
        ill = _ill_timed(value, name)
        zone = zone_lost(value) if not ill and name != "countdown" and isinstance(value, Bound) else ""
        if ill or zone:
            yield ("zone", zone) if zone else ("value", ill)
        return
    if not name or celery_options.is_call_option(name, method):
        return
    meant, alike = celery_options.meant_in_call(name, method)
    if meant and meant in given:
        yield "twice", meant
    elif meant:
        yield "spelling" if alike else "name", meant
    elif task is not None and _takes(task, name):
        yield "argument", ""
    elif celery_options.of_declaration(name):
        yield "declaration", ""


def _ill_timed(given: Bound | Value, name: str) -> str:
    """What a time is given with which the sender fails (celery/app/amqp.py, `as_task_v2`; seen with 5.7); nothing where it may be in order.

    `countdown` and `expires` are compared with numbers; `eta` is asked for its `isoformat()` unless it is text.
    """
    if isinstance(given, Bound) and isinstance(given.expr, Ref | Cond) and given.depth < DEEPEST:
        return _ill_chosen(given, name)
    return _ill(given, name)


def _ill_chosen(given: Bound, name: str) -> str:
    """The same of a local name, whatever the function binds it to, and of a choice, where one of both is enough: it is given when that is chosen."""
    expr = given.expr
    if isinstance(expr, Ref):
        values = bound_values(given.module, given.scope, expr.name)
        each = [_ill_timed(given.other(one), name) for one in values]
        return each[0] if each and all(each) else "" if values else _ill(given, name)
    if not isinstance(expr, Cond):
        return ""
    asked = {one.name for one, _ in below(expr.test) if isinstance(one, Ref)}
    ways = [one for one in (expr.body, expr.orelse) if not (isinstance(one, Ref) and one.name in asked)]
    return next((told for one in ways if (told := _ill_timed(given.other(one), name))), "")


def _ill(given: Bound | Value, name: str) -> str:
    held = value_of(given)
    value = held.value if isinstance(held, Known) else None
    made = value.name if isinstance(value, Instance) else ""
    if made == "datetime.timedelta":
        return "a timedelta"
    if name == "eta" and isinstance(value, int | float) and not isinstance(value, bool) and value:
        return "a number"
    if name == "countdown" and isinstance(value, str) and value:
        return "text"
    behind = followed(given) if isinstance(given, Bound) and not isinstance(held, Known) else None
    if behind is not None and name == "eta" and _is_number(behind):
        return "a number"
    return "text" if behind is not None and name == "countdown" and _is_of_environment(behind) else ""


def _is_number(given: Bound) -> bool:
    """Whether an expression is a number whatever the clock says: `time.time() + 60`, `int(start)`."""
    expr = given.expr
    if isinstance(expr, Op):
        return expr.op in ("+", "-") and any(_is_number(given.other(one)) for one in expr.operands)
    if not isinstance(expr, Call):
        return False
    found = resolve(given.module, expr.callee, given.scope) if expr.callee else None
    return found is not None and (
        found.path in CLOCKS or (expr.callee in ("int", "float") and builtin(found, given.module))
    )


def _is_of_environment(given: Bound) -> bool:
    """Whether an expression is a variable of the environment, which is text where it is set."""
    expr = given.expr
    if isinstance(expr, Item) and isinstance(expr.of, Ref):
        return resolve(given.module, expr.of.name, given.scope).path == "os.environ"
    if not isinstance(expr, Call) or not expr.callee:
        return False
    default = expr.args[1] if len(expr.args) > 1 else expr.keyword("default")
    plain = default is None or (isinstance(default, Const) and isinstance(default.value, str))
    return plain and resolve(given.module, expr.callee, given.scope).path in ENVIRONMENT


def _doubt(task: Task, name: str) -> str:
    if not base_attributes(task).isdisjoint(("apply_async", "delay", "signature_from_request", "retry")):
        return f"the base class of the task may read {name}"
    if task.sources:
        return f"what the wrapper makes may read {name}"
    return base_open(task)


def _takes(task: Task, name: str) -> bool:
    """Whether a keyword is a parameter of the task: it is meant for `kwargs`."""
    function = task.function
    return function is not None and any(
        one.name == name and one.default is not None and one.kind in ("both", "keyword") for one in function.params
    )
