"""Values that the evaluator does not know and astroid does."""

from __future__ import annotations

from taskguard.project.python.asking import ask, files_of
from taskguard.project.python.values import Known, Name, Unknown, Value
from taskguard.project.tasks.bases import locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module


def told(value: Value, expr: Expr, module: Module, scope: str) -> Value:
    """`value`, or, where that is Unknown, what astroid says of `expr` as it stands in `module`."""
    if not isinstance(value, Unknown):
        return value
    answer = ask(expr, module, scope)
    if answer is None:
        return value
    if not answer.qualname:
        return Known(answer.value, files_of(answer, module))
    # A class inside of a function has no dotted name by which it could be found again.
    held = locate(module.project, f"{answer.module}.{answer.qualname}", module)
    dotted = f"{held[0].name}.{held[1].qualname}" if held is not None else ""
    return Known(Name(dotted), files_of(answer, module), dotted) if dotted else value
