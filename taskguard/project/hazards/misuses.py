"""Calls whose arguments do not fit the task that they send."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, CallSite, Const, Expr, Param, Ref
from taskguard.project.celery.signatures import named_signature
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.fitting import Given, Misfit, misfits
from taskguard.project.hazards.handed import Odd, direct, packed
from taskguard.project.hazards.takers import Taker, taker, takers
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.testing import hidden, in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.python.project import Module, Project

DIRECT = frozenset(("delay", "delay_on_commit"))
PACKED = frozenset("apply_async apply_async_on_commit apply".split())
LISTS = frozenset(("signature", "subtask"))
# Where it fails: what sends on the spot is compared on the spot, `apply` runs the task without.
WHERE = {**dict.fromkeys((*DIRECT, *PACKED), "here"), "apply": "run"}
METHODS = (*DIRECT, *PACKED, *LISTS, "s", "si", "send_task", "Signature")
WORDS = tuple(
    f".{name}("
    for name in (
        "delay",
        "delay_on_commit",
        "apply_async",
        "apply_async_on_commit",
        "apply",
        "s",
        "si",
        "signature",
        "subtask",
        "send_task",
    )
)


class Misuse(Record):
    """A call that does not fit. `where` says where it is a TypeError: `here`, in the `worker`, or in the `run` that it starts. `doubt` says why it may fit."""

    module: Module
    scope: str
    span: Span
    name: str
    taker: Taker
    faults: tuple[Misfit, ...]
    where: str
    call: Call
    odd: Odd | None = None
    doubt: str = ""


def misuses(project: Project) -> Iterator[Misuse]:
    """All of them, by file."""
    for path in project.search(*WORDS):
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for site in selections.calling(module.facts, *METHODS):
            found = _at(module, site)
            if found is not None:
                yield found


def _at(module: Module, site: CallSite) -> Misuse | None:
    call, scope = site.call, site.scope
    head, _, method = call.callee.rpartition(".")
    if isinstance(call.func, Attr):
        return None
    if method in ("send_task", "Signature", "signature", "subtask"):
        named = _by_name(module, scope, call, head, method)
        if named:
            return judged(
                module,
                scope,
                call,
                str(named[0].task.name.value),
                named,
                *_listed(module, scope, call, 1),
                method == "send_task" or _fixed(call),
                "worker",
            )
    if not head or method == "send_task":
        return None
    held = takers(module, head, scope)
    if not held:
        return None
    if method in DIRECT or method in ("s", "si"):
        whole = method != "s"
        return judged(module, scope, call, head, held, direct(call), None, whole, WHERE.get(method, "worker"))
    whole = method not in LISTS or _fixed(call)
    return judged(
        module,
        scope,
        call,
        head,
        held,
        *_listed(module, scope, call, 0),
        whole,
        WHERE.get(method, "worker"),
    )


def _listed(module: Module, scope: str, call: Call, skip: int) -> tuple[Given, Odd | None]:
    made = packed(module, scope, call, skip)
    return made.given, made.odd


def _fixed(call: Call) -> bool:
    """Whether a signature takes no further arguments."""
    given = call.keyword("immutable")
    return isinstance(given, Const) and given.value is True


def _by_name(module: Module, scope: str, call: Call, head: str, method: str) -> tuple[Taker, ...]:
    """The tasks that `send_task("name")` and `signature("name")` mean."""
    system = celery_of(module.project)
    if method == "send_task":
        if not head or not system.apps.is_app(module, head, scope):
            return ()
    elif not named_signature(Bound(call, module, scope), call):
        return ()
    expr: Expr | None = call.args[0] if call.args else call.keyword("name") or call.keyword("varies")
    if expr is None:
        return ()
    held = takers(module, expr.name, scope) if isinstance(expr, Ref) and method != "send_task" else ()
    if held:
        return held
    name = value_of(Bound(expr, module, scope)).value
    return tuple(map(taker, system.named(name))) if isinstance(name, str) else ()


def judged(
    module: Module, scope: str, call: Call, name: str, held: tuple[Taker, ...], given: Given, odd: Odd | None, whole: bool, where: str,
) -> Misuse | None:  # fmt: skip
    """What is wrong with what tasks are given, of which one is meant; None where it may be in order."""
    found = [misfits(one.params, given, whole) for one in held]
    if odd is None and not all(found):
        return None
    doubt = next((one.doubt for one in held if one.doubt), "")
    if odd is not None:
        doubt = _odd_doubt(odd, held, doubt)
    first = held[0]
    place = where
    if where == "here" and not (first.checks and (odd is not None or misfits(_as_checked(first.params), given, whole))):
        place = "worker"
    return Misuse(
        module, scope, odd.expr.span if odd is not None else call.span, name, first, found[0], place, call, odd, doubt
    )


def _as_checked(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters as Celery compares them: it does not know of such as can be given by position only (celery/utils/functional.py, `head_from_fun`)."""
    return tuple(one.replace(kind="both") if one.kind == "positional" else one for one in params)


def _odd_doubt(odd: Odd, held: tuple[Taker, ...], doubt: str) -> str:
    """What stands for a list is wrong whatever the task takes; where it may be a list after all, what the task takes has to speak for one value."""
    if odd.sure:
        return ""
    if doubt or any(misfits(one.params, Given(1), True) for one in held):
        return doubt or "it may be a list of arguments"
    return ""
