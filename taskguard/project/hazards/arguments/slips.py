"""Calls of a task's method that fail at once: its name is misspelt, or what is called so is a plain function."""

from __future__ import annotations

import re

from taskguard.celery_options import SLIPS
from taskguard.facts.model import Attr, Const, Ref
from taskguard.facts.questions import finds
from taskguard.facts.statements import Try
from taskguard.patterns import regex
from taskguard.project.hazards.calls.functions import sites_in
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.search_words import SLIPPED
from taskguard.project.hazards.calls.takers import replaces_sending, takers
from taskguard.project.python.flow import body_of, bound_in, calls_of
from taskguard.project.python.names import binding_frame, resolve
from taskguard.project.python.text_questions import finds_within
from taskguard.project.registry.effective import base_attributes
from taskguard.project.registry.registry import registry_of
from taskguard.project.tasks.declarations import all_tasks, tasks_in
from taskguard.project.tasks.loops import may_make
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite, Function
    from taskguard.project.hazards.calls.takers import Taker
    from taskguard.project.python.flow import Around
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# What expects that something is not there: the other way is what the handler has.
EXPECTS = frozenset(("ImportError", "ModuleNotFoundError", "AttributeError", "NameError"))
# What a task has and a function has not.
SENDING = ("delay", "apply_async", "delay_on_commit", "s", "si")
SENT = tuple(f".{name}(" for name in SENDING)
# What else than one `def` may bind a name, or give what it holds a method more.
REBOUND = r"\b{0}\s*(?::[^=\n]+)?:?=(?!=)|\b(?:nonlocal|global|import|as|del)\b[^\n#]*\b{0}\b|\bfor\b[\w\s,()]*\b{0}\b[\w\s,()]*\bin\b|\b{0}\.\w+\s*=(?!=)|\bdef {0}\b[\s\S]*\bdef {0}\b|[(,=]\s*{0}\s*[,)]"
ASKS = r"\b(?:hasattr|getattr|isinstance|callable)\(\s*{}\b"


class Slip(Record):
    """A call of `name.written(…)` on a task, where `meant` is what a task has. `doubt` says why it may have the other one, too."""

    module: Module
    site: CallSite
    name: str
    written: str
    meant: str
    taker: Taker
    doubt: str = ""


def slips(project: Project) -> Iterator[Slip]:
    """All of them, by file."""
    for module, site in sites_in(project, project.search(*SLIPPED), SLIPS):
        found = _at(module, site)
        if found is not None:
            yield found


def _at(module: Module, site: CallSite) -> Slip | None:
    name, _, written = site.call.callee.rpartition(".")
    if isinstance(site.call.func, Attr) or not name or is_minded(module, site):
        return None
    held = takers(module, name, site.scope)
    if not held or any(written in base_attributes(one.task) or one.task.option(written).known for one in held):
        return None
    doubt = next((one.doubt for one in held if one.own or "more than once" in one.doubt), "")
    return Slip(
        module, site, name, written, SLIPS[written], held[0], doubt or given_by_project(module.project, written)
    )


def is_minded(module: Module, site: CallSite) -> bool:
    """Whether a `try` around a call expects that it fails, or the call stands in the handler of one that does. Any other handler fails as other code does."""
    function = module.function(site.scope.partition(".<locals>")[0]) if site.guard == "except" and site.scope else None
    body = body_of(module, function) if function is not None else None
    if body is None:
        return site.guard in ("try", "except")
    spot = next((one.spot for one in calls_of(body) if one.call.span == site.call.span), None)
    return (
        spot is None or is_caught(spot, EXPECTS) or any(_expects(one) for one in spot.around if one.part == "handler")
    )


def _expects(block: Around) -> bool:
    """Whether a handler catches what an import or an attribute that is missing raises, or one beside it does."""
    held = block.statement
    types = [one for handler in held.handlers for one in handler.types or ()] if isinstance(held, Try) else []
    return any(not isinstance(one, Ref) or one.name.rpartition(".")[2] in EXPECTS for one in types)


