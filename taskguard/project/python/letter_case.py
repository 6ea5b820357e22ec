"""Modules that code names in another case than they have: Python tells names apart by case on every machine, and so does Linux."""

from __future__ import annotations

from taskguard.project.python.copied import copied_as
from taskguard.project.python.requirements import is_installed
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project


def in_other_case(project: Project, name: str) -> Module | None:
    """The one module whose name differs from a dotted one in case alone, from its first part on; None where something may have that very name."""
    head = name.partition(".")[0]
    held = _by_lower_case(project).get(name.lower(), ())
    if len(held) != 1 or project.find(head) is not None or head == held[0].name.partition(".")[0]:
        return None
    inside = f"/{head}/"
    if any(inside in f"/{path}" for path in project.modules) or copied_as(project, name) is not None:
        return None
    if is_installed(project, head) or project.beside(head):
        return None
    return held[0]


@query
def _by_lower_case(project: Project) -> dict[str, tuple[Module, ...]]:
    made: dict[str, tuple[Module, ...]] = {}
    for name, module in project.by_name.items():
        made[name.lower()] = (*made.get(name.lower(), ()), module)
    return made


@query
def heads_in_other_case(project: Project) -> frozenset[str]:
    """The first parts of dotted names that are called like one of the project in the usual other cases (`database` for `Database`), and are none."""
    made = {one for head in project.heads for one in (head.lower(), head.capitalize(), head[:1].swapcase() + head[1:])}
    return frozenset(made - project.heads)
