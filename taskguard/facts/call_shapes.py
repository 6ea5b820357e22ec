"""With how many arguments, and by which names, one function calls others."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Collection

    # The name, how many arguments stand by position, the names of the others, and whether there may be more (`*rows`, `**options`).
    Shape = tuple[str, int, tuple[str, ...], bool]


def call_shapes(cut: str, names: Collection[str]) -> frozenset[Shape]:
    """The shapes of all calls by these dotted names in the function whose lines are these; none where they do not parse."""
    import ast

    from taskguard.facts.expressions import dotted
    from taskguard.facts.grammar import function_of

    function = function_of(cut)
    calls = (one for one in ast.walk(function) if isinstance(one, ast.Call)) if function is not None else ()
    made = ((dotted(one.func), one) for one in calls)
    return frozenset((name, *_shape(one)) for name, one in made if name in names)


def _shape(call: ast.Call) -> tuple[int, tuple[str, ...], bool]:
    import ast

    named = tuple(sorted(one.arg for one in call.keywords if one.arg is not None))
    more = len(named) < len(call.keywords) or any(isinstance(one, ast.Starred) for one in call.args)
    return len(call.args), named, more
