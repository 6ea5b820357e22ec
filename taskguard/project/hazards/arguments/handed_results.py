"""Results of tasks, handed to what wants something to call: `background.add_task(send.delay(1))` sends at once, and nothing can call what that gives.

None of `AsyncResult`, `GroupResult` and `EagerResult` has a `__call__` (celery/result.py). `on_commit` is looked at where transactions are (`database/on_commit.py`).
"""

from __future__ import annotations

from taskguard.facts.model import Call, Ref, Star
from taskguard.facts.selections import calling
from taskguard.facts.statements import Define
from taskguard.patterns import regex
from taskguard.project.hazards.arguments.handed_over import WAYS, WRAPPING
from taskguard.project.hazards.arguments.receivers import BACKGROUND, is_one_of, receiver_of
from taskguard.project.hazards.calls.dispatched import MAKING, sending, sent_by_name
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.hazards.database.on_commit import gives_nothing
from taskguard.project.python.flow import body_about, calls_of, is_own
from taskguard.project.python.names import resolved_name
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.registry.effective import base_attributes
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Function
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

EXECUTOR = regex(r"concurrent\.futures\.(?:thread\.|process\.)?(?:ThreadPool|ProcessPool)?Executor\Z")
LOOP = regex(r"asyncio\.(?:events\.)?(?:get_event_loop|get_running_loop|new_event_loop|AbstractEventLoop)\Z")
SCHEDULER = regex(r"apscheduler\.(?:\w+\.)*\w*Scheduler\Z")
FLASK_SCHEDULER = regex(r"flask_apscheduler\.(?:\w+\.)*APScheduler\Z")
SIGNAL = regex(
    r"(?:django\.(?:db\.models|db\.backends|db|core|test|contrib\.auth)\.signals\.\w+|django\.dispatch\.(?:dispatcher\.)?Signal|celery\.signals\.\w+)\Z"
)
EVERY = regex(r"schedule\.(?:every|Scheduler)\Z")
# By what is called, as it is imported: the place of what is called later, and the keyword for it.
NAMED = {
    **{one: (way.function, way.keyword) for one, way in WAYS.items()}, WRAPPING: (0, "func"), "atexit.register": (0, "func"),
    "functools.partial": (0, ""), "multiprocessing.Process": (1, "target"),
}  # fmt: skip
# By the method, and by what that is one of.
METHODS: dict[str, tuple[tuple[re.Pattern[str], int, str], ...]] = {
    "add_task": ((BACKGROUND, 0, "func"),), "submit": ((EXECUTOR, 0, ""),), "run_in_executor": ((LOOP, 1, "func"),),
    "call_soon": ((LOOP, 0, "callback"),), "call_soon_threadsafe": ((LOOP, 0, "callback"),), "call_later": ((LOOP, 1, "callback"),), "call_at": ((LOOP, 1, "callback"),),
    "add_job": ((SCHEDULER, 0, "func"), (FLASK_SCHEDULER, 1, "func")), "connect": ((SIGNAL, 0, "receiver"),), "do": ((EVERY, 0, "job_func"),),
}  # fmt: skip
LASTS = frozenset((*METHODS, *(one.rpartition(".")[2] for one in NAMED)))
# What is called where a module is loaded, too.
AT_TOP = ("add_job", "connect", "do", "register")
WORDS = tuple(sorted(f"{one}(" for one in LASTS))
# A partial would be gone at once: signals keep weak references.
UNMENDED = frozenset(("connect", "partial"))


class HandedResult(Record):
    """What is sent where `taker` wants something to call. `run`: a function of the project sends it, and gives back nothing. `mended` is the call in whose place a partial can stand."""

    module: Module
    scope: str
    given: Expr
    name: str
    taker: str
    run: bool
    mended: Call | None


def handed_results(project: Project) -> Iterator[HandedResult]:
    """All of them, by file."""
    paths = project.search(*WORDS)
    for module, function in functions_in(project, paths, LASTS):
        body = body_about(module, function, LASTS)
        for called in calls_of(body) if body is not None else ():
            yield from _judged(module, _scope(function, called), called.call, called.within)
    for path in paths:
        if not in_tests(path) and not hidden(path):
            for site in calling(project.modules[path].facts, *AT_TOP):
                if not site.scope:
                    yield from _judged(project.modules[path], "", site.call, ())


def _scope(function: Function, called: Called) -> str:
    """The scope in which a call stands: that of a function within, too."""
    scope = function.qualname
    for block in called.spot.around:
        one = block.statement
        if isinstance(one, Define):
            scope = f"{scope}.{one.name}" if one.kind == "class" else f"{scope}.<locals>.{one.name}"
    return scope


def _judged(module: Module, scope: str, call: Call, within: tuple[Expr, ...]) -> Iterator[HandedResult]:
    given = _given(module, scope, call, within)
    if isinstance(given, Ref):
        # `sent = send.delay(1)`, and then `add_task(sent)`.
        values = bound_values(module, scope, given.name)
        calls = [one for one in values if isinstance(one, Call)]
        names = [_sent(module, scope, one) for one in calls]
        if names and len(calls) == len(values) and all(names):
            yield HandedResult(module, scope, given, names[0], call.method, False, None)
    elif isinstance(given, Call):
        name, run = _sent(module, scope, given), False
        if not name and gives_nothing(module, scope, given):
            name, run = given.callee, True
        if name:
            mends = None if call.method in UNMENDED else given
            yield HandedResult(module, scope, given, name, call.method, run, mends)


def _given(module: Module, scope: str, call: Call, within: tuple[Expr, ...]) -> Expr | None:
    """What is handed to something that surely calls it later."""
    last = call.method
    if last not in LASTS:
        return None
    place = NAMED.get(resolved_name(module, call.callee, scope)) if call.callee else None
    of = receiver_of(call)
    if place is None and isinstance(of, Ref) and is_own(within, of.name.partition(".")[0]):
        return None
    for wanted, function, keyword in METHODS.get(last, ()) if place is None else ():
        if is_one_of(module, scope, _first(of) if last == "do" else of, wanted):
            place = function, keyword
            break
    if place is None or any(isinstance(one, Star) for one in call.args[: place[0] + 1]):
        return None
    return call.args[place[0]] if len(call.args) > place[0] else call.keyword(place[1])


def _first(of: Expr | None) -> Expr | None:
    """The call with which `schedule.every().day.at("10:00")` begins."""
    while of is not None:
        before = receiver_of(of) if isinstance(of, Call) else getattr(of, "of", None)
        if not isinstance(before, Call) and not hasattr(before, "of"):
            return of
        of = before
    return None


def _sent(module: Module, scope: str, call: Call) -> str:
    """What a call sends, as the code calls it; empty where it surely or possibly sends nothing, or where a class gives back what it likes."""
    if isinstance(call.func, Call) and call.func.method in MAKING:
        return ""  # `send.s(1)()` runs the task here, and gives what it gives
    found: tuple[Task | None, str] | None = sending(module, scope, call)
    outer = module.function(scope.partition(".<locals>")[0]) if found is None and call.callee else None
    if outer is not None:
        body = body_about(module, outer, (), (call.callee.partition(".")[0],))
        found = sent_by_name(module, scope, body, call) if body is not None and "." in call.callee else None
    if found is None or (found[0] is not None and not base_attributes(found[0]).isdisjoint(("delay", "apply_async"))):
        return ""
    return found[1]
