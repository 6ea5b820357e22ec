"""What a function does with the functions, classes and objects of the project."""

from __future__ import annotations

from taskguard.facts.selections import called_variables, leading_calls
from taskguard.project.python.flow import body_about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module


def own_calls_of(module: Module, function: Function) -> Body | None:
    """As `body_of`, of what has to do with calls of what may be the project's, and with what they give: nothing else counts where these are judged."""
    scope = function.qualname
    called = {name.rpartition(".")[2] for name in leading_calls(module.facts, module.project.heads, scope)}
    called.update(one.name for one in module.facts.classes)
    return body_about(module, function, called, called_variables(module.facts, scope))
