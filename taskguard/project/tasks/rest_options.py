"""What the body of a wrapper does to the `**options` of its caller, where it cannot be followed step by step."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Step
from taskguard.project.python.evaluate import Bound, Mapping, value_of
from taskguard.project.python.values import Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

    Arguments = dict[str, Bound | Value | Mapping]


def forced_options(
    steps: tuple[Step, ...], rest: set[str], holder: Module, scope: str, env: Arguments, sure: bool = True
) -> dict[str, Value]:
    """What `options["queue"] = "x"` puts into the wrapper's `**options`, whatever its caller says."""
    made: dict[str, Value] = {}
    for step in steps:
        if step.kind == "item" and step.name in rest and step.expr is not None:
            key = value_of(Bound(step.expr, holder, scope, env)).value
            value = step.body[0].expr
            if isinstance(key, str) and value is not None:
                made[key] = (
                    value_of(Bound(value, holder, scope, env)) if sure else Unknown("it is set under a condition")
                )
        elif step.kind == "if":
            for branch in (step.body, step.orelse):
                made.update(forced_options(branch, rest, holder, scope, env, False))
    return made


def taken_options(steps: tuple[Step, ...], rest: set[str]) -> list[str]:
    """The names that `options.pop("name")` takes out."""
    made: list[str] = []
    for step in steps:
        expr = step.body[0].expr if step.kind == "item" else step.expr
        name, _, method = expr.callee.rpartition(".") if isinstance(expr, Call) else ("", "", "")
        first = expr.args[0] if isinstance(expr, Call) and expr.args else None
        if method == "pop" and name in rest and isinstance(first, Const) and isinstance(first.value, str):
            made.append(first.value)
    return made
