"""What a run leaves on its task, which serves all runs of a process."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Binding, Call, Const, Dict, Expr, Item, Op, Ref, Seq
from taskguard.facts.questions import finds
from taskguard.facts.statements import If, Inner, Let, Loop, Match, Statement, Try
from taskguard.project.hazards.pools import UNLIMITED, pools_of
from taskguard.project.hazards.runs import Run
from taskguard.project.python.flow import below, calls_of, expressions, spots, spots_of
from taskguard.project.registry.effective import base_open, lineage_of
from taskguard.project.tasks.bases import locate
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Class
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project

    StateKind = Literal["option", "counted", "left", "filled", "shared"]

# Attributes that Celery reads of the task at each run or retry.
OPTIONS = frozenset(
    "max_retries default_retry_delay rate_limit ignore_result acks_late time_limit soft_time_limit queue priority serializer expires"
    " autoretry_for retry_backoff retry_kwargs throws track_started name backend routing_key exchange reject_on_worker_lost".split()
)

FILLING = frozenset(("append", "extend", "insert"))
# The same for sets and dicts, which are often kept on purpose.
GATHERING = frozenset(("add", "update", "setdefault"))
COUNTING = frozenset(("+", "-", "*", "|"))
# Pools whose runs share a process and take turns in it.
AT_ONCE = UNLIMITED - {"solo"}


class State(Record):
    """A statement that changes the task. `kind` is `option` (one of Celery's), `counted` (added to), `left` (set in some runs, read in all), `filled` (a list of the
    class that runs add to), or `shared` (set by each run, where runs take turns in one process)."""

    kind: StateKind
    name: str
    span: Span


def states(run: Run) -> Iterator[State]:
    """What the body of a task sets on the task: each attribute once."""
    own, name = run.own, _global_name(run)
    lists = _lists(run)
    assigns = run.module.places.assigns_in(run.function.qualname)
    heads = [one for one in (own, name) if one and (lists or any(_is_below(each.target, one) for each in assigns))]
    body = run.body if heads else None
    if body is None:
        return
    for head in heads:
        # Under its name in the module the body sets what others are meant to read, too: only what is surely wrong is said of that.
        yield from _set(body, head, frozenset(("option", "counted")) if head != own else None)
    if own in heads:
        yield from _filled(body, own, lists - _asked(body, own))
        pools = pools_of(run.task)
        if pools and pools <= AT_ONCE:
            yield from _shared(body, own)


def _is_below(target: Expr, head: str) -> bool:
    return isinstance(target, Ref) and target.name.startswith(f"{head}.")


def _global_name(run: Run) -> str:
    """The name under which the module has the task, where the body cannot mean anything else by it."""
    task, function = run.task, run.function
    plain = task.form == "function" and function.holder == "module" and not function.binds(function.name)
    entry = run.module.entry(function.qualname) if plain else None
    return function.name if isinstance(entry, Binding) and entry.kind == "function" else ""


def _set(body: Body, head: str, kinds: frozenset[str] | None) -> Iterator[State]:
    """The attributes that assignments change."""
    asked = _asked(body, head)
    always = _always(body.statements, head)
    seen: set[str] = set()
    for spot in spots_of(body):
        one = spot.statement
        if not isinstance(one, Let):
            continue
        for target in one.targets:
            name = target.name if isinstance(target, Ref) else ""
            first, _, attribute = name.partition(".")
            if first != head or not attribute or "." in attribute or name in seen or attribute in asked:
                continue
            kind = _kind(one, spot, attribute, name, body, always)
            if kind is not None and (kinds is None or kind in kinds):
                seen.add(name)
                yield State(kind, name, target.span)


def _filled(body: Body, own: str, lists: frozenset[str]) -> Iterator[State]:
    """The lists of the class that a body adds to."""
    seen: set[str] = set()
    for called in calls_of(body) if lists else ():
        name, _, method = called.call.callee.rpartition(".")
        head, _, attribute = name.partition(".")
        fills = head == own and method in FILLING | GATHERING and attribute in lists and name not in seen
        if fills and not _set_before(body, called.spot, name) and (method in FILLING or _read_whole(body, name)):
            seen.add(name)
            yield State("filled", name, called.call.span)
    for spot in spots_of(body) if lists else ():
        one = spot.statement
        for target in one.targets if isinstance(one, Let) else ():
            name = target.of.name if isinstance(target, Item) and isinstance(target.of, Ref) else ""
            head, _, attribute = name.partition(".")
            fills = head == own and attribute in lists and name not in seen
            if fills and not _set_before(body, spot, name) and _read_whole(body, name):
                seen.add(name)
                yield State("filled", name, target.span)


def _read_whole(body: Body, name: str) -> bool:
    """Whether a body reads all that a dict or set holds, and never asks for a part of it, as one does of what is kept on purpose."""
    whole = False
    for spot in spots_of(body, inner=True):
        for expr in _read(spot.statement):
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


def _shared(body: Body, own: str) -> Iterator[State]:
    """What each run sets before it reads it: another one that has its turn between both has set it, too."""
    asked, always = _asked(body, own), _always(body.statements, own)
    seen: set[str] = set()
    for spot in spots_of(body):
        one = spot.statement
        for target in one.targets if isinstance(one, Let) and one.op == "=" else ():
            name = target.name if isinstance(target, Ref) else ""
            head, _, attribute = name.partition(".")
            if head != own or not attribute or "." in attribute or name not in always or name in seen:
                continue
            constant = isinstance(one, Let) and isinstance(one.value, Const)
            if attribute not in asked | OPTIONS and not constant and _read_behind(body, one, name):
                seen.add(name)
                yield State("shared", name, target.span)


def _read_behind(body: Body, one: Statement, name: str) -> bool:
    """Whether another statement reads an attribute, and something is called between both or there."""
    line = one.span.line
    return any(
        isinstance(inner, Ref) and (inner.name == name or inner.name.startswith(f"{name}."))
        for spot in spots_of(body, inner=True)
        if spot.statement.span.line > line
        for expr in _read(spot.statement)
        for inner, _ in below(expr)
    )


def _lists(run: Run) -> frozenset[str]:
    """The empty lists of a task's classes to which its body adds, and which nothing in the project empties or sets anew."""
    module, own = run.module, run.own
    added = {
        name.split(".")[1]
        for name in run.function.calls
        if own
        and name.count(".") == 2
        and name.startswith(f"{own}.")
        and name.rpartition(".")[2] in FILLING | GATHERING
    }
    for one in module.places.assigns_in(run.function.qualname) if own else ():
        if isinstance(one.target, Item) and _is_below(one.target.of, own):
            added.add(one.target.of.name.partition(".")[2] if isinstance(one.target.of, Ref) else "")
    if not added or base_open(run.task):
        return frozenset()
    classes = [held for one in lineage_of(run.task)[0] if (held := locate(module.project, one, module)) is not None]
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
    used = rf"\.{word}(?:\.(?:clear|pop|popitem|popleft|remove|discard)\b|\s*\[[^\]\n]*:)|[\"']{word}[\"']|\bdel\s[^\n]*\.{word}\b"
    others = re.compile(rf"{used}|(?<!\bself)\.{word}\s*(?::[^=\n]+)?=(?!=)")
    if not project.can_search:
        return True
    for path in project.search(name):
        if finds(project, path, others):
            return True
        sets = project.modules[path].places.assigns_to(f"self.{name}")
        if any(isinstance(one.target, Ref) and one.op == "=" and one.scope not in begins for one in sets):
            return True
    return False


