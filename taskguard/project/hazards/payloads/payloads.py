"""What is sent to tasks and given back by them that the serializer cannot take."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Const, Dict, Expr, Function, Ref, Seq, Star
from taskguard.facts.questions import holds
from taskguard.facts.selections import last_called
from taskguard.facts.statements import Return
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.signatures import task_at
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.settings.serializers import TYPES
from taskguard.project.hazards.calls.dispatched import MAKING, MAY_SEND, runs_at_once, sending, tests_alone_are_eager
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.runs import runs_in, runs_of
from taskguard.project.hazards.calls.takers import as_given
from taskguard.project.hazards.calls.transparent_decorators import gives_back
from taskguard.project.hazards.payloads.filled_dicts import spread
from taskguard.project.hazards.payloads.given_out import given_out
from taskguard.project.hazards.payloads.objects import Thing
from taskguard.project.hazards.payloads.parameters import OF_MANAGERS, OF_ROWS, USER_AT
from taskguard.project.hazards.payloads.things import Things
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import body_about, calls_of, spots_of
from taskguard.project.python.names import resolve
from taskguard.project.python.old_python import speaks_python_2
from taskguard.project.python.pins import celery_pin
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.text_questions import binds_below, finds_within
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import base_attributes, effective_option
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite
    from taskguard.project.celery.model import Service
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

WORDS = (".delay(", ".apply_async(", ".send_task(", ".s(", ".si(", ".delay,", ".apply_async,", "_on_commit(", ".retry(")
LATE = frozenset(("delay_on_commit", "apply_async_on_commit"))
NOWHERE = Span(1, 1, 1, 1)
# What teaches kombu further types, or another way to write them.
TEACHING = ("register_type", "kombu.serialization", "kombu.utils.json", "kombu.utils import json")


# The calls that hand something over, and those of them whose own arguments that is.
PLAINLY = ("delay", "s", "si", "delay_on_commit")
HANDING = (*PLAINLY, "apply_async", "apply_async_on_commit", "send_task", "signature", "subtask")
# What makes a text or a number of anything.
TEXTS = frozenset("str int float bool len repr json.dumps".split())
KEYS = ("_pk", "_id")
# Parameters of which more is known than what a caller gives.
TOLD = frozenset("self cls request instance sender serializer queryset".split())
# What may bind a name anew, or make a row with it.
BOUND = (
    r"(?m)^[\w\s,.*\[\]()]*\bNAME\b[\w\s,.*\[\]()]*(?::[^=\n]*)?[-+*/%&|^@<>]*=(?!=)|=[ \t]*NAME\b(?![.\w])"
    r"|\bNAME[ \t]*:=|\b(?:for|as|case|import)\b[^\n]*\bNAME\b"
    rf"|\b(?:{'|'.join(sorted(USER_AT))})\([^()\n]*\bNAME\b"
    rf"|\bNAME\.(?:{'|'.join(sorted(OF_ROWS))}|\w+\.(?:{'|'.join(sorted(OF_MANAGERS))}))\b"
)
# What gives back more than a literal that JSON takes, or a number or text that one call makes of something.
INSIDE = r"(?:[^()\n]|\([^()\n]*\))*"
RETURNS = regex(
    r"\breturn\b(?![ \t]*(?:None|True|False|-?\d+|\"[^\"\n]*\"|'[^'\n]*'|(?:len|str|int|float|bool|repr)\("
    + INSIDE
    + r"\))?[ \t]*(?:#.*)?\r?$)",
    re.MULTILINE,
)


class Unfit(Record):
    """A value that cannot be written. `name` is what the task is called there; `back` says that the task gives it back. `doubt` says why it may be in order."""

    module: Module
    scope: str
    given: Expr
    thing: Thing
    name: str
    back: bool = False
    sure: bool = True
    doubt: str = ""


def unfit(project: Project) -> Iterator[Unfit]:
    """All of them, by file."""
    for module, function in functions_in(project, project.search(*WORDS), (*MAY_SEND, "retry", "partial", *LATE)):
        yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Unfit]:
    taken = [one.name for one in function.params]  # what a parameter is asked for tells what it is
    body = body_about(module, function, (*HANDING, "partial"), taken) if _may_be_unfit(module, function) else None
    if body is None:
        return
    things = Things(module, function, body, given_out)
    for called in calls_of(body):
        sent = _sent(module, function.qualname, called)
        if sent is None:
            continue
        task, name, handed = sent
        around = (*called.within, called.call)
        values = [(given, things.thing(given, called.spot, around, called.later)) for given in handed]
        values += [(given, things.thing(given, spot)) for given, spot in spread(body, called)]
        for given, thing in values:
            if thing is None or not thing.unfit:
                continue
            format_, sure, doubt = serializer(module, function.qualname, called.call, task)
            if _old(module.project) and (doubt or not sure or not _is_unfit_anywhere(module.project, thing)):
                break
            if doubt or format_ == "json":
                yield Unfit(module, function.qualname, given, thing, name, sure=sure, doubt=doubt)
            break


def _is_unfit_anywhere(project: Project, thing: Thing) -> bool:
    """Whether JSON has none of it with Python 2 either, where `range`, `map` and the views of a dict are lists."""
    return thing.kind in ("row", "rows", "set") or speaks_python_2(project) is False


@query
def _handing(module: Module) -> dict[str, list[CallSite]]:
    """The calls of a file that hand something over, by the functions that they stand in, also further out."""
    made: dict[str, list[CallSite]] = {}
    for site in selections.calling(module.facts, *HANDING):
        parts = site.scope.split(".<locals>.")
        for end in range(1, len(parts) + 1):
            made.setdefault(".<locals>.".join(parts[:end]), []).append(site)
    return made


def _may_be_unfit(module: Module, function: Function) -> bool:
    """Whether anything that a function hands over is more than literals and parameters of which nothing is known: most bodies need not be read for that."""
    if function.may_call("partial"):
        return True
    given = [
        one
        for site in _handing(module).get(function.qualname, ())
        for one in (_plain(site.call) if last_called(site.call) in PLAINLY else _packed(site.call, _first(site.call)))
    ]
    names: set[str] = set()
    if not all(_is_harmless(function, one, names) for one in given) or _is_spread(module, function):
        return True
    run = any(one.function is function for one in runs_of(module, function.qualname))
    params = {one.name for one in function.params if run or not one.annotation} - TOLD
    head = function.head_end - function.span.line + 1
    if not names <= params or function.head_end >= function.span.end_line:
        return True
    return any(binds_below(module.project, module.path, function, head, BOUND.replace("NAME", one)) for one in names)


def _is_spread(module: Module, function: Function) -> bool:
    """Whether a function hands over all of a dict that it has made itself."""
    params = {one.name for one in function.params}
    return any(
        isinstance(one.value, Ref) and one.value.name not in params and "." not in one.value.name
        for site in _handing(module).get(function.qualname, ())
        for one in site.call.keywords
        if one.name is None
    )


def _first(call: Call) -> int:
    return 1 if last_called(call) == "send_task" else 0


def _is_harmless(function: Function, expr: Expr, names: set[str]) -> bool:
    """Whether a value is a literal, the key of something that the function has, or a plain name; `names` gets the latter."""
    if isinstance(expr, Ref):
        head, _, last = expr.name.partition(".")
        if not last:
            names.add(head)
        return not last or (function.binds(head) and f"_{last}".replace(".", "_").endswith(KEYS))
    if isinstance(expr, Call):
        return expr.callee in TEXTS and not function.binds(expr.callee.partition(".")[0])
    if isinstance(expr, Seq):
        return expr.kind != "set" and all(_is_harmless(function, one, names) for one in expr.items)
    if isinstance(expr, Dict):
        return all(key is not None and _is_harmless(function, value, names) for key, value in expr.items)
    return isinstance(expr, Const)


def _sent(module: Module, scope: str, called: Called) -> tuple[Task | None, str, tuple[Expr, ...]] | None:
    """The task that a call is about, what the code calls it, and what of the call is written in the message."""
    call = called.call
    head, _, method = call.callee.rpartition(".")
    if any(isinstance(one, Attr) and one.name in ("apply", "__call__") for one in called.within):
        return None  # it is run here and now
    if head and method in (*MAKING, *LATE):
        task = _task(module, scope, head)
        plain = method in ("s", "si", "delay_on_commit")
        return None if task is None else (task, head, _plain(call) if plain else _packed(call, 0))
    if method == "partial" and call.args and isinstance(call.args[0], Ref):
        head, _, method = call.args[0].name.rpartition(".")
        task = _task(module, scope, head) if head and method == "delay" else None
        late = task is not None and resolve(module, call.callee, scope).path == "functools.partial"
        return (task, head, _plain(call)[1:]) if late else None
    found = sending(module, scope, call) if head and method in ("delay", "apply_async", "send_task") else None
    if found is None:
        return None
    return (*found, _plain(call) if method == "delay" else _packed(call, 1 if method == "send_task" else 0))


def _task(module: Module, scope: str, name: str) -> Task | None:
    return task_at(Bound(Ref(name, NOWHERE), module, scope), name)


def _plain(call: Call) -> tuple[Expr, ...]:
    """What `delay(…)` and `s(…)` are given."""
    return (*(one for one in call.args if not isinstance(one, Star)), *(one.value for one in call.keywords if one.name))


def _packed(call: Call, first: int) -> tuple[Expr, ...]:
    """What `apply_async(args, kwargs)` puts into the message."""
    args = call.keyword("args") or (call.args[first] if len(call.args) > first else None)
    kwargs = call.keyword("kwargs") or (call.args[first + 1] if len(call.args) > first + 1 else None)
    made: list[Expr] = []
    if isinstance(args, Seq) and args.kind != "set":
        made += [one for one in args.items if not isinstance(one, Star)]
    elif isinstance(args, Ref):
        made.append(args)
    if isinstance(kwargs, Dict):
        made += [value for key, value in kwargs.items if key is not None]
    elif isinstance(kwargs, Ref):
        made.append(kwargs)
    return tuple(made)


# -- results --------------------------------------------------------------------------------------------------------


def given_back(project: Project) -> Iterator[Unfit]:
    """What tasks give back that cannot be kept as a result."""
    if not any(configuration(one).get("result_backend") is not None for one in celery_of(project).live):
        return
    for module in dict.fromkeys(task.module for task in all_tasks(project)):
        if not in_tests(module.path) and not hidden(module.path):
            yield from _given_back(module)


def _given_back(module: Module) -> Iterator[Unfit]:
    for run in runs_in(module):
        if not _may_give(run) or not finds_within(module.project, module.path, run.function, RETURNS):
            continue
        body = body_about(module, run.function, ("return",), [one.name for one in run.function.params])
        things = Things(module, run.function, body, given_out) if body is not None else None
        for spot in spots_of(body) if body is not None else ():
            one = spot.statement
            if not isinstance(one, Return) or one.value is None or things is None:
                continue
            thing = things.thing(one.value, spot)
            if thing is None or not thing.unfit or thing.text == "the result of a task":
                continue
            sure, kept = _kept(run.task)
            sent = kept and is_sent(run.task)
            if sent or (kept and _is_unnamed(run.task)):
                yield Unfit(module, run.function.qualname, one.value, thing, run.task.qualname, True, sure and sent)


def _may_give(run: Run) -> bool:
    if run.function.is_async or run.function.is_generator or not gives_back(run.task):
        return False
    return run.task.option("pydantic").absent


def is_sent(task: Task) -> bool:
    """Whether something sends a task: who calls it as a function gets what it gives back."""
    own = task.qualname.rpartition(".")[2]
    words = [
        f"{own}.{method}" for method in ("delay", "apply_async", "s(", "si(", "signature", "subtask", "chunks", "map(")
    ]
    if task.module.project.search(*words):
        return True
    name = task.name.value
    return isinstance(name, str) and any(path != task.path for path in task.module.project.search(name))


def _is_unnamed(task: Task) -> bool:
    """Whether nothing names a task but its declaration: then it is there for senders outside the project, and nobody calls it as a function."""
    own = task.qualname.rpartition(".")[2]
    if task.qualname != own or task.module.project.search(own) != [task.path]:
        return False
    return len(re.findall(rf"\b{re.escape(own)}\b", task.module.project.text(task.path) or "")) == 1


def _kept(task: Task) -> tuple[bool, bool]:
    """Whether results of a task are kept as JSON: surely, and at all."""
    ignored = effective_option(task, "ignore_result")
    if not ignored.absent and ignored.value is not False:
        return False, False
    made = []
    for service in services_of(task):
        conf = configuration(service)
        setting = conf.get("result_backend")
        if setting is None or (
            ignored.absent
            and not conf.value("task_ignore_result").absent
            and conf.value("task_ignore_result").value is not False
        ):
            return False, False
        if not conf.value("result_serializer").absent and conf.value("result_serializer").value not in (
            "json",
            "application/json",
        ):
            return False, False
        value = conf.value("result_backend")
        if isinstance(value, Known) and (not value.value or str(value.value).startswith(("disabled", "rpc"))):
            return False, False
        made.append(isinstance(value, Known))
    doubt = _old(task.module.project) or _taught(task.module.project)
    return all(made), bool(made) and not doubt


# -- the serializer -------------------------------------------------------------------------------------------------


def serializer(module: Module, scope: str, call: Call, task: Task | None) -> tuple[str, bool, str]:
    """The format of the message of a call, whether that is sure, and why it cannot be told."""
    project = module.project
    if _taught(project):
        return "json", False, "the project teaches kombu further types"
    given = call.keyword("serializer")
    if given is None and any(one.name is None for one in call.keywords) and call.callee.endswith("apply_async"):
        return "json", False, "a serializer may be given"
    if given is not None:
        value = value_of(Bound(given, module, scope))
        return (_format(value.value), True, "") if value.known else ("json", False, "a serializer that cannot be told")
    if task is not None:
        if not base_attributes(task).isdisjoint(("delay", "apply_async", "signature", "s")):
            return "json", False, "the base class of the task sends it in its own way"
        own = effective_option(task, "serializer")
        if not own.absent and own.value is not None:
            return _format(own.value), True, ""
        if not own.absent and not own.known and not as_given(task):
            return "json", False, own.why if hasattr(own, "why") else ""
    services = (services_of(task) if task is not None else ()) or celery_of(project).live
    sure = task is None or bool(services_of(task))
    if not services and _old(project):
        return "", False, ""
    if not services and project.search("task_serializer", "TASK_SERIALIZER"):
        return "json", False, "no app of the project has the task"
    found = [_of_service(one) for one in services if not one.test]
    for format_, _, doubt in found:
        if doubt or format_ != "json":
            return format_, False, doubt
    return "json", bool(found) and sure and all(told for _, told, _ in found), ""


def _of_service(service: Service) -> tuple[str, bool, str]:
    conf = configuration(service)
    if runs_at_once(service):
        return "", False, ""
    value = conf.value("task_serializer")
    if value.absent or (not value.known and _old(service.project)):
        return ("", False, "") if _old(service.project) else ("json", not tests_alone_are_eager(service), "")
    if not value.known and not service.project.search("task_serializer", "TASK_SERIALIZER"):
        return (
            "json",
            False,
            "",
        )  # a configuration that cannot be read (`conf.update(app.config)`), in a project that names no serializer
    return (_format(value.value), True, "") if value.known else ("json", False, "a serializer that cannot be told")


def _format(value: object) -> str:
    return TYPES.get(str(value), str(value))


@query
def _old(project: Project) -> bool:
    """Whether the project may run with Celery 3, which writes pickle unless it is told otherwise."""
    pin = celery_pin(project)
    if pin is not None:
        return pin.before((4, 0)) is True or (pin.low is not None and pin.low < (4, 0))
    return speaks_python_2(project) is not False


@query
def _taught(project: Project) -> bool:
    """Whether the project may teach kombu further types. Other libraries have a `register_type`, too (psycopg2, constance). A stub of kombu or Celery runs nowhere."""
    held = (path for path in project.search(*TEACHING) if not in_tests(path) and not path.endswith(".pyi"))
    return any(holds(project, path, "register") and holds(project, path, "kombu") for path in held)
