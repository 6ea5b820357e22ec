"""Calls whose arguments do not fit the task that they send."""

from __future__ import annotations

import re

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, CallSite, Expr, Opaque, Param, Ref, Seq, Star
from taskguard.facts.questions import finds
from taskguard.facts.statements import Inner
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.switched_off import retired
from taskguard.project.hazards.calls.call_arguments import Odd, direct, packed, places_of
from taskguard.project.hazards.calls.dispatched import MAKING
from taskguard.project.hazards.calls.fitting import Given, Misfit, misfits
from taskguard.project.hazards.calls.kept_values import kept_value
from taskguard.project.hazards.calls.search_words import SENDS
from taskguard.project.hazards.calls.takers import Taker, takers
from taskguard.project.hazards.canvases.canvases import CALLED, Place, called_so
from taskguard.project.hazards.canvases.linked_up import SENDING, Fed, Misplaced, in_expression, in_function
from taskguard.project.hazards.database.on_commit import is_on_commit
from taskguard.project.python.aside import put_aside
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import body_of, calls_of, returned
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# The last names of what makes a signature.
BUILT = tuple(sorted((*MAKING, "Signature")))
METHODS = (*SENDING, "send_task", "retry", "map", "starmap", "chunks", "on_commit")
# What is called in the methods of a canvas that makes signatures, so that the task itself may give back one.
BUILDING = MAKING | {"chain", "group", "chord", "Signature"}


class Misuse(Record):
    """A call that does not fit. `where` says where it is a TypeError: `here`, in the `worker`, in the `run` that it starts, each time that `beat` sends it, after the
    `commit`, or `later`, when something calls what it was handed. `after` as in Fed; `through` is the function of the project that hands the arguments on.
    `doubt` says why it may fit, `single` that a tuple of what stands for the arguments would. Where it is
    not `sure`, nothing is known to read it."""

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
    after: str = ""
    single: bool = False
    sure: bool = True
    through: str = ""


class Gone(Record):
    """A task that is sent as an attribute of a module that has none of that name."""

    module: Module
    scope: str
    call: Call
    name: str
    holder: Module


def misuses(project: Project) -> Iterator[Misuse | Gone]:
    """All of them, by file."""
    for path in project.search(*SENDS):
        module = project.modules[path]
        if not in_tests(path) and not hidden(path) and not put_aside(module) and not retired(module):
            yield from _in_module(module)


def _in_module(module: Module) -> Iterator[Misuse | Gone]:
    for site in selections.calling(module.facts, *METHODS):
        found = sent_at(module, site)
        if found is not None:
            yield found
    read: set[str] = set()
    made: list[Fed | Misplaced] = []
    for name in dict.fromkeys((*_calling(module, *BUILT), *_gathering(module))):
        outer = module.function(name.partition(".<locals>")[0])
        if outer is not None and outer.qualname not in read:
            read.add(outer.qualname)
            made += in_function(module, outer)
    for site in selections.calling(
        module.facts, *MAKING, "Signature", "chain", "group", "chord", *SENDING, "link", "add_periodic_task"
    ):
        if isinstance(site.call.func, Attr) and site.call.func.name in MAKING:
            found = _run_first(module, site.scope, site.call, site.call.func)
            if found is not None:
                yield found
        if site.scope.partition(".<locals>")[0] not in read:
            made += in_expression(Place(module, site.scope), site.call)
    yield from _settled(module, made)


def _calling(module: Module, *lasts: str) -> tuple[str, ...]:
    return tuple(name for name, _ in selections.functions_calling(module.facts, *lasts))


def _gathering(module: Module) -> list[str]:
    """The functions that make a canvas and send something: `group(send.delay(pk) for pk in pks)`, where what is between the brackets of a loop is read with the body only."""
    sending = _calling(module, "delay", "apply_async")
    return [name for name in _calling(module, *CALLED) if name in sending] if sending else []


def _settled(module: Module, made: list[Fed | Misplaced]) -> Iterator[Misuse]:
    """One verdict for each signature: what it gets where it is sent counts for more than what it is made with."""
    by_leaf: dict[Span, list[Fed]] = {}
    seen: set[Span] = set()
    for one in made:
        if isinstance(one, Fed):
            by_leaf.setdefault(one.leaf.call.span, []).append(one)
        elif one.ran.call.span not in seen:
            seen.add(one.ran.call.span)
            yield _misplaced(module, one)
    for held in by_leaf.values():
        whole = [one for one in held if one.whole]
        found = [each for one in whole or held[:1] if (each := _fed(module, one)) is not None]
        yield from found[:1]


def _fed(module: Module, one: Fed) -> Misuse | None:
    leaf = one.leaf
    found = judged(module, leaf.scope, leaf.call, leaf.name, leaf.held, one.given, leaf.odd, one.whole, one.where)
    return found.replace(after=one.after) if found is not None else None


