"""The source of a tree without its formatting, for every tree: Python's own writer refuses huge numbers and deep nests."""

from __future__ import annotations

import ast


def written(node: ast.AST) -> str:
    """The source of `node`; a digest where Python can write none, which is the same for the same tree."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return digest(_flat(node))


def digest(text: str) -> str:
    """A short text that stands for a long one."""
    from hashlib import sha256

    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _flat(node: ast.AST) -> str:
    """All nodes of a tree with their own values, level by level. Numbers are hexadecimal, which Python always writes."""
    made: list[str] = []
    for one in ast.walk(node):
        made.append(type(one).__name__)
        for name, value in ast.iter_fields(one):
            if isinstance(value, list):
                made.append(f"{name}*{len(value)}")
                made.extend(item for item in value if isinstance(item, str))
            elif isinstance(value, ast.AST):
                made.append(name)
            else:
                made.append(f"{name}={hex(value) if type(value) is int else repr(value)}")
    return "\n".join(made)
