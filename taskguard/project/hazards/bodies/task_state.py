"""What a run leaves on its task, which serves all runs of a process."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Binding, Call, Const, Expr, Op, Ref
from taskguard.facts.statements import Do, If, Jump, Let, Loop, Match, Statement, Try
from taskguard.project.hazards.bodies.filled import filled, is_below, lists_of, read_in, set_before
from taskguard.project.hazards.calls.runs import Run
from taskguard.project.hazards.limits.worker_pools import UNLIMITED, pools_of
from taskguard.project.python.flow import below, body_of, expressions, spots, spots_of
from taskguard.project.registry.effective import lineage_of
from taskguard.project.tasks.bases import locate
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Spot

    StateKind = Literal["option", "counted", "left", "filled", "shared", "earlier"]

# Attributes that Celery reads of the task at each run or retry.
OPTIONS = frozenset(
    "max_retries default_retry_delay rate_limit ignore_result acks_late time_limit soft_time_limit queue priority serializer expires"
    " autoretry_for retry_backoff retry_kwargs throws track_started name backend routing_key exchange reject_on_worker_lost".split()
)

COUNTING = frozenset(("+", "-", "*", "|"))
# Pools whose runs share a process and take turns in it.
AT_ONCE = UNLIMITED - {"solo"}
SURE = frozenset(("option", "counted"))
NOTING = frozenset("debug info warning error exception print".split())


class State(Record):
    """A statement that changes the task. `kind` is `option` (one of Celery's), `counted` (added to), `left` (set in some runs, read in all), `filled` (a list of the
    class that runs add to), `shared` (set by each run, where runs take turns in one process), or `earlier` (read before the run sets it)."""

    kind: StateKind
    name: str
    span: Span


def states(run: Run) -> Iterator[State]:
    """What the body of a task sets on the task: each attribute once."""
    own, name = run.own, _global_name(run)
    lists = lists_of(run.task, run.function, own) if own else frozenset()
    assigns = run.module.places.assigns_in(run.function.qualname)
    heads = [one for one in (own, name) if one and (lists or any(is_below(each.target, one) for each in assigns))]
    body = run.body if heads else None
    for head in heads if body is not None else ():
        # Under its name in the module the body sets what others are meant to read, too: only what is surely wrong is said of that.
        for one in _set(body, head, SURE if head != own else None) if body is not None else ():
            if one.kind != "earlier" or not _set_by_others(run, one.name.partition(".")[2]):
                yield one
    if body is not None and own in heads:
        yield from (State("filled", *one) for one in filled(body, own, lists - _asked(body, own)))
        pools = pools_of(run.task)
        if pools and pools <= AT_ONCE:
            yield from _shared(body, own)


def _set_by_others(run: Run, attribute: str) -> bool:
    """Whether another function of the file sets an attribute of what it has as `self`, which the body may have called."""
    return any(
        isinstance(one.target, Ref) and one.scope != run.function.qualname and not one.scope.endswith(".__init__")
        for one in run.module.places.assigns_to(f"self.{attribute}")
    )


def states_within(run: Run) -> Iterator[State]:
    """The same of the methods of the task's classes that the body calls, as far as they stand in the file of the task: only what is surely wrong."""
    module, own = run.module, run.own
    names = {name.partition(".")[2] for name in (run.function.called_below(own) if own else ())}
    seen: set[str] = set()
    for dotted in lineage_of(run.task)[0] if any(one and "." not in one for one in names) else ():
        held = locate(module.project, dotted, module)
        for name in sorted(names.intersection(held[1].methods) - seen) if held is not None else ():
            seen.add(name)
            function = module.function(f"{held[1].qualname}.{name}") if held is not None and held[0] is module else None
            if function is not None and function.params and not function.decorators and function is not run.function:
                yield from _of_method(run, function)


