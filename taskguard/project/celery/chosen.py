"""Settings modules that the environment chooses: `"conf." + os.environ["STAGE"]` is one of the modules of `conf`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Const, Op, Ref
from taskguard.project.python.evaluate import Bound
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

DEEPEST = 5


def beginning(bound: Bound, depth: int = 0) -> str:
    """The written beginning of a text that is computed; empty where there is none."""
    expr = bound.expr
    if depth > DEEPEST:
        return ""
    if isinstance(expr, Const):
        return expr.value if isinstance(expr.value, str) else ""
    if isinstance(expr, Ref):
        held = only_value(bound, expr.name)
        return beginning(held, depth + 1) if held is not None else ""
    if isinstance(expr, Op) and expr.op in ("+", "f", "%") and expr.operands:
        first = beginning(bound.other(expr.operands[0]), depth + 1)
        return first.partition("%")[0] if expr.op == "%" else first
    if isinstance(expr, Call) and isinstance(expr.func, Attr) and expr.func.name == "format":
        return beginning(bound.other(expr.func.of), depth + 1).partition("{")[0]
    return ""


def only_value(bound: Bound, name: str) -> Bound | None:
    """The one value that a name of a module or function has."""
    module, scope = bound.module, bound.scope
    if scope and module.local(scope, name):
        values = [
            one.value
            for one in module.facts.assigns
            if one.scope == scope and isinstance(one.target, Ref) and one.target.name == name
        ]
        return Bound(values[0], module, scope) if len(values) == 1 else None
    entries = module.entries(name)
    only = entries[0] if len(entries) == 1 else None
    return Bound(only.value, module) if isinstance(only, Binding) and only.value is not None else None


def choices(bound: Bound) -> list[Module]:
    """The modules of the package in which a computed dotted name ends; none where it is not clear which package."""
    package, dot, rest = beginning(bound).rpartition(".")
    module = bound.module
    target = module.project.find(package, module) if dot and not rest else None
    if target is None or not target.is_package:
        return []
    prefix = f"{target.name}."
    return [
        one
        for one in module.project.modules.values()
        if one.name.startswith(prefix)
        and "." not in one.name[len(prefix) :]
        and one.root == target.root
        and not in_tests(one.path)
        and "test" not in one.name[len(prefix) :]
    ]