def _kind(one: Let, spot: Spot, attribute: str, name: str, body: Body, always: frozenset[str]) -> StateKind | None:
    if attribute in OPTIONS:
        return "option"
    if one.op != "=" or _goes_on(one.value, name):
        return None if _set_before(body, spot, name) else "counted"
    return "left" if name not in always and _read_elsewhere(body, one, name) else None


def _goes_on(value: Expr, name: str) -> bool:
    """Whether a value is what the attribute was, and something more: `self.done + 1`."""
    return (
        isinstance(value, Op)
        and value.op in COUNTING
        and any(isinstance(one, Ref) and one.name == name for one in value.operands)
    )


def _asked(body: Body, own: str) -> frozenset[str]:
    """The attributes of the task of which the body asks whether they are there, or are None: those are kept on purpose."""
    made: set[str] = set()
    for spot in spots_of(body, inner=True):
        one = spot.statement
        tests = (
            [test for test, _ in one.branches] if isinstance(one, If) else [one.head] if isinstance(one, Loop) else []
        )
        for test in (*tests, *(expr for expr in expressions(one))):
            for expr, _ in below(test):
                if isinstance(expr, Call) and expr.callee in ("hasattr", "getattr", "setattr", "delattr"):
                    made.update(
                        one.value for one in expr.args[1:2] if isinstance(one, Const) and isinstance(one.value, str)
                    )
                elif isinstance(expr, Ref) and test in tests and expr.name.startswith(f"{own}."):
                    made.add(expr.name.split(".")[1])
    return frozenset(made)


def _always(statements: tuple[Statement, ...], own: str) -> frozenset[str]:
    """What the body sets on every way that leads on, at its own level: later reads find this run's value."""
    made: set[str] = set()
    for one in statements:
        if isinstance(one, Let) and one.op == "=":
            made.update(target.name for target in one.targets if isinstance(target, Ref))
        elif isinstance(one, Try):
            made |= _always(one.body, own) | _always(one.final, own)
        elif isinstance(one, If | Match):
            blocks = [block for _, block in one.branches] if isinstance(one, If) else list(one.cases)
            ends = [_always(block, own) for block in (*blocks, one.orelse if isinstance(one, If) else ())]
            made |= frozenset.intersection(*ends)
        elif hasattr(one, "body") and not isinstance(one, Loop):
            made |= _always(one.body, own)
    return frozenset(made)


def _set_before(body: Body, spot: Spot, name: str) -> bool:
    """Whether something above sets the attribute anew, in whichever branch."""
    line = spot.statement.span.line
    return any(
        isinstance(one.statement, Let)
        and one.statement.op == "="
        and one.statement.span.line < line
        and any(isinstance(target, Ref) and target.name == name for target in one.statement.targets)
        for one in spots_of(body)
    )


def _read_elsewhere(body: Body, one: Let, name: str) -> bool:
    """Whether the body reads the attribute in another block than that which sets it."""
    setting = _block_of(body.statements, one)
    for spot in spots_of(body, inner=True):
        for expr in _read(spot.statement):
            for inner, _ in below(expr):
                reads = isinstance(inner, Ref) and (inner.name == name or inner.name.startswith(f"{name}."))
                if reads and not any(inner is held for held in setting):
                    return True
    return False


def _read(statement: Statement) -> tuple[Expr, ...]:
    return (statement.value,) if isinstance(statement, Let) else expressions(statement)


def _block_of(statements: tuple[Statement, ...], one: Statement) -> list[Expr]:
    """The expressions of the block that a statement stands in, blocks within among them."""
    for spot in spots(statements):
        if spot.statement is one:
            block = _held(spot)
            return [
                inner for each in spots(block, inner=True) for expr in _read(each.statement) for inner, _ in below(expr)
            ]
    return []


def _held(spot: Spot) -> tuple[Statement, ...]:
    from taskguard.project.python.flow import blocks

    around = spot.around[-1]
    return next((block for held, block in blocks(around.statement) if held == around), ())
