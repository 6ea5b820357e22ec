"""How much of a text is code: without blank lines, comments and docstrings."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(text: str) -> int:
    """The number of lines of `text` that hold code.

    Lines of a string that is no docstring count unless they are blank. In a text that is no Python every line counts that is neither blank
    nor begins with `#`. Never raises.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    written = {number for number, line in enumerate(lines, 1) if line.strip()}
    holding = _token_lines("\n".join(lines))
    if holding is None:
        holding = {number for number in written if not lines[number - 1].lstrip().startswith("#")}
    return len(written & holding)


def _token_lines(text: str) -> set[int] | None:
    """The lines with anything but comments and docstrings on them; None where the text cannot be told apart into tokens."""
    import tokenize
    from io import StringIO

    passed_over = {
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    }  # fmt: skip
    documented = _docstring_lines(text)
    made: set[int] = set()
    try:
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type in passed_over:
                continue
            covered = range(token.start[0], token.end[0] + 1)
            if token.type != tokenize.STRING or not documented.issuperset(covered):
                made.update(covered)
    except (tokenize.TokenError, SyntaxError, RecursionError, ValueError):
        return None
    return made


def _docstring_lines(text: str) -> set[int]:
    from taskguard.facts.expressions import is_text
    from taskguard.facts.grammar import parse

    try:
        tree = parse(text)
    except SyntaxError:
        return set()
    made: set[int] = set()
    for body in _bodies(tree):
        first = body[0] if body else None
        if first is not None and is_text(first):
            made.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return made


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """The bodies that may begin with a docstring. Expressions are not walked: no definition is inside one."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, DOCUMENTED):
            yield node.body
        stack.extend(one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr))