def _misplaced(module: Module, one: Misplaced) -> Misuse:
    ran = one.ran
    function = ran.taker.task.function
    builds = function is not None and function.may_call(*BUILDING) and gives_back(ran.taker.task.home, function)
    doubt = "the task may give back a signature" if builds and ran.call.callee == ran.name else ""
    fault = Misfit("ran" if ran.call.callee == ran.name else "sent", (), one.kind)
    return Misuse(module, ran.scope, ran.call.span, ran.name, ran.taker, (fault,), "here", ran.call, doubt=doubt)


def sent_at(module: Module, site: CallSite) -> Misuse | Gone | None:
    """What is wrong with a call that sends a task at once."""
    call, scope = site.call, site.scope
    head, _, method = call.callee.rpartition(".")
    if method == "on_commit":
        return _committed(module, scope, call)
    if isinstance(call.func, Attr):
        return _run_first(module, scope, call, call.func)
    if not head:
        return None
    if method == "send_task":
        held = _by_name(module, scope, call, head)
        made = packed(module, scope, call, 1) if held else None
        name = str(held[0].task.name.value) if held else ""
        return (
            judged(module, scope, call, name, held, made.given, made.odd, True, "worker") if made is not None else None
        )
    held = takers(module, head, scope)
    if not held:
        return _gone(module, scope, call, head) if method in SENDING else None
    if method.startswith("delay"):
        return judged(module, scope, call, head, held, direct(module, scope, call), None, True, "here")
    if method in ("map", "starmap", "chunks"):
        given = _of_items(module, scope, call, method)
        return judged(module, scope, call, head, held, given, None, True, "worker") if given is not None else None
    made = packed(module, scope, call)
    if method != "retry":
        return judged(module, scope, call, head, held, made.given, made.odd, True, SENDING[method])
    # What is not given is as it was in the run.
    more = not call.args and call.keyword("args") is None
    other = len(call.args) < 2 and call.keyword("kwargs") is None
    return judged(
        module,
        scope,
        call,
        head,
        held,
        made.given.replace(more=made.given.more or more, other=made.given.other or other),
        made.odd,
        True,
        "worker",
    )


def _run_first(module: Module, scope: str, call: Call, func: Attr) -> Misuse | None:
    """A task that is run, to send what it gives back: `send(order).delay()`."""
    return run_for(module, scope, call, func) if func.name in SENDING or func.name in MAKING else None


def run_for(module: Module, scope: str, call: Call, attr: Attr) -> Misuse | None:
    """A task that is run for a method that what it gives back has not."""
    ran = attr.of
    held = takers(module, ran.callee, scope) if isinstance(ran, Call) and ran.callee else ()
    if len(held) != 1 or not isinstance(ran, Call):
        return None
    doubt = held[0].doubt or ("the task may give back a signature" if _may_build(held[0].task) else "")
    fault = Misfit("called", (attr.name,), "")
    return Misuse(module, scope, ran.span, ran.callee, held[0], (fault,), "here", call, doubt=doubt)


def _may_build(task: Task) -> bool:
    """Whether what a task gives back may be a signature: its body makes some, or gives back what a function of the project does that makes some."""
    function, home = task.function, task.home
    if function is None:
        return True
    if function.may_call(*BUILDING):
        return gives_back(home, function)
    back = function.returned_call()
    found = resolve(home, back.callee, function.qualname) if back is not None and back.callee else None
    other = found.module.function(found.path) if found is not None and found.module is not None else None
    return other is not None and other.may_call(*BUILDING)


def gives_back(home: Module, function: Function) -> bool:
    """Whether a function may give back something else than None."""
    body = body_of(home, function)
    if body is None or function.is_async or function.is_generator:
        return True
    return any(one is not None for one in returned(body))


def _committed(module: Module, scope: str, call: Call) -> Misuse | Gone | None:
    """What is wrong with `on_commit(send.delay)` and `on_commit(partial(send.delay, 1))`: it is called with no more than that."""
    given = call.args[0] if call.args else call.keyword("func")
    if given is None or not is_on_commit(module, scope, call.callee):
        return None
    func: Expr = given
    late: Call | None = None
    if isinstance(given, Call):
        func = given.args[0] if given.args else given
        if resolved_name(module, given.callee, scope) == "functools.partial":
            late = Call(func, given.args[1:], given.keywords, given.span)
    elif isinstance(given, Ref):
        late = Call(given, (), (), given.span)
    if late is None or not isinstance(func, Ref) or func.name.rpartition(".")[2] not in SENDING:
        return None
    found = sent_at(module, CallSite(late, scope, "", ()))
    return found.replace(where="commit") if isinstance(found, Misuse) and found.where == "here" else found


