"""Expressions that facts keep as source alone: their tree, read again where somebody asks for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

    from taskguard.facts.expressions import Converter
    from taskguard.facts.model import Opaque


def reread(one: Opaque) -> tuple[ast.expr, Converter] | None:
    """The tree, and what converts its parts; all of it stands where the expression does. None where the source does not parse."""
    import ast

    from taskguard.facts.expressions import Converter

    converter = Converter("")
    converter.span = lambda node: one.span  # the place of a part is not known
    try:
        return ast.parse(one.text, mode="eval").body, converter
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
