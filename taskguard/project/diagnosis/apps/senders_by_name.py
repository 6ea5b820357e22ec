"""Receivers that are connected to a signal for one sender, which that signal never has: `task_failure.connect(sender="shop.send")`, where tasks themselves are the senders."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Const, Ref, Star
from taskguard.project.celery.signatures import task_at
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.aside import put_aside
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import hidden, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call, CallSite, Expr
    from taskguard.project.python.project import Module, Project

_TASK, _PART = "the task itself", "a part of the worker"
# What sends each signal (the calls of `send` in celery/app/trace.py, app/amqp.py, worker/ and beat.py), as a receiver may ask for it.
SENDERS = {
    **dict.fromkeys(
        "task_prerun task_postrun task_success task_failure task_retry task_internal_error task_revoked".split(), _TASK
    ),
    **dict.fromkeys("task_received task_rejected task_unknown worker_ready".split(), "the consumer of the worker"),
    **dict.fromkeys("worker_init worker_shutdown heartbeat_sent worker_before_create_process".split(), _PART),
    **dict.fromkeys("beat_init beat_embedded_init".split(), "the service of beat"),
    **dict.fromkeys("setup_logging after_setup_logger after_setup_task_logger".split(), "nobody"),
    "import_modules": "the app",
}
# Those whose sender is the name of the task.
BY_NAME = frozenset(("before_task_publish", "after_task_publish"))
SIGNALS = "celery.signals."


def senders_by_name(project: Project) -> Iterator[Fault]:
    """All of them, by file."""
    for path in project.search("celery.signals", "celery import signals"):
        module = project.modules[path]
        if in_tests(path) or hidden(path) or put_aside(module):
            continue
        for site in selections.calling(module.facts, "connect"):
            given = _sender(site.call)
            signal = _signal(module, site) if given is not None else ""
            found = _unheard(module, site, signal, given) if given is not None and signal else None
            if found is not None and not project.search(f"{signal}.send("):
                yield found


def _sender(call: Call) -> Expr | None:
    """What a `connect` gives as the sender: by its name, or behind the receiver."""
    named = call.keyword("sender")
    if named is not None:
        return named
    placed = len(call.args) > 1 and not any(isinstance(one, Star) for one in call.args)
    first = call.args[0] if call.args else None
    return call.args[1] if placed else first if isinstance(first, Const) else None


def _signal(module: Module, site: CallSite) -> str:
    found = resolve(module, site.call.callee.rpartition(".")[0], site.scope)
    return found.path.removeprefix(SIGNALS) if found.kind == "external" and found.path.startswith(SIGNALS) else ""


def _unheard(module: Module, site: CallSite, signal: str, given: Expr) -> Fault | None:
    symbol = f"{module.name}.{site.scope}".strip(".")
    if signal in SENDERS:
        text = _text(module, site.scope, given)
        if not text:
            return None
        sender = SENDERS[signal]
        who = (
            f"has no sender, and never {text}" if sender == "nobody" else f"comes from {sender}, and never from {text}"
        )
        advice = "give the task: `sender=send`" if sender == _TASK else "leave the sender out"
        if sender != _TASK and sender != "nobody":
            advice = "leave the sender out, and ask what the signal gives"
        return Fault(
            module.path,
            given.span,
            f"{signal} {who}, which is a text: this receiver is never called",
            advice,
            symbol=symbol,
        )
    task = _task(module, site.scope, given) if signal in BY_NAME else ""
    if not task:
        return None
    said = f"{signal} comes from the name of a task, and never from {task} itself: this receiver is never called"
    return Fault(module.path, given.span, said, f"give its name: `sender={task}.name`", symbol=symbol)


def _text(module: Module, scope: str, given: Expr) -> str:
    """The text that a sender is, as the code writes it; empty where it may be anything else."""
    value = value_of(Bound(given, module, scope)).value
    if isinstance(value, str):
        return f'"{value}"' if isinstance(given, Const) or not isinstance(given, Ref) else given.name
    if isinstance(given, Ref) and given.name.endswith(".name") and _task(module, scope, given, ".name"):
        return given.name
    return ""


def _task(module: Module, scope: str, given: Expr, end: str = "") -> str:
    name = given.name.removesuffix(end) if isinstance(given, Ref) else ""
    return name if name and task_at(Bound(given, module, scope), name) is not None else ""
