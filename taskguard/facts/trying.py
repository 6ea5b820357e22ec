"""What a `try` is for, as far as imports within it are concerned."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import dotted
from taskguard.facts.nesting import nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXPECTS = frozenset(("ImportError", "ModuleNotFoundError", "AttributeError"))
BROAD = frozenset(("Exception", "BaseException", "StandardError"))
# A `try` of so few statements is there for what it imports; one around the whole body of a function is there for all that may happen.
FEW = 5


def minds_imports(node: Any) -> bool:
    """Whether a `try` in a function expects that an import in it may fail: it says so, or catches everything around little else than imports, and
    does not raise again what it has caught."""
    caught = {name for handler in node.handlers for name in _caught(handler.type)}
    if not caught.isdisjoint(EXPECTS):
        return True
    kept = {name for handler in node.handlers if not _raises(handler.body) for name in _caught(handler.type)}
    return (None in kept or not kept.isdisjoint(BROAD)) and not _are_more(node.body, FEW)


def _raises(body: list[ast.stmt]) -> bool:
    """Whether a handler ends in `raise`, or has a task tried again, on each way through it."""
    last = body[-1]
    call = last.value if isinstance(last, ast.Expr) else None
    retries = (
        isinstance(call, ast.Call)
        and dotted(call.func).endswith(".retry")
        and not any(one.arg in (None, "throw") for one in call.keywords)
    )
    if not retries and not isinstance(last, ast.Raise):
        return False
    return not any(
        isinstance(one, ast.Return | ast.Continue | ast.Break | ast.FunctionDef)
        for one in ast.walk(ast.Module(body, []))
    )


def _caught(node: ast.expr | None) -> list[str | None]:
    """The last parts of the names of what a handler catches; None for everything, and for what cannot be told."""
    if node is None:
        return [None]
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return [dotted(part).rpartition(".")[2] or None for part in parts]


def _are_more(body: list[ast.stmt], most: int) -> bool:
    """Whether there are more statements than so many, at any depth, imports left out."""
    waiting: list[ast.AST] = [*body]
    while waiting and most >= 0:
        one = waiting.pop()
        most -= isinstance(one, ast.stmt) and not isinstance(one, ast.Import | ast.ImportFrom)
        waiting.extend(nested(one))
    return most < 0
