"""The schedule of Celery's own guide, copied into a project and left as it is: nobody misses what it sends."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Const, Ref
from taskguard.project.python.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.facts.receivers import Receiver
    from taskguard.project.python.project import Module

MAKERS = ("s", "si")
# docs/userguide/periodic-tasks.rst
SAYS = frozenset(("hello", "world", "Happy Mondays!"))


def is_sample(module: Module, one: Receiver) -> bool:
    """Whether a receiver schedules something, and nothing but tasks that no name of the file stands for, or what the guide's sample says."""
    scope = f"{one.scope}.<locals>.{one.name}" if one.scope else one.name
    made = [
        _signature(site.call)
        for site in selections.calling(module.facts, "add_periodic_task")
        if site.scope == scope and site.call.callee.endswith(".add_periodic_task")
    ]
    signatures = [one for one in made if one is not None]
    if not made or len(signatures) < len(made):
        return False
    said = [sent.args[0].value if sent.args and isinstance(sent.args[0], Const) else None for sent in signatures]
    return SAYS.issuperset(said) or all(_is_nothing(module, sent.func, scope) for sent in signatures)


def _signature(call: Call) -> Call | None:
    """The `task.s(…)` that `add_periodic_task` is given."""
    given = call.args[1] if len(call.args) > 1 else call.keyword("sig")
    if not isinstance(given, Call) or not isinstance(given.func, Ref | Attr):
        return None
    return given if given.func.name.rpartition(".")[2] in MAKERS else None


def _is_nothing(module: Module, func: Expr, scope: str) -> bool:
    """Whether nothing binds the name of which a method is called."""
    found = resolve(module, func.name.partition(".")[0], scope) if isinstance(func, Ref) else None
    return found is not None and found.kind == "missing" and found.module is module
