"""Functions that are called where a schedule wants a signature (celery/app/base.py, `_sig_to_periodic_task_entry`: it asks what is no signature for its name)."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Dict, Seq
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.flow import body_of, is_plain, returned
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Function
    from taskguard.project.celery.model import BeatEntry
    from taskguard.project.python.project import Module


def called_instead(entry: BeatEntry) -> Iterator[Fault]:
    """`add_periodic_task(60, notify(user))`, where `notify` is a plain function that surely gives back no signature."""
    held = entry.signature
    if entry.how != "add_periodic_task" or not isinstance(held, Bound) or in_tests(entry.path):
        return
    call = held.expr
    if not isinstance(call, Call) or not call.callee:
        return
    found = resolve(held.module, call.callee, held.scope)
    home = found.module if found.kind == "symbol" else None
    function = home.function(found.path) if home is not None else None
    if home is None or function is None or not _gives_none(home, function):
        return
    message = f"{call.callee} is called here, and what it gives back is no signature: an AttributeError, and nothing is scheduled"
    files = (home.path,) if home.path != entry.path else ()
    advice = "make it a task, and write `.s(…)`" if call.args or call.keywords else "make it a task, and write `.s()`"
    yield Fault(held.module.path, call.span, message, advice, symbol=call.callee, depends=files)


def _gives_none(home: Module, function: Function) -> bool:
    """Whether a function that nothing decorates or binds anew gives back constants, or nothing, on each way."""
    body = body_of(home, function) if is_plain(home, function) else None
    return body is not None and all(one is None or isinstance(one, Const | Dict | Seq) for one in returned(body))
