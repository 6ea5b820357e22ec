"""`extract`: the text of one file to its facts, in one walk."""

from __future__ import annotations

import ast

from taskguard.facts.awaits import misplaced
from taskguard.facts.directives import scan
from taskguard.facts.exports import ExportReader, served_names
from taskguard.facts.expressions import Converter, is_text
from taskguard.facts.failed import broken
from taskguard.facts.model import Facts
from taskguard.facts.source import count_lines
from taskguard.facts.walk import Walker


def extract(text: str) -> Facts:
    """What the file with this text says by itself. Never raises for a broken file: `failure` tells."""
    lines = count_lines(text)
    directives = scan(text)
    from taskguard.facts.grammar import parse

    try:
        tree = parse(text)
    except SyntaxError as error:
        return broken(text, lines, error)
    walker = Walker(Converter(text))
    exports = ExportReader(walker.converter)
    try:
        walker.module(tree, exports)
    except RecursionError:
        return broken(text, lines, SyntaxError("too deeply nested to follow"))
    return Facts(
        lines,
        True,
        None,
        has_docstring(tree),
        tuple(walker.imports),
        tuple(walker.bindings),
        exports.result(),
        served_names(tree, walker.bindings),
        tuple(walker.functions),
        tuple(walker.classes),
        tuple(walker.calls),
        tuple(walker.assigns),
        tuple(walker.task_dicts),
        tuple(walker.logic),
        directives,
        lookups=tuple(walker.lookups),
        misplaced=misplaced(tree, text),
    )


def has_docstring(tree: ast.Module) -> bool:
    return bool(tree.body) and is_text(tree.body[0])
