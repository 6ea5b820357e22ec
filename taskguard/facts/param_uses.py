"""How the body of one function uses one of its parameters."""

from __future__ import annotations

import ast
from functools import lru_cache


def uses(text: str, line: int, name: str) -> frozenset[str] | None:
    """The attributes that the function whose `def` stands on a line takes of its parameter `name`, an empty name for every other use.

    Nothing where it does not use it, None where the file does not parse.
    """
    functions = _functions(text)
    if functions is None or line not in functions:
        return None
    made: set[str] = set()
    taken: set[int] = set()
    for body in functions[line].body:
        for node in ast.walk(body):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
                made.add(node.attr)
                taken.add(id(node.value))
    for body in functions[line].body:
        for node in ast.walk(body):
            if isinstance(node, ast.Name) and node.id == name and id(node) not in taken:
                made.add("")
    return frozenset(made)


@lru_cache(maxsize=2)
def _functions(text: str) -> dict[int, ast.FunctionDef | ast.AsyncFunctionDef] | None:
    from taskguard.facts.grammar import parse

    try:
        tree = parse(text)
    except (SyntaxError, RecursionError):
        return None
    return {one.lineno: one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
