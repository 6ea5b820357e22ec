"""Where a file uses names behind a dot: `module.name`, read, set or deleted, whether or not it is called."""

from __future__ import annotations

import ast

from taskguard.facts.grammar import parse
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
CATCHING = frozenset(("AttributeError", "Exception", "BaseException"))


class DottedUse(Record):
    """`dotted` as it is written, as far as it is names alone. `sets`: the last of them is bound or deleted, not read. `guarded`: in a `try` that minds
    that it may be missing. `scope` is the function around.
    """

    dotted: str
    line: int
    scope: str
    sets: bool
    guarded: bool


class _Place(Record):
    """What is around a node. `hidden` are the names that a lambda or comprehension binds."""

    scope: str
    function: str
    guarded: bool
    hidden: frozenset[str]


def dotted_uses(text: str, heads: frozenset[str]) -> tuple[DottedUse, ...]:
    """The uses that begin with one of these names, by line; none where the text does not parse."""
    try:
        tree = parse(text)
    except SyntaxError:
        return ()
    return tuple(sorted(_found(tree, heads), key=lambda one: (one.line, one.dotted)))


def _found(tree: ast.Module, heads: frozenset[str]) -> Iterator[DottedUse]:
    waiting: list[tuple[Any, _Place]] = [(tree, _Place("", "", False, frozenset()))]
    while waiting:
        node, place = waiting.pop()
        if isinstance(node, ast.Attribute):
            parts, base = [node.attr], node.value
            while isinstance(base, ast.Attribute):
                parts.append(base.attr)
                base = base.value
            if not isinstance(base, ast.Name):
                waiting.append((base, place))
            elif base.id in heads and base.id not in place.hidden:
                dotted, sets = ".".join((base.id, *reversed(parts))), not isinstance(node.ctx, ast.Load)
                yield DottedUse(dotted, node.lineno, place.function, sets, place.guarded)
        else:
            waiting += _below(node, place)


def _below(node: Any, place: _Place) -> Iterator[tuple[Any, _Place]]:
    """The nodes within another one, with what is around them."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        scope = f"{place.scope}.{node.name}" if place.scope else node.name
        function = isinstance(node, FUNCTIONS)
        inside = place.replace(scope=f"{scope}.<locals>" if function else scope)
        if function:
            inside = inside.replace(function=scope)
        for child in ast.iter_child_nodes(node):
            yield child, inside if child in node.body else place
    elif isinstance(node, ast.Lambda):
        yield node.args, place
        yield (
            node.body,
            place.replace(hidden=place.hidden | {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}),
        )
    elif isinstance(node, COMPREHENSIONS):
        bound = {one.id for made in node.generators for one in ast.walk(made.target) if isinstance(one, ast.Name)}
        for child in ast.iter_child_nodes(node):
            yield child, place.replace(hidden=place.hidden | bound)
    elif isinstance(node, ast.Try):
        caught = any(one.type is None or CATCHING & _names(one.type) for one in node.handlers)
        for child in ast.iter_child_nodes(node):
            yield child, place.replace(guarded=True) if caught and child in node.body else place
    else:
        for child in ast.iter_child_nodes(node):
            yield child, place


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
