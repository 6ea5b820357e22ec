"""The functions of a block of code, and where a first statement could be put into each."""

from __future__ import annotations

import ast

from taskguard.facts.blocks import first_line
from taskguard.facts.expressions import Converter, is_text
from taskguard.facts.grammar import parse
from taskguard.facts.lines import Lines
from taskguard.facts.uses import FUNCTIONS, Uses
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Entry(Record):
    """A function that stands at the top of the code or in classes there. `at` is the offset of its first statement behind the docstring,
    `indent` what stands before that on its line; `inline` says that it stands on the line of the `def`. `names` are those that its body uses."""

    at: int
    indent: str
    inline: bool
    names: frozenset[str]


def entries_of(code: str, texts: bool) -> tuple[Entry, ...]:
    """The functions of some code, outermost ones only; `texts` says that nobody evaluates its annotations. Raises SyntaxError."""
    tree, lines, converter = parse(code), Lines(code), Converter(code)
    made = []
    for node in _functions(tree.body):
        body = node.body
        first = body[0]
        if is_text(first) and len(body) > 1:
            first = body[1]
        line = first_line(first)
        start = lines.start(line)
        indent = code[start : lines.end(line)]
        indent = indent[: len(indent) - len(indent.lstrip(" \t\f"))]
        decorated = bool(getattr(first, "decorator_list", ()))  # its span begins behind the decorators
        inline = not decorated and bool(code[start : lines.range(converter.span(first))[0]].strip(" \t\f"))
        at = lines.range(converter.span(first))[0] if inline else start
        made.append(Entry(at, indent, inline, frozenset(Uses(texts).read(node).inside)))
    return tuple(made)


def class_entry(code: str) -> tuple[int, str] | None:
    """The offset of the first line of a class behind its docstring, and the indentation there; None where there is no such line, the class gives
    `name` a value, or `code` is no class.

    Raises SyntaxError.
    """
    tree, lines = parse(code), Lines(code)
    node = next((one for one in tree.body if isinstance(one, ast.ClassDef)), None)
    if node is None:
        return None
    if any(_binds_name(one) for one in node.body):
        return None
    first = node.body[1] if is_text(node.body[0]) and len(node.body) > 1 else node.body[0]
    line = first_line(first)
    written = code[lines.start(line) : lines.end(line)]
    indent = written[: len(written) - len(written.lstrip(" \t\f"))]
    if is_text(first) or not indent or line == node.lineno:
        return None
    return lines.start(line), indent


def _binds_name(node: ast.stmt) -> bool:
    """Whether a statement of a class may give its `name` a value."""
    if isinstance(node, FUNCTIONS):
        return node.name == "name"
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return False
    return any(
        isinstance(one, ast.Name) and one.id == "name" and isinstance(one.ctx, ast.Store) for one in ast.walk(node)
    )


def _functions(nodes: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for field in ("body", "orelse", "finalbody"):
                yield from _functions(getattr(node, field, []))
            for handler in getattr(node, "handlers", ()):
                yield from _functions(handler.body)
