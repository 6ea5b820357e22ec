"""The names that a file uses and nothing binds, as pyflakes finds them."""

from __future__ import annotations

from taskguard.diagnostics import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator


def undefined(text: str) -> tuple[tuple[str, str, Span], ...]:
    """Name, qualified name of the function or class around it (outermost definition and method), and place of each undefined name."""
    from pyflakes import checker, messages

    from taskguard.facts.expressions import Converter
    from taskguard.facts.grammar import parse

    try:
        tree = parse(text)
        found = checker.Checker(tree).messages
    except (
        Exception
    ):  # pyflakes reads texts within the text (annotations, doctests), and not everything is expected there
        return ()
    converter = Converter(text)
    around: dict[int, str] = {}
    for qualname, first, last in _definitions(tree.body, ""):
        around.update(dict.fromkeys(range(first, last + 1), qualname))
    made = []
    for one in sorted(
        (one for one in found if isinstance(one, messages.UndefinedName)), key=lambda one: (one.lineno, one.col)
    ):
        name = one.message_args[0]
        column = converter.column(one.lineno, one.col)
        made.append((name, around.get(one.lineno, ""), Span(one.lineno, column, one.lineno, column + len(name))))
    return tuple(made)


def _definitions(nodes: list[ast.stmt], holder: str) -> Iterator[tuple[str, int, int]]:
    """Functions, classes and their methods with their first and last lines, decorators included; outer ones first."""
    import ast

    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            qualname = f"{holder}.{node.name}" if holder else node.name
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            yield qualname, first, node.end_lineno or node.lineno
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node.body, qualname)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            for block in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(node, block, []), holder)
            for handler in getattr(node, "handlers", []):
                yield from _definitions(handler.body, holder)
