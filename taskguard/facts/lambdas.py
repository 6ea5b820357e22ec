"""What a lambda returns, read from the source that facts keep of it; asked for where a function is given in place of a value."""

from __future__ import annotations

from taskguard.facts.model import Opaque
from taskguard.facts.reread import reread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr


def returned(one: Opaque) -> Expr | None:
    """The body of a lambda without parameters; all of it stands where the lambda does. None where it is another kind of expression."""
    if one.kind != "lambda":
        return None
    import ast

    read = reread(one)
    if read is None:
        return None
    tree, placed = read
    if not isinstance(tree, ast.Lambda) or any(tree.args.posonlyargs + tree.args.args + tree.args.kwonlyargs):
        return None
    return placed.convert(tree.body)
