"""Whether a module binds names of its own by other means than statements."""

from __future__ import annotations

import re

from taskguard.facts import selections
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# A function that calls its module by a name, and sets attributes of that.
_SETS_ITSELF = regex(r"^[ \t]+(\w+)[ \t]*=[ \t]*sys\.modules\[__name__\][\s\S]*?\bsetattr\([ \t]*\1[ \t]*,", re.M)


@query
def writes_own_names(module: Module) -> bool:
    """Whether the module binds names of its own by other means than statements: `globals()[name] = …`, `setattr(sys.modules[__name__], …)`, `exec`, `fill(globals())`."""
    if selections.writes_own_names(module.facts):
        return True
    return selections.sets_by_local_name(module.facts) and finds(module.project, module.path, _SETS_ITSELF)