def _of_method(run: Run, method: Function) -> Iterator[State]:
    own, module = method.params[0].name, run.module
    lists = lists_of(run.task, method, own)
    assigns = module.places.assigns_in(method.qualname)
    found = lists or any(is_below(one.target, own) for one in assigns)
    body, outer = (body_of(module, method), run.body) if found else (None, None)
    if body is None or outer is None:
        return
    asked = _asked(body, own) | _asked(outer, run.own)
    for one in _set(body, own, SURE):
        attribute = one.name.partition(".")[2]
        anew = any(
            each.op == "=" and isinstance(each.target, Ref) and not each.scope.endswith(".__init__")
            for each in module.places.assigns_to(f"self.{attribute}")
            if not (isinstance(each.value, Op) and _goes_on(each.value, f"self.{attribute}"))
        )
        if attribute not in asked and (one.kind == "option" or not anew):
            yield one
    yield from (State("filled", *one) for one in filled(body, own, lists - asked))


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
        for expr in read_in(spot.statement)
        for inner, _ in below(expr)
    )


def _kind(one: Let, spot: Spot, attribute: str, name: str, body: Body, always: frozenset[str]) -> StateKind | None:
    if attribute in OPTIONS:
        return "option"
    if one.op != "=" or _goes_on(one.value, name):
        return None if set_before(body, spot, name) else "counted"
    if name not in always:
        return "left" if _read_elsewhere(body, one, name) else None
    return "earlier" if _read_before(body, one, name) else None


def _read_before(body: Body, one: Let, name: str) -> bool:
    """Whether the body reads an attribute, and sets it only then, once: it has what an earlier run has set."""
    sets = [spot for spot in spots_of(body) if isinstance(spot.statement, Let) and _sets(spot.statement, name)]
    if len(sets) != 1 or sets[0].around:
        return False
    return any(
        isinstance(inner, Ref) and (inner.name == name or inner.name.startswith(f"{name}."))
        for spot in spots_of(body)
        if spot.statement.span.line < one.span.line
        for expr in read_in(spot.statement)
        for inner, _ in below(expr)
    )


def _sets(one: Let, name: str) -> bool:
    return any(isinstance(target, Ref) and target.name == name for target in one.targets)


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
            ways = [_always(one.body, own) | _always(one.orelse, own)]
            ways += [_always(each.body, own) for each in one.handlers if not _leaves(each.body)]
            made |= frozenset.intersection(*ways) | _always(one.final, own)
        elif isinstance(one, If | Match):
            blocks = [block for _, block in one.branches] if isinstance(one, If) else list(one.cases)
            ends = [_always(block, own) for block in (*blocks, one.orelse if isinstance(one, If) else ())]
            made |= frozenset.intersection(*ends)
        elif hasattr(one, "body") and not isinstance(one, Loop):
            made |= _always(one.body, own)
    return frozenset(made)


def _leaves(block: tuple[Statement, ...]) -> bool:
    """Whether a handler may lead out of the body: not where all that it does last is to set something, to log, or nothing."""
    last = block[-1] if block else None
    if isinstance(last, Do) and isinstance(last.expr, Call):
        return last.expr.callee.rpartition(".")[2] not in NOTING
    return not (last is None or isinstance(last, Let) or (isinstance(last, Jump) and last.kind == "pass"))


def _read_elsewhere(body: Body, one: Let, name: str) -> bool:
    """Whether the body reads the attribute in another block than that which sets it."""
    setting = _block_of(body.statements, one)
    for spot in spots_of(body, inner=True):
        for expr in read_in(spot.statement):
            for inner, _ in below(expr):
                reads = isinstance(inner, Ref) and (inner.name == name or inner.name.startswith(f"{name}."))
                if reads and not any(inner is held for held in setting):
                    return True
    return False


def _block_of(statements: tuple[Statement, ...], one: Statement) -> list[Expr]:
    """The expressions of the block that a statement stands in, blocks within among them."""
    for spot in spots(statements):
        if spot.statement is one:
            block = _held(spot)
            return [
                inner
                for each in spots(block, inner=True)
                for expr in read_in(each.statement)
                for inner, _ in below(expr)
            ]
    return []


def _held(spot: Spot) -> tuple[Statement, ...]:
    from taskguard.project.python.flow import blocks

    around = spot.around[-1]
    return next((block for held, block in blocks(around.statement) if held == around), ())
