"""Modules whose tasks nobody misses although no worker registers them: switched off by a comment, kept beside what is run, or a trial that nobody sends."""

from __future__ import annotations

import re

from taskguard.facts.model import Call, Const, Dict, Seq
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.django import lineage, settings_modules
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.registration.left_behind import namesakes, scheduled_names
from taskguard.project.python.commented import LISTED
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.parked import is_parked
from taskguard.project.tasks.copies import laid_aside
from taskguard.project.tasks.missed import is_missed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from taskguard.facts.model import Expr, Step
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task


def is_unmissed(module: Module, tasks: Collection[Task], services: Iterable[Service]) -> bool:
    """Whether the project shows that nobody misses the tasks of a module."""
    if (
        laid_aside(module)
        or is_parked(module)
        or (_is_private(module) and not any(map(sent, tasks)))
        or all(
            (task.trial and not sent(task)) or _for_show(task) or _unscheduled(task) or _is_stub(task) for task in tasks
        )
    ):
        return True
    scheduled = scheduled_names(celery_of(module.project))
    return not any(task.name.value in scheduled for task in tasks) and any(
        switched_off(one, module) for one in services
    )


def _is_private(module: Module) -> bool:
    """Whether a module is called `_name`: what nobody imports of that name was taken out of the way."""
    last = module.name.rpartition(".")[2]
    return last.startswith("_") and not last.startswith("__")


# Words of functions that show what a task looks like.
SHOWS = frozenset("example examples sample samples demo dummy hello".split())
PLAIN = frozenset("task tasks job celery world function my simple".split())
# Words for what is not written yet.
UNDONE = regex(
    r"\b(?:TODO|FIXME|WIP|NotImplementedError)\b|\b(?i:placeholder|stub(?:bed)?|not (?:yet )?implemented|(?:to be|will be) implemented|coming soon)\b"
)
# How a log is written to.
LOGS = frozenset("debug info warning error".split())
LOGGERS = frozenset("logger log logging _logger LOGGER".split())


def _for_show(task: Task) -> bool:
    """Whether a task is called nothing but what shows how one looks, and nobody sends it, or a worker has another one of its function name: that one is used."""
    last = task.qualname.rpartition(".")[2]
    words = set(last.lower().strip("_").split("_"))
    if SHOWS.isdisjoint(words):
        return False
    return (words <= SHOWS | PLAIN and not sent(task)) or bool(namesakes(task))


def _is_stub(task: Task) -> bool:
    """Whether a task does nothing as yet, as its file says, and nobody sends or names it: it gives back what is written there, or says that somebody called it."""
    if task.function is None or not finds(task.module.project, task.path, UNDONE):
        return False
    steps = task.function.steps
    return steps is not None and all(map(_says_only, steps)) and not is_missed(task)


def _says_only(step: Step) -> bool:
    """Whether a statement gives back what is written out, writes it to a log, or says that there is nothing yet."""
    expr = step.expr
    if step.kind == "call" and isinstance(expr, Call):
        head, _, last = expr.callee.rpartition(".")
        told = expr.callee == "print" or (last in LOGS and head.rpartition(".")[2] in LOGGERS)
        return told and all(isinstance(one, Const) for one in expr.args)
    if step.kind == "raise":
        return getattr(expr, "callee", getattr(expr, "name", "")) == "NotImplementedError"
    return step.kind == "return" and (expr is None or _is_written(expr))


def _is_written(expr: Expr) -> bool:
    if isinstance(expr, Seq):
        return all(map(_is_written, expr.items))
    if isinstance(expr, Dict):
        return all(_is_written(value) for _, value in expr.items)
    return isinstance(expr, Const)


def _unscheduled(task: Task) -> bool:
    """Whether a comment keeps an entry of a schedule for the task, and nobody sends it."""
    name = task.name.value
    if not isinstance(name, str):
        return False
    entry = re.compile(rf"^[ \t]*#[^\n]*[\"']task[\"'][ \t]*:[ \t]*[\"']{re.escape(name)}[\"']", re.M)
    project = task.module.project
    kept = any(finds(project, path, entry) for path in project.search(name) if not in_tests(path))
    return kept and not sent(task, r"^(?![ \t]*#)[^\n]*")


def switched_off(service: Service, module: Module) -> bool:
    """Whether a comment takes the module, or the application around it, out of the lists that a worker reads, and no other line names it."""
    found = discovery_of(service)
    live = {one.name for one in found.wanted} | found.packages
    for name in commented(service):
        package = name.rpartition(".")[0].removesuffix(".apps") if name.rpartition(".")[2][:1].isupper() else name
        if package and f"{module.name}.".startswith(f"{package}.") and package not in live:
            return True
    return False


def commented(service: Service) -> Iterator[str]:
    """The names in comments of the files that tell a worker what to import."""
    project = service.project
    told = {service.path: None}
    told.update((one.path, None) for held in settings_modules(service).modules for one in lineage(held))
    for name in ("imports", "include"):
        setting = configuration(service).get(name)
        told.update((one.path, None) for one in (setting.places if setting is not None else ()))
    for path in told:
        yield from every(project, path, LISTED)


def sent(task: Task, before: str = "") -> bool:
    """Whether some code sends the task, or names it by a string. `before` is the source of a pattern for what stands before that in its line."""
    project, last = task.module.project, task.qualname.rpartition(".")[2]
    name = re.escape(last)
    sends = re.compile(rf"{before}\b{name}\.(?:delay|apply_async|delay_on_commit|apply_async_on_commit)\b", re.M)
    named = re.compile(rf"{before}[\"'](?:[\w.]+\.)?{name}[\"']", re.M)
    if finds(project, task.path, sends):
        return True
    others = [one for one in project.search(last) if one != task.path and not in_tests(project.modules[one].path)]
    return any(finds(project, one, sends) or finds(project, one, named) for one in others)


def only_called(task: Task) -> bool:
    """Whether the project calls a method of a class and never sends it: who calls it passes the class."""
    project, name = task.module.project, ".".join(task.qualname.split(".")[-2:])
    called = re.compile(rf"\b{re.escape(name)}\(")
    return any(finds(project, path, called) for path in project.search(f"{name}(")) and not sent(task)
