"""How the body of one function uses one of its parameters."""

from __future__ import annotations

import ast
import re


def uses(cut: str, name: str) -> frozenset[str] | None:
    """The attributes that the function whose lines are these takes of its parameter `name`, an empty name for every other use.

    Nothing where it does not use it, None where the lines do not parse as a function.
    """
    # Most functions that have no use for a parameter say its name once, and need no parser.
    if len(re.findall(rf"\b{re.escape(name)}\b", cut)) == 1:
        return frozenset()
    from taskguard.facts.grammar import function_of

    function = function_of(cut)
    if function is None:
        return None
    made: set[str] = set()
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == name:
                made.add(node.attr)
        elif isinstance(node, ast.Name):
            if node.id == name:
                made.add("")
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(made)
