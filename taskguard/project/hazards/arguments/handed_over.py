"""Methods that send a task, handed to what calls them with the arguments beside: `background.add_task(send.delay, 1)`, `Thread(target=send.delay, args=(1,))`."""

from __future__ import annotations

from taskguard.facts.model import Call, CallSite, Keyword, Ref, Seq, Star
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.hazards.arguments.misuses import Gone, Misuse, sent_at
from taskguard.project.hazards.arguments.receivers import BACKGROUND, is_one_of
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.python.aside import put_aside
from taskguard.project.python.flow import body_of, calls_of
from taskguard.project.python.names import resolved_name
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeGuard

    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module, Project

SENDING = ("delay", "apply_async")
HANDED = regex(rf"\.(?:{'|'.join(SENDING)})\s*[,)]")


class Way(Record):
    """How something calls what it is given: at the place `function` of its arguments, or by that keyword, with what stands behind that, or with what the keywords `args` and `kwargs`
    hold where it is `packed`; without `names` its other keywords are its own. `at_once`: the caller sees what it raises."""

    function: int
    keyword: str = ""
    packed: bool = False
    at_once: bool = True
    names: bool = True


AFTER_THAT = Way(0)
LATER = Way(0, at_once=False)
# By what is called, as it is imported.
WAYS = {
    "asyncio.to_thread": AFTER_THAT, "anyio.to_thread.run_sync": Way(0, names=False), "starlette.concurrency.run_in_threadpool": AFTER_THAT,
    "fastapi.concurrency.run_in_threadpool": AFTER_THAT, "starlette.background.BackgroundTask": LATER, "fastapi.background.BackgroundTask": LATER,
    "threading.Thread": Way(1, "target", packed=True, at_once=False), "threading.Timer": Way(1, "function", packed=True, at_once=False),
}  # fmt: skip
WRAPPING = "asgiref.sync.sync_to_async"
METHODS = {"add_task": LATER, "run_in_executor": Way(1, names=False)}
LASTS = frozenset((*METHODS, WRAPPING.rpartition(".")[2], *(one.rpartition(".")[2] for one in WAYS)))


def handed_over(project: Project) -> Iterator[Misuse | Gone]:
    """The sends that fail so, by file."""
    paths = project.search(*(f"{one}(" for one in sorted(LASTS)))
    paths = [path for path in paths if finds(project, path, HANDED) and not put_aside(project.modules[path])]
    for module, function in functions_in(project, paths, LASTS):
        body = body_of(module, function)
        for called in calls_of(body) if body is not None else ():
            late = None if called.later else _late(module, function.qualname, called.call)
            found = sent_at(module, CallSite(late[0], function.qualname, "", ())) if late is not None else None
            if isinstance(found, Misuse) and late is not None and not late[1] and found.where == "here":
                found = found.replace(where="later")
            if found is not None:
                yield found


def _late(module: Module, scope: str, call: Call) -> tuple[Call, bool] | None:
    """The call that is made of what is handed over, and whether who hands it over sees what that raises; None where that cannot be told."""
    if isinstance(call.func, Call):
        wraps = resolved_name(module, call.func.callee, scope) == WRAPPING
        func = call.func.args[0] if wraps and len(call.func.args) == 1 else None
        return (Call(func, call.args, call.keywords, call.span), True) if _sends(func) else None
    way = _way(module, scope, call)
    if way is None or any(isinstance(one, Star) for one in call.args[: way.function + 1]):
        return None
    func = call.args[way.function] if len(call.args) > way.function else call.keyword(way.keyword)
    if not _sends(func):
        return None
    if way.packed:
        made = _packed(call, func, way)
        return (made, way.at_once) if made is not None else None
    return Call(func, call.args[way.function + 1 :], call.keywords if way.names else (), call.span), way.at_once


def _sends(func: Expr | None) -> TypeGuard[Ref]:
    return isinstance(func, Ref) and func.name.rpartition(".")[2] in SENDING and "." in func.name


def _way(module: Module, scope: str, call: Call) -> Way | None:
    head, _, last = call.callee.rpartition(".")
    if last not in LASTS:
        return None
    way = METHODS.get(last)
    if way is not None:
        return way if last == "run_in_executor" or is_one_of(module, scope, Ref(head, call.span), BACKGROUND) else None
    return WAYS.get(resolved_name(module, call.callee, scope))


def _packed(call: Call, func: Ref, way: Way) -> Call | None:
    """What a thread calls: `args=(1,)` and `kwargs={…}` are unpacked."""
    if len(call.args) > way.function + 1 or any(one.name is None for one in call.keywords):
        return None
    args, kwargs = call.keyword("args"), call.keyword("kwargs")
    if isinstance(args, Seq) and args.kind != "set":
        placed: tuple[Expr, ...] = args.items
    else:
        placed = () if args is None else (Star(args, args.span),)
    named = () if kwargs is None else (Keyword(None, kwargs, kwargs.span),)
    return Call(func, placed, named, call.span)
