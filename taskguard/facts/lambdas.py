"""What a lambda returns, read from the source that facts keep of it; asked for where a function is given in place of a value."""

from __future__ import annotations

from taskguard.facts.model import Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr


def returned(one: Opaque) -> Expr | None:
    """The body of a lambda without parameters; all of it stands where the lambda does. None where it is another kind of expression."""
    if one.kind != "lambda":
        return None
    import ast

    from taskguard.facts.expressions import Converter

    class Placed(Converter):
        def span(self, node: object) -> object:  # type: ignore[override]
            return one.span

    try:
        tree = ast.parse(one.text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(tree, ast.Lambda) or any(tree.args.posonlyargs + tree.args.args + tree.args.kwonlyargs):
        return None
    return Placed("").convert(tree.body)
