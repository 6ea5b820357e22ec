"""Names that nothing binds, where a task is sent or declared by them, or where they can only be Celery's own."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.lines import Lines
from taskguard.facts.questions import PlacedFactsQuestion
from taskguard.facts.signal_names import SIGNALS
from taskguard.patterns import regex
from taskguard.project.python.aside import put_aside
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Facts
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

SENT = (".delay", ".apply_async", ".s(", ".si(", ".signature(", ".subtask(")
DECLARED = ("@task", "@shared_task", "@periodic_task", ".task\n", ".task(", ".periodic_task")
_SENDS = regex(
    r"(?<![\w.])([A-Za-z_]\w*)((?:\.\w+)*\.(?:delay|apply_async|delay_on_commit|apply_async_on_commit)\b|(?:\.\w+)*\.(?:si?|signature|subtask)\()"
)
_DECLARES = regex(
    r"^[ \t]*@[ \t]*(?:(task|shared_task|periodic_task)\b|([A-Za-z_]\w*)(?:\.\w+)*\.(?:task|shared_task|periodic_task)\b)",
    re.MULTILINE,
)
# Names that are Celery's wherever they stand so, with the modules that have them: what is connected to a signal, called, or handled.
OWN = {
    **dict.fromkeys(SIGNALS, "celery.signals"),
    "crontab": "celery.schedules", "AsyncResult": "celery.result", "get_task_logger": "celery.utils.log", "chord": "celery", "chain": "celery", "group": "celery",
    "SoftTimeLimitExceeded": "celery.exceptions", "MaxRetriesExceededError": "celery.exceptions",
}  # fmt: skip
USED = (
    ".connect",
    "crontab(",
    "AsyncResult(",
    "get_task_logger(",
    "chord(",
    "chain(",
    "group(",
    "SoftTimeLimitExceeded",
    "MaxRetriesExceededError",
)
_CONNECTS = regex(rf"(?<![\w.])({'|'.join(sorted(SIGNALS))})\.connect\b")
# `chain` and `group` are words of other libraries, too: signatures in the brackets make them Celery's.
_USES = regex(
    r"(?<![\w.])(crontab|AsyncResult|get_task_logger)\(|(?<![\w.])(chain|group|chord)\(\s*\[?\s*[\w.]+\.si?\(|"
    r"(?<=except )(?:\(\s*(?:[\w.]+,\s*)*)?(SoftTimeLimitExceeded|MaxRetriesExceededError)\b"
)
# Who writes one of these may bind names that nobody sees.
_HIDDEN_BINDS = regex(r"\bglobals\(\)|\bexec\(|\bexecfile\(|\bbuiltins\b|\b__builtins__\b|\bvars\(\)|get_ipython")


class Unbound(Record):
    """A name that a file uses to send or to declare a task, or as Celery's, and that nothing binds. `holder` is the class in whose body it is bound, where a
    method does not see it; `lines` are those on which it stands further on."""

    name: str
    scope: str
    span: Span
    declares: bool
    holder: str
    lines: tuple[int, ...]


@PlacedFactsQuestion
def unbound_names(text: str, facts: Facts) -> tuple[Unbound, ...]:
    """Each such name of a file once, where it first stands."""
    open_names = {name for pattern in (_SENDS, _DECLARES, _CONNECTS, _USES) for name in _heads(pattern, text)} - _bound(
        facts
    )
    if not open_names or facts.failure is not None or any(one.name == "*" for one in facts.imports):
        return ()
    if _HIDDEN_BINDS.search(text) is not None:
        return ()
    return tuple(_undefined(text, facts, open_names))


def _undefined(text: str, facts: Facts, names: set[str]) -> Iterator[Unbound]:
    from taskguard.facts.undefined import undefined

    lines, found = Lines(text), dict[str, list[tuple[str, Span, bool]]]()
    for name, scope, span in undefined(text):
        if name not in names:
            continue
        place, start = lines.offset(span.line, span.column), lines.start(span.line)
        declares = (
            "@" in text[start:place] and (_DECLARES.match(text, start) or _CONNECTS.match(text, place)) is not None
        )
        if declares or any(one.match(text, place) for one in (_SENDS, _CONNECTS)) or _used(text, start, place):
            found.setdefault(name, []).append((scope, span, declares))
    for name, held in found.items():
        if re.search(rf"\bdel\b[^\n]*\b{name}\b", text) is None:
            scope, span, declares = held[0]
            rest = tuple(dict.fromkeys(one.line for _, one, _ in held[1:] if one.line != span.line))
            yield Unbound(name, scope, span, declares, _class_around(facts, name, scope), rest)


def _used(text: str, start: int, place: int) -> bool:
    """Whether the name at a place of its line is used as one of Celery's."""
    return any(place in {one.start(number) for number in (1, 2, 3)} for one in _USES.finditer(text, start))


def _class_around(facts: Facts, name: str, scope: str) -> str:
    """The class around a method in whose body a name is bound by an import."""
    around = scope.rpartition(".")[0]
    return around if any(one.scope == around and one.bound == name for one in facts.imports if around) else ""


def _heads(pattern: re.Pattern[str], text: str) -> set[str]:
    return {next(part for part in one.groups() if part) for one in pattern.finditer(text)}


def _bound(facts: Facts) -> set[str]:
    """The names that a file binds anywhere but in the body of a class, which its methods do not see."""
    classes = {one.qualname for one in facts.classes}
    names = {one.bound for one in facts.imports if one.scope not in classes}
    names.update(one.name for one in facts.bindings)
    for function in facts.functions:
        names.update(function.locals)
        if function.holder != "class":
            names.add(function.name)
    names.update(one.name for one in facts.classes if one.holder != "class")
    return names


class Unseen(Record):
    """An unbound name, with the task of the project that may be meant, or the module of Celery that has it."""

    module: Module
    use: Unbound
    meant: Task | None

    @property
    def own(self) -> str:
        return OWN.get(self.use.name, "") if self.meant is None else ""


def unbound_tasks(project: Project) -> Iterator[Unseen]:
    """All of them, by file; none in a project without tasks, where `delay` may be of another library."""
    tasks = all_tasks(project)
    if not tasks:
        return
    for path in project.search(*SENT, *DECLARED, *USED):
        module = project.modules[path]
        if in_tests(path) or hidden(path) or put_aside(module):
            continue
        for one in unbound_names(project, path, module.facts):
            named = [task for task in tasks if task.qualname == one.name] if not one.declares else []
            yield Unseen(module, one, named[0] if len(named) == 1 and named[0].path != path else None)
