"""What is said of a package anyhow, since a worker loads it or it imports from modules of tasks: that it is a facade, too, is no news."""

from __future__ import annotations

from taskguard.project.facades.broken import broken_in
from taskguard.project.facades.gone import gone_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


@query
def told_of_workers(module: Module) -> frozenset[str]:
    """The dotted names that a module imports in vain, as far as TG405 tells of them: modules, and names of modules."""
    gone = {one.dotted for one in gone_in(module) if not one.doubt}
    return frozenset(gone | {f"{one.target.name}.{one.name}" for one in broken_in(module) if not one.doubt})
