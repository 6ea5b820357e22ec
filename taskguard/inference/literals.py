"""Nodes of astroid as plain values."""

from __future__ import annotations

from astroid import nodes

DEEPEST = 8
MOST_ITEMS = 200
LONGEST = 10_000
LARGEST = 10**15


class NotPlain(Exception):
    """The value is no literal, or there may be several."""


def only(node: nodes.NodeNG) -> nodes.NodeNG:
    """The one node that `node` is worth. Raises NotPlain."""
    found = list(node.infer())
    if len(found) != 1 or not isinstance(found[0], nodes.NodeNG):
        raise NotPlain
    return found[0]


def plain(node: nodes.NodeNG, depth: int = 0) -> object:
    """The literal that an inferred node is. Raises NotPlain."""
    if depth > DEEPEST:
        raise NotPlain
    if isinstance(node, nodes.Const):
        return _small(node.value)
    if isinstance(node, nodes.List | nodes.Tuple | nodes.Set) and len(node.elts) <= MOST_ITEMS:
        items = [_inner(one, depth) for one in node.elts]
        if isinstance(node, nodes.List):
            return items
        return tuple(items) if isinstance(node, nodes.Tuple) else _hashed(items)
    if isinstance(node, nodes.Dict) and len(node.items) <= MOST_ITEMS:
        pairs = [(_inner(key, depth), _inner(value, depth)) for key, value in node.items]
        _hashed([key for key, _ in pairs])
        return dict(pairs)
    raise NotPlain


def _inner(node: nodes.NodeNG, depth: int) -> object:
    if isinstance(node, nodes.Starred | nodes.DictUnpack):
        raise NotPlain
    return plain(only(node), depth + 1)


def _small(value: object) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str) and len(value) <= LONGEST:
        return value
    if isinstance(value, int) and abs(value) <= LARGEST:
        return value
    raise NotPlain


def _hashed(items: list[object]) -> set[object]:
    try:
        return set(items)
    except TypeError:
        raise NotPlain from None


def qualified(klass: nodes.ClassDef) -> str:
    """The qualified name of a class as Python gives it."""
    parts = [klass.name]
    holder = klass.parent.frame()
    while not isinstance(holder, nodes.Module):
        parts.append(holder.name if isinstance(holder, nodes.ClassDef) else f"{holder.name}.<locals>")
        holder = holder.parent.frame()
    return ".".join(reversed(parts))
