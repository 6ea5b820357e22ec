"""Whether a module binds names of its own by other means than statements."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


@query
def writes_own_names(module: Module) -> bool:
    """Whether the module binds names of its own by other means than statements: `globals()[name] = …`, `setattr(sys.modules[__name__], …)`, `exec`, `fill(globals())`."""
    return selections.writes_own_names(module.facts)
