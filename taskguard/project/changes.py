"""What a module does to its own variables: the bindings that may hold in the end, and the statements that change them in place."""

from __future__ import annotations

from taskguard.facts.model import Assign, Attr, Binding, CallSite, Expr, Item, Ref
from taskguard.project.names import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module

CHANGING = frozenset(("append", "extend", "insert", "pop", "setdefault", "update"))


def alternatives(module: Module, name: str) -> list[Binding]:
    """The bindings of a module level variable that may hold in the end: the last one outside of branches, and those in branches after it."""
    entries = [one for one in module.table()[name] if getattr(one, "kind", "") != "deleted"]
    last = max((place for place, one in enumerate(entries) if not one.guard), default=0)
    live = [one for one in entries[last:] if one.guard != "type_checking"] or entries[last:]
    return [one for one in live if isinstance(one, Binding)]


def touched(module: Module, name: str) -> list[Assign]:
    """The statements outside its binding that change the module level variable `name` in its own module."""
    return [one for one in module.facts.assigns if base_name(one.target) == name and not _own(module, one.scope, name)]


def changed_by_calls(module: Module, name: str) -> list[CallSite]:
    """The calls that change the list or dict that a module level variable holds, in its own module."""
    return [
        site
        for site in module.facts.calls
        if site.call.callee.startswith(f"{name}.")
        and site.call.callee[len(name) + 1 :] in CHANGING
        and not _own(module, site.scope, name)
    ]


def _own(module: Module, scope: str, name: str) -> bool:
    """Whether `name` is a local name in `scope`."""
    return any(module.local(frame, name) is not None for frame in frames(scope))


def base_name(expr: Expr) -> str:
    while isinstance(expr, Item | Attr):
        expr = expr.of
    return expr.name if isinstance(expr, Ref) else ""