def _of_items(module: Module, scope: str, call: Call, method: str) -> Given | None:
    """What a task is given for each item of a list; None where that cannot be told."""
    if not call.args or isinstance(call.args[0], Star):
        return None
    if method == "map":
        return Given(1)
    of: Expr = call.args[0]
    if isinstance(of, Opaque) and not isinstance(of, Inner):
        of = _opened(module, scope, of)
    if isinstance(of, Inner) and of.kind in ("comprehension", "generator") and of.parts:
        of = Seq("list", (of.parts[-1],), of.span)
    if isinstance(of, Ref):
        kept = kept_value(module, scope, of.name)
        if kept is None:
            return _of_constant(module, scope, of)
        of = kept
    if isinstance(of, Seq) and of.items:
        sizes = [places_of(module, scope, one) if isinstance(one, Seq) else None for one in of.items]
        first = sizes[0]
        return first if isinstance(first, Given) and not first.more and all(one == first for one in sizes) else None
    if not isinstance(of, Call) or any(isinstance(one, Star) for one in of.args):
        return None
    if of.callee == "zip" and of.args:
        return Given(len(of.args))
    return Given(2) if of.callee == "enumerate" or (of.callee.endswith(".items") and not of.args) else None


def _opened(module: Module, scope: str, of: Opaque) -> Expr:
    """A comprehension with what is in it, which is only read where a function is looked into."""
    function = module.function(scope.partition(".<locals>")[0]) if scope else None
    body = body_of(module, function) if function is not None and function.span.line <= of.span.line else None
    for called in calls_of(body) if body is not None else ():
        for one in called.call.args[:1]:
            if one.span == of.span:
                return one
    return of


def _of_constant(module: Module, scope: str, of: Ref) -> Given | None:
    """The same for a list that the module has, and that is as long in each of its items."""
    value = value_of(Bound(of, module, scope)) if resolve(module, of.name, scope).kind != "local" else None
    held = value.value if isinstance(value, Known) else None
    sizes = (
        {len(one) if isinstance(one, list | tuple) else -1 for one in held} if isinstance(held, list | tuple) else set()
    )
    size = sizes.pop() if len(sizes) == 1 else -1
    return Given(size) if size >= 0 else None


def _gone(module: Module, scope: str, call: Call, head: str) -> Gone | None:
    """Whether a task is asked of a module that surely has none of that name."""
    parent, _, name = head.rpartition(".")
    if not parent:
        return None
    found, of = resolve(module, head, scope), resolve(module, parent, scope)
    if found.kind != "missing" or of.kind != "module" or found.module is None or found.module is not of.module:
        return None
    if finds(module.project, module.path, _asking(parent, name)):
        return None
    return Gone(module, scope, call, name, found.module)


def _asking(parent: str, name: str) -> re.Pattern[str]:
    """How code asks whether a module has a name before it uses it."""
    attribute = rf"\(\s*{re.escape(parent)}\s*,\s*[\"']{re.escape(name)}[\"']"
    return re.compile(rf"\bhasattr{attribute}|\bgetattr{attribute}\s*,")


def _by_name(module: Module, scope: str, call: Call, head: str) -> tuple[Taker, ...]:
    """The tasks that `send_task("name")` means."""
    expr: Expr | None = call.args[0] if call.args else call.keyword("name")
    if expr is None or not celery_of(module.project).apps.is_app(module, head, scope):
        return ()
    return called_so(module, scope, expr)


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
    span = call.span if odd is None else odd.expr.span
    return Misuse(
        module, scope, span, name, first, found[0], place, call, odd, doubt, single=_single(odd, held, given, whole)
    )


def _single(odd: Odd | None, held: tuple[Taker, ...], given: Given, whole: bool) -> bool:
    """Whether what stands for a list of arguments would fit as the only one."""
    if odd is None or odd.part != "args" or not odd.single:
        return False
    alone = Given(1, given.names, other=given.other)
    return not any(misfits(one.params, alone, whole) for one in held)


def _as_checked(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters as Celery compares them: it does not know of such as can be given by position only (celery/utils/functional.py, `head_from_fun`)."""
    return tuple(one.replace(kind="both") if one.kind == "positional" else one for one in params)


def _odd_doubt(odd: Odd, held: tuple[Taker, ...], doubt: str) -> str:
    """What stands for a list is wrong whatever the task takes; where it may be a list after all, what the task takes has to speak for one value."""
    if odd.sure:
        return doubt if any(one.own and not (one.keeps and odd.part == "args") for one in held) else ""
    if doubt or any(misfits(one.params, Given(1), True) for one in held):
        return doubt or "it may be a list of arguments"
    return ""
