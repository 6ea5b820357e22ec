"""Tasks that are sent by an object which the code makes of their class: `Remind().delay(1)`, `remind = Remind()` and `remind.delay(1)`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Ref
from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.python.flow import bound_in
from taskguard.project.python.names import resolve
from taskguard.project.tasks.app_names import family, task_class
from taskguard.project.tasks.celery_names import DEEPEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

SENDING = frozenset(("delay", "apply_async"))
# What is made and sent at once: the facts have no name for what is called there.
AT_ONCE = regex(r"\b([A-Z]\w*)\(\)\s*\.\s*(?:delay|apply_async)\(")


def sent_at_once(module: Module) -> tuple[str, ...]:
    """The names of the classes whose objects a file makes and sends at once, whatever they are."""
    return tuple(dict.fromkeys(every(module.project, module.path, AT_ONCE)))


def sent_by_object(module: Module, scope: str, body: Body, call: Call) -> str:
    """The name of the class whose object a call sends; empty where it sends none, or where the class has its own way to send."""
    func = call.func
    if isinstance(func, Attr):
        return _class_of(module, scope, func.of) if func.name in SENDING else ""
    head, _, method = call.callee.rpartition(".")
    if method not in SENDING or not head:
        return ""
    found = resolve(module, head, scope)
    if found.kind == "local" and "." not in head:
        values = [value for value, _ in bound_in(body, head)]
        return _class_of(module, scope, values[0]) if len(values) == 1 else ""
    entry = found.module.entry(found.path) if found.kind == "symbol" and found.module is not None else None
    if found.module is None or not isinstance(entry, Binding) or entry.guard:
        return ""
    return _class_of(found.module, "", entry.value)


def _class_of(module: Module, scope: str, expr: Expr | None) -> str:
    """The name of a class of tasks of which an expression makes an object."""
    if not isinstance(expr, Call) or not isinstance(expr.func, Ref):
        return ""
    found = resolve(module, expr.func.name, scope)
    klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
    if klass is None or found.module is None or not task_class(found.module, klass):
        return ""
    own = any(not SENDING.isdisjoint(one.methods) for _, one in family(found.module, klass, DEEPEST))
    return "" if own else klass.name