class Covered(Record):
    """A call of `name.delay(…)` where a parameter, which is a plain value unless somebody gives another one, stands before the task of that name in the file."""

    module: Module
    site: CallSite
    name: str
    default: str
    task: Task


def covered(project: Project) -> Iterator[Covered]:
    """All of them, by file: `def scan(channel, fetch=False): fetch.delay(1)`."""
    for module, site in sites_in(project, project.search(*SENT), SENDING):
        name = site.call.callee.rpartition(".")[0]
        function = module.function(site.scope) if name.isidentifier() and site.scope else None
        param = next((one for one in function.params if one.name == name), None) if function is not None else None
        value = param.default if param is not None else None
        if not isinstance(value, Const) or not isinstance(value.value, bool | int | str):
            continue
        task = next((one for one in tasks_in(module) if one.qualname == name), None)
        body = body_of(module, function) if task is not None and function is not None else None
        if task is not None and body is not None and not bound_in(body, name):
            yield Covered(module, site, name, repr(value.value), task)


class Plain(Record):
    """A call of `name.delay(…)` on a function that nothing makes a task. `doubt` says what may do so all the same."""

    module: Module
    site: CallSite
    name: str
    method: str
    holder: Module
    function: Function
    doubt: str = ""


def plain_functions(project: Project) -> Iterator[Plain]:
    """All of them, by file; none in a project without tasks, where `delay` may be of another library."""
    if not project.complete or not all_tasks(project):
        return
    for module, site in sites_in(project, project.search(*SENT), SENDING):
        found = _plain(module, site)
        if found is not None:
            yield found


def _plain(module: Module, site: CallSite) -> Plain | None:
    name, _, method = site.call.callee.rpartition(".")
    if isinstance(site.call.func, Attr) or not name or is_minded(module, site) or takers(module, name, site.scope):
        return None
    found = resolve(module, name, site.scope)
    if found.kind == "local":
        within = _within(module, name, site.scope)
        return Plain(module, site, name, method, module, within) if within is not None else None
    holder = found.module
    function = holder.function(found.path) if found.kind == "symbol" and holder is not None else None
    if holder is None or function is None or "." in found.path or function.decorators:
        return None
    return Plain(module, site, name, method, holder, function, _made(module, name, holder, function))


def _within(module: Module, name: str, scope: str) -> Function | None:
    """The function within another one that a name surely is there: nothing else binds it, and nobody asks what it is."""
    frame = binding_frame(module, name, scope)
    outer, function = module.function(frame), module.function(f"{frame}.<locals>.{name}")
    if outer is None or function is None or function.decorators or function.guard:
        return None
    again = regex(REBOUND.format(name) + "|" + ASKS.format(name))
    return None if finds_within(module.project, module.path, outer, again) else function


def _made(module: Module, name: str, holder: Module, function: Function) -> str:
    """What may make a function a task, or tell it from one before it is asked."""
    project = module.project
    if len(holder.entries(function.name)) != 1 or len(module.entries(name.partition(".")[0])) > 1:
        return "the name is bound more than once"
    asks = regex(ASKS.format(re.escape(name)))
    if any(replaces_sending(project, path) for path in {module.path, holder.path}) or finds(project, module.path, asks):
        return f"{module.path} may tell functions from tasks"
    if place := may_make(project, registry_of(project).loose, function.name):
        return f"{place} may make a task of it"
    given = regex(rf"\.{function.name}\s*=[^=]")
    path = next((one for one in project.search(f".{function.name}") if finds(project, one, given)), "")
    return f"{path} may put a task in its place" if path else ""


def given_by_project(project: Project, written: str) -> str:
    """Whether the project gives that name to something itself."""
    gives = regex(rf"\.{written}\s*=[^=]|def {written}\b|[\"']{written}[\"']")
    path = next((one for one in project.search(written) if finds(project, one, gives)), "")
    return f"{path} may give tasks a {written}" if path else ""
