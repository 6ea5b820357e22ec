"""Which modules a file puts into `sys.modules` or takes out of it."""

from __future__ import annotations

import ast

from taskguard.facts.grammar import parse
from taskguard.facts.questions import Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "sys.modules"
METHODS = ("get", "pop", "setdefault")
SETTERS = ("setitem", "delitem")


@Question
def swapped_modules(text: str) -> list[str] | None:
    """The dotted names under which a file may have other modules for a while; None where some of them cannot be told."""
    try:
        tree = parse(text)
    except SyntaxError:
        return None
    told: set[int] = set()
    made: set[str] = set()
    for node in ast.walk(tree):
        for table, names in _said(node):
            if names is not None and _is_table(table):
                told.add(id(table))
                made.update(names)
    spoken = {id(node) for node in ast.walk(tree) if _is_table(node)}
    return sorted(made) if spoken <= told else None


def _said(node: ast.AST) -> Iterator[tuple[ast.expr, list[str] | None]]:
    """What a node may do to the table, and with which names; None where these are computed."""
    if isinstance(node, ast.Subscript):
        yield node.value, _texts([node.slice])
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
        yield node.comparators[0], _texts([node.left])
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        first, name = node.args[0], node.func.attr
        if name in METHODS:
            yield node.func.value, _texts([first])
        elif name in SETTERS and len(node.args) > 1:
            yield first, _texts([node.args[1]])
        elif name == "dict" and len(node.args) == 2 and isinstance(node.args[1], ast.Dict):
            others = all(one.arg == "clear" and _is_false(one.value) for one in node.keywords)
            yield first, _texts(node.args[1].keys) if others else None


def _texts(keys: list[ast.expr | None] | list[ast.expr]) -> list[str] | None:
    made = [one.value for one in keys if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return made if len(made) == len(keys) else None


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _is_table(node: ast.AST) -> bool:
    """`sys.modules`, or the string that says so; `modules` alone where it is imported from `sys`, as nobody can tell what else is so called."""
    if isinstance(node, ast.Constant):
        return node.value == TABLE
    if isinstance(node, ast.ImportFrom):
        return node.module == "sys" and any(one.name in ("modules", "*") for one in node.names)
    return isinstance(node, ast.Attribute) and node.attr == "modules" and ast.unparse(node.value) == "sys"
