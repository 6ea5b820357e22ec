"""Methods of the project's base classes of tasks that hand on the arguments as they are: `self.run(*args, **kwargs)` in the context of an application."""

from __future__ import annotations

from taskguard.facts.model import Call, Ref
from taskguard.project.hazards.calls.transparent_decorators import changes, written_args
from taskguard.project.python.flow import body_of, calls_of, spots_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# What Celery calls with the arguments of a task, or people do.
ANY = "**"  # no name
READABLE = frozenset(("__call__", "apply_async", "delay"))


@query
def gives_as_given(module: Module, qualname: str, method: str, part: str = "") -> bool:
    """Whether a method of a base class surely hands on what it is given, as Celery's own would; `part` is `args` where the names do not matter."""
    function = module.function(f"{qualname}.{method}") if method in READABLE else None
    body = body_of(module, function) if function is not None else None
    if function is None or body is None or body.is_async or body.is_generator or function.decorators:
        return False
    own, *params = function.params or (None,)
    if own is None or len(params) < 2:
        return False
    args, kwargs = params[0], params[1]
    spread = (args.kind, kwargs.kind) == ("var", "rest")
    if spread != (len(params) == 2) and not (method == "apply_async" and args.kind == kwargs.kind == "both"):
        return False
    wanted = [f"*{args.name}", f"**{kwargs.name}"] if spread else [args.name, kwargs.name]
    rest = kwargs.name
    if part:
        wanted, rest = wanted[:1], ANY
    calls = [one.call for one in calls_of(body) if _last(one.call) in (method, "run")]
    return (
        bool(calls)
        and all(_hands(one, wanted, own.name) for one in calls)
        and not any(changes(one.statement, {own.name, args.name}, rest, calls) for one in spots_of(body, inner=True))
    )


def _last(call: Call) -> str:
    return str(getattr(call.func, "name", "")).rpartition(".")[2]


def _hands(call: Call, wanted: list[str], own: str) -> bool:
    """Whether a call has the arguments first, or by their names; those behind are options."""
    made = written_args(call)
    if made[:1] == [own]:
        made = made[1:]
    named = {one.name: one.value.name for one in call.keywords if one.name is not None and isinstance(one.value, Ref)}
    return made[: len(wanted)] == wanted or [named.get("args"), named.get("kwargs")][: len(wanted)] == wanted
