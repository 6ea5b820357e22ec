"""Which calls make a coroutine: those of an `async def` of the project, by its name or on an object of a class of the project."""

from __future__ import annotations

import re

from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.hazards.payloads.callees import function_called
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Call
    from taskguard.facts.statements import Body
    from taskguard.project.hazards.payloads.callees import Target
    from taskguard.project.python.project import Module, Project

ASYNC = regex(r"^[ \t]*async[ \t]+def[ \t]+(\w+)", re.MULTILINE)


@query
def async_names(project: Project) -> frozenset[str]:
    """The names that an `async def` of the project has somewhere."""
    paths = (one for one in project.search("async def") if not in_tests(one)) if project.can_search else ()
    return frozenset(name for path in paths for name in every(project, path, ASYNC))


def coroutine_of(module: Module, scope: str, call: Call, body: Body) -> Target | None:
    """What a call in a function surely makes a coroutine of; None where it is a plain call, or may be one."""
    found = function_called(module, scope, call, body)
    return found if found is not None and found.function.is_async and not found.function.is_generator else None
