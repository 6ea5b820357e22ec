"""What a statement holds of other statements."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def nested(node: ast.AST) -> Iterator[ast.AST]:
    """The statements right within a statement, handler or case, and its handlers and cases, in order; none of an expression."""
    if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
        for name in ("body", "handlers", "cases", "orelse", "finalbody"):
            yield from getattr(node, name, ())
