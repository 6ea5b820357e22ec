"""Parameters of tasks that their functions take for members of an Enum: JSON has none, and what comes is a text or a number."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Ref
from taskguard.facts.statements import Define, If, Inner
from taskguard.patterns import regex
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.calls.takers import taker
from taskguard.project.hazards.payloads.payloads import is_sent, serializer
from taskguard.project.python.flow import below, bound_in, is_choice, parts_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.text_questions import finds_within, words_behind
from taskguard.project.python.values import ABSENT
from taskguard.project.tasks.bases import ancestry
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Param
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project

ENUM = regex(r"enum\.(?:Int|Str)?(?:Enum|Flag)\Z|django\.db\.models\.(?:\w+\.)*\w*Choices\Z")
# What an annotation names: a class, or that and None.
NAMED = regex(r"(?:(?:typing\.)?Optional\[\s*)?[\"']?([A-Za-z_][\w.]*)[\"']?\s*(?:\]|\|\s*None)?\Z")
# What members of an Enum have, beside the names of the others.
OF_MEMBERS = frozenset(("value", "name", "label"))
# Who catches one of these expects that it may be none.
EXPECTED = frozenset(("AttributeError",))
# Expressions that may bind names of their own.
OWN_NAMES = frozenset(("lambda", "comprehension", "generator"))
NOWHERE = Span(1, 1, 1, 1)


class Asked(Record):
    """What a task asks of a parameter that only a member of the Enum `called` has."""

    run: Run
    param: str
    called: str
    holder: Module
    line: int
    attribute: str
    span: Span
    sure: bool


def asked_of_texts(project: Project) -> Iterator[Asked]:
    """The first such attribute of each parameter, by file."""
    for module in dict.fromkeys(task.module for task in all_tasks(project)):
        if in_tests(module.path) or hidden(module.path):
            continue
        for run in runs_in(module):
            yield from _in_task(run)


def _in_task(run: Run) -> Iterator[Asked]:
    for param in run.function.params:
        found = _enum(run, param) if param.annotation and param.default is None and param.name != run.own else None
        if found is None or not _asks(run, param.name, found[2]):
            continue
        sure = by_json(run)
        for expr in first_asked(run, param.name, found[2]) if sure is not None else ():
            attribute = expr.name.split(".")[1]
            yield Asked(run, param.name, found[1], found[0], found[3], attribute, expr.span, bool(sure))


def _enum(run: Run, param: Param) -> tuple[Module, str, frozenset[str], int] | None:
    """The Enum of the project that a parameter is annotated with: its module, its name, what only its members have, and its line."""
    match = NAMED.match(param.annotation.strip())
    if match is None:
        return None
    found = resolve(run.module, match[1], run.function.qualname)
    if found.kind != "symbol" or found.module is None:
        return None
    klass = found.module.klass(found.path)
    if klass is None or not any(
        ENUM.match(one) for one in ancestry(found.module, f"{found.module.name}.{found.path}")[0][1:]
    ):
        return None
    names = OF_MEMBERS | {one.name for one in klass.attributes} | set(klass.methods)
    return (
        found.module,
        klass.name,
        frozenset(one for one in names if not hasattr("", one) and not hasattr(0, one)),
        klass.span.line,
    )


def _asks(run: Run, name: str, words: frozenset[str]) -> bool:
    """Whether the text of a function asks a parameter for one of these, and nowhere whether it is a member, or a text."""
    project, path = run.module.project, run.module.path
    if not any(first in words for first, _ in words_behind(project, path, run.function, name)):
        return False
    return not is_looked_at(run, name)


def is_looked_at(run: Run, name: str) -> bool:
    """Whether a function asks somewhere what a parameter is."""
    checked = re.compile(rf"\b(?:isinstance|hasattr|getattr|type)\(\s*{re.escape(name)}\b")
    return finds_within(run.module.project, run.module.path, run.function, checked)


def by_json(run: Run) -> bool | None:
    """Whether what the task is given surely comes through JSON; None where it may not."""
    task = run.task
    held, validated = taker(task), task.option("pydantic")
    if held.doubt or held.own or task.below or validated is not ABSENT or not is_sent(task):
        return None
    format_, sure, doubt = serializer(run.module, run.function.qualname, Call(Ref("", NOWHERE), (), (), NOWHERE), task)
    return sure if format_ == "json" and not doubt else None


def first_asked(run: Run, name: str, words: frozenset[str], *, always: bool = False) -> Iterator[Ref]:
    """Where a body first asks a parameter for one of these, before it binds the name to anything else. `always`: whatever the parameter is."""
    body = run.body
    if body is None:
        return
    bound = [spot for _, spot in bound_in(body, name)]
    for spot, expr, within in parts_of(body):
        if bound and spot.statement.span.line > bound[0].statement.span.line:
            return
        if isinstance(expr, Ref) and expr.name.startswith(f"{name}.") and not isinstance(spot.statement, Define):
            asked = expr.name.split(".")[1]
            if asked in words and not is_caught(spot, EXPECTED) and not (always and _depends(spot, within, name)):
                yield expr
                return


def _depends(spot: Spot, within: tuple[Expr, ...], name: str) -> bool:
    """Whether a part of a function is done only if a test of the parameter holds, or is of a lambda or comprehension, which may bind the name."""
    if any(map(is_choice, within)):
        return True
    if any(isinstance(one, Inner) and one.kind in OWN_NAMES for one in within):
        return True
    tests = [test for one in spot.around if isinstance(one.statement, If) for test, _ in one.statement.branches]
    return any(
        isinstance(part, Ref) and part.name.partition(".")[0] == name for test in tests for part, _ in below(test)
    )
