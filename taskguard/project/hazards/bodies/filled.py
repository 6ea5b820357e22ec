"""Lists, dicts and sets that a task's classes have once for all runs, and that runs add to."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Dict, Expr, Item, Ref, Seq
from taskguard.facts.questions import every, finds
from taskguard.facts.statements import Inner, Let, Statement
from taskguard.patterns import regex
from taskguard.project.python.flow import below, calls_of, expressions, spots_of
from taskguard.project.registry.effective import base_open, lineage_of
from taskguard.project.tasks.bases import locate
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Class, Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

FILLING = frozenset(("append", "extend", "insert"))
# The same for sets and dicts, which are often kept on purpose.
GATHERING = frozenset(("add", "update", "setdefault"))

# What goes by the names of attributes.
BY_NAME = regex(r"\b(?:[gs]et|del)attr\(|__dict__|\bvars\(")


def filled(body: Body, own: str, lists: frozenset[str]) -> Iterator[tuple[str, Span]]:
    """The lists of the class that a body adds to."""
    seen: set[str] = set()
    for called in calls_of(body) if lists else ():
        name, _, method = called.call.callee.rpartition(".")
        head, _, attribute = name.partition(".")
        fills = head == own and method in FILLING | GATHERING and attribute in lists and name not in seen
        if fills and not set_before(body, called.spot, name) and (method in FILLING or _read_whole(body, name)):
            seen.add(name)
            yield name, called.call.span
    for spot in spots_of(body) if lists else ():
        one = spot.statement
        for target in one.targets if isinstance(one, Let) else ():
            name = target.of.name if isinstance(target, Item) and isinstance(target.of, Ref) else ""
            head, _, attribute = name.partition(".")
            fills = head == own and attribute in lists and name not in seen
            if fills and not set_before(body, spot, name) and _read_whole(body, name):
                seen.add(name)
                yield name, target.span


def _read_whole(body: Body, name: str) -> bool:
    """Whether a body reads all that a dict or set holds, and never asks for a part of it, as one does of what is kept on purpose."""
    whole = False
    for spot in spots_of(body, inner=True):
        for expr in read_in(spot.statement):
            for one, within in below(expr):
                if isinstance(one, Item) and isinstance(one.of, Ref) and one.of.name == name:
                    return False
                if not isinstance(one, Ref) or one.name.rpartition(".")[0] not in (name, name.rpartition(".")[0]):
                    continue
                last = one.name.removeprefix(name).removeprefix(".")
                if one.name == name:
                    if any(isinstance(each, Inner) and each.kind == "comparison" for each in within):
                        return False
                    whole = True
                elif one.name.startswith(f"{name}."):
                    if last in ("get", "pop", "keys"):
                        return False
                    whole = whole or last in ("items", "values", "copy")
    return whole


def lists_of(task: Task, function: Function, own: str) -> frozenset[str]:
    """The empty lists of a task's classes to which a function in its file adds that has it as `own`, and which nothing in the project empties or sets anew."""
    module = task.module
    added = {
        name.split(".")[1]
        for name in (function.called_below(own) if own else ())
        if name.count(".") == 2 and name.rpartition(".")[2] in FILLING | GATHERING
    }
    for one in module.places.assigns_in(function.qualname) if own else ():
        if isinstance(one.target, Item) and is_below(one.target.of, own):
            added.add(one.target.of.name.partition(".")[2] if isinstance(one.target.of, Ref) else "")
    if not added or base_open(task):
        return frozenset()
    classes = [held for one in lineage_of(task)[0] if (held := locate(module.project, one, module)) is not None]
    made = {one: [_empty(*held, one) for held in classes] for one in sorted(added)}
    return frozenset(
        name
        for name, found in made.items()
        if any(found)
        and not _emptied(module.project, name, frozenset(scope for one in found for scope in one if scope))
    )


def _empty(module: Module, klass: Class, name: str) -> tuple[str, ...]:
    """How a class makes an attribute an empty list, dict or set, once for all runs: the scopes of `__init__` where it does so, an empty one for the class itself."""
    made = ["" for one in klass.attributes if one.name == name and one.value is not None and _is_empty(one.value)]
    scope = f"{klass.qualname}.__init__"
    made += [
        scope
        for one in module.places.assigns_to(f"self.{name}")
        if one.scope == scope and one.op == "=" and isinstance(one.target, Ref) and _is_empty(one.value)
    ]
    return tuple(made)


def _is_empty(expr: Expr) -> bool:
    if isinstance(expr, Call):
        return expr.callee in ("list", "dict", "set") and not expr.args and not expr.keywords
    return isinstance(expr, Seq | Dict) and not expr.items


@query
def _emptied(project: Project, name: str, begins: frozenset[str]) -> bool:
    """Whether something empties an attribute of that name, sets it, or hands it out. What the scopes in `begins` do is done once for each process."""
    word = re.escape(name)
    quoted = rf"[\"']{word}[\"']"
    # As a key of a dict, `{"rows": self.rows}`, a name is no attribute's, unless something goes by the names of attributes there.
    named = rf"(?<!\.get\()(?!(?<=\[){quoted}\s*\]){quoted}(?!\s*:)"
    used = re.compile(
        rf"\.{word}(?:\.(?:clear|pop|popitem|popleft|remove|discard)\b|\s*\[[^\]\n]*:)|{named}|\bdel\s[^\n]*\.{word}\b"
    )
    key = re.compile(quoted)
    # Also as one of several: `rows, self.rows = self.rows, []`.
    sets = re.compile(rf"^[^=\n(#]*\.{word}\b(?!\s*\[)[^=\n(]*=(?!=)", re.MULTILINE)
    if not project.can_search:
        return True
    for path in project.search(name):
        if finds(project, path, used) or (finds(project, path, key) and finds(project, path, BY_NAME)):
            return True
        once = [one for one in project.modules[path].places.assigns_to(f"self.{name}") if one.scope in begins]
        if len(every(project, path, sets)) > len(once):
            return True
    return False


def set_before(body: Body, spot: Spot, name: str) -> bool:
    """Whether something above sets the attribute anew, in whichever branch."""
    line = spot.statement.span.line
    return any(
        isinstance(one.statement, Let)
        and one.statement.op == "="
        and one.statement.span.line < line
        and any(isinstance(target, Ref) and target.name == name for target in one.statement.targets)
        for one in spots_of(body)
    )


def read_in(statement: Statement) -> tuple[Expr, ...]:
    return (statement.value,) if isinstance(statement, Let) else expressions(statement)


def is_below(target: Expr, head: str) -> bool:
    return isinstance(target, Ref) and target.name.startswith(f"{head}.")
