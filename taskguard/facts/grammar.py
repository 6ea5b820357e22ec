"""Text to syntax tree, in the newest grammar whatever the host's is."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache


def parse(text: str) -> ast.Module:
    """The tree of a text. Lines and columns are those of `text`, also where its syntax is newer than the host, or that of Python 2.

    Raises SyntaxError, and nothing else, for what no Python reads.
    """
    return parse_any(text)[0]


@lru_cache(maxsize=2)
def held(text: str) -> tuple[ast.Module, SyntaxError | None]:
    """As `parse_any`, of a text about which several ask in a row. Nobody may change the tree."""
    return parse_any(text)


def tree_of(text: str) -> ast.Module:
    """As `parse`, with a tree that is `held`."""
    return held(text)[0]


def parse_any(text: str) -> tuple[ast.Module, SyntaxError | None]:
    """As `parse`, with what Python 3 has against a text that Python 2 reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _host_parse(text), None
        except SyntaxError as error:
            refused = error
        try:
            return _parse_newer(text, refused), None
        except SyntaxError as error:
            newest = error
        return _parse_older(text, newest), newest


def function_of(cut: str, first: int = 1) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function whose lines these are, with `def` on the line `first` of its file; None where that is no function.

    One that is indented stands in an `if` then, in the line before: it cannot be in the first one, unless nobody asks where things stand (`first` is 1).
    """
    indented = cut[:1] in (" ", "\t", "\f")
    try:
        body = parse("\n" * (first - 2) + f"if 1:\n{cut}" if indented else "\n" * (first - 1) + cut).body
    except SyntaxError:
        return None
    held = body[0] if body else None
    node = held.body[0] if indented and isinstance(held, ast.If) else held
    return node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _host_parse(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        error.lineno, error.offset = error.lineno or 1, error.offset or 1
        raise
    except (MemoryError, RecursionError):
        raise _failure("too deeply nested for Python's own parser") from None
    except (ValueError, OverflowError) as error:
        raise _failure(str(error)) from None


def _failure(message: str) -> SyntaxError:
    made = SyntaxError(message)
    made.lineno, made.offset = 1, 1
    return made


def _parse_older(text: str, refused: SyntaxError) -> ast.Module:
    """The tree of a text of Python 2, as far as that brings in nothing that Python 3 has in another way."""
    from taskguard.facts.failed import is_dialect

    if not is_dialect(text, refused):
        raise refused
    from taskguard.facts.older import modernize
    from taskguard.facts.restoring import Positions

    made = modernize(text)
    if made is None:
        raise refused
    try:
        tree = _host_parse(made.text)
    except SyntaxError:
        raise refused from None
    Positions(text, made).restore(tree)
    return tree


def _parse_newer(text: str, refused: SyntaxError) -> ast.Module:
    from taskguard.facts.edits import HOST, NEWEST
    from taskguard.facts.lowering import lower

    if HOST >= NEWEST:
        raise refused
    lowered = lower(text)
    if lowered is None:
        raise refused
    from taskguard.facts.restoring import Positions, restore_strings

    positions = Positions(text, lowered)
    try:
        tree = _host_parse(lowered.text)
    except SyntaxError as error:
        positions.restore_error(error, lowered.text)
        raise error from None
    positions.restore(tree)
    if lowered.marks[0] in lowered.text:
        restore_strings(tree, lowered.marks)
    return tree
