"""What a module does to its own variables: the bindings that may hold in the end, and the statements that change them in place."""

from __future__ import annotations

from taskguard.facts.model import Assign, Binding, CallSite, Ref
from taskguard.project.python.names import frames, resolved_name
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project

CHANGING = frozenset(("append", "extend", "insert", "pop", "setdefault", "update"))


@query
def alternatives(module: Module, name: str) -> tuple[Binding, ...]:
    """The bindings of a module level variable that may hold in the end: the last one outside of branches, and those in branches after it."""
    entries = [one for one in module.entries(name) if getattr(one, "kind", "") != "deleted"]
    last = max((place for place, one in enumerate(entries) if not one.guard), default=0)
    live = [one for one in entries[last:] if one.guard != "type_checking"] or entries[last:]
    return tuple(one for one in live if isinstance(one, Binding))


def touched(module: Module, name: str) -> list[Assign]:
    """The statements outside its binding that change the module level variable `name` in its own module."""
    return [one for one in module.places.assigns_to(name) if not _own(module, one.scope, name)]


def changed_by_calls(module: Module, name: str) -> list[CallSite]:
    """The calls that change the list or dict that a module level variable holds, in its own module."""
    return [
        site
        for site in module.places.calls_of(name.partition(".")[0])
        if site.call.callee.startswith(f"{name}.")
        and site.call.callee[len(name) + 1 :] in CHANGING
        and not _own(module, site.scope, name)
    ]


def aliases(module: Module, name: str) -> list[str]:
    """The other module level variables that hold the same list or dict: `ALIAS = ERRORS`."""
    return [one.name for one in module.places.bound_to(name) if one.name != name and not one.scope]


@query
def changed(module: Module, name: str) -> bool:
    """Whether statements of its own module change what a module level variable holds, also by another name."""
    names = (name, *aliases(module, name))
    return any(touched(module, one) or changed_by_calls(module, one) for one in names)


def later_values(module: Module, path: str) -> list[tuple[Module, Assign]]:
    """The module level statements `Class.attribute = value` and `task.option = value` for what `path` names in `module`.

    Those of the module itself and of the files that rules look at count.
    """
    project = module.project
    wanted = f"{module.name}.{path}"
    found = _all_set_attributes(project).get(wanted, [])
    if module.path not in project.looked_at_paths:
        found = found + [(module, one) for dotted, one in _set_attributes(module) if dotted == wanted]
    return found


@query
def _all_set_attributes(project: Project) -> dict[str, list[tuple[Module, Assign]]]:
    """The attributes that the files which rules look at set, by dotted name."""
    made: dict[str, list[tuple[Module, Assign]]] = {}
    for other in project.looked_at:
        for dotted, one in _set_attributes(other):
            made.setdefault(dotted, []).append((other, one))
    return made


def _set_attributes(module: Module) -> list[tuple[str, Assign]]:
    made = []
    for one in module.facts.assigns:
        if isinstance(one.target, Ref) and not one.scope and one.target.name.count(".") == 1:
            head, _, last = one.target.name.partition(".")
            made.append((f"{resolved_name(module, head) or head}.{last}", one))
    return made


def _own(module: Module, scope: str, name: str) -> bool:
    """Whether `name` is a local name in `scope`."""
    return any(module.local(frame, name) is not None for frame in frames(scope))
