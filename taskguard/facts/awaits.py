"""`await`, `async with` and `async for` in functions that are not `async`: Python's grammar takes them, and its compiler refuses the file."""

from __future__ import annotations

import ast
from bisect import bisect_left

from taskguard.diagnostics import Span
from taskguard.facts.model import Failure
from taskguard.facts.nesting import nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SAID = {
    ast.Await: "'await' outside async function",
    ast.AsyncWith: "'async with' outside async function",
    ast.AsyncFor: "'async for' outside async function",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def misplaced(tree: ast.Module, text: str) -> Failure | None:
    """The first one in a plain `def`, for a walk that has seen that there may be one. What stands at module level, in a class, a lambda or a comprehension is left to Python."""
    said = [number for number, line in enumerate(text.split("\n"), 1) if "await" in line or "async" in line]
    for function in _plain(tree.body):
        place = bisect_left(said, function.lineno)
        if place == len(said) or said[place] > (function.end_lineno or 0):
            continue  # most functions, of which no expression is looked at
        for node in _within(function.body):
            message = SAID.get(type(node))
            if message:
                line, column = node.lineno, node.col_offset + 1  # type: ignore[attr-defined]
                return Failure("syntax", message, Span(line, column, line, column))
    return None


def _plain(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """The functions that are not `async`, wherever they stand, in order."""
    held: list[ast.AST] = [*reversed(body)]
    while held:
        node = held.pop()
        if isinstance(node, ast.FunctionDef):
            yield node
        held += reversed(list(nested(node)))


def _within(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """All that a function does itself, in order: nothing of functions, classes and lambdas within, of annotations, or of what a comprehension holds."""
    held: list[ast.AST] = [*reversed(body)]
    while held:
        node = held.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            inner: list[ast.AST] = [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        elif isinstance(node, ast.ClassDef):
            inner = list(node.decorator_list)
        elif isinstance(node, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            inner = []
        elif isinstance(node, ast.AnnAssign):
            inner = [node.value] if node.value is not None else []
        else:
            inner = list(ast.iter_child_nodes(node))
        held += reversed(inner)
