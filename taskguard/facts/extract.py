"""`extract`: the text of one file to its facts, in one walk."""

from __future__ import annotations

import ast
import re

from taskguard.facts.awaits import misplaced
from taskguard.facts.directives import scan
from taskguard.facts.exports import ExportReader, served_names
from taskguard.facts.expressions import Converter, is_text
from taskguard.facts.failed import broken, refusal
from taskguard.facts.model import Facts
from taskguard.facts.source import count_lines
from taskguard.facts.walk import Walker
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.model import Directive

# Where a line begins a statement at module level, and does not go on with the one above.
BEGINNING = regex(r"^(?!(?:el(?:if|se)|except|finally)\b)[\w@]", re.M)


def extract(text: str) -> Facts:
    """What the file with this text says by itself. Never raises for a broken file: `failure` tells."""
    lines = count_lines(text)
    directives = scan(text)
    from taskguard.facts.grammar import held

    try:
        tree, refused = held(text)
    except SyntaxError as error:
        return broken(text, lines, error)
    made = _of_tree(tree, text, lines, directives)
    return made if refused is None or made.failure else made.replace(misplaced=refusal(text, lines, refused))


def extract_up_to(text: str, words: Iterable[str]) -> Facts:
    """What a file says down to the statement at module level in which the last of these words stands, as far as that can be cut off: what stands
    below is not parsed. Comments are not asked."""
    from taskguard.facts.grammar import parse

    last = max(text.rfind(word) for word in words)
    found = BEGINNING.search(text, last + 1) if last >= 0 else None
    if found is not None:
        cut = text[: found.start()]
        try:
            return _of_tree(parse(cut), cut, count_lines(cut), ())
        except SyntaxError:
            pass
    return extract(text)


def _of_tree(tree: ast.Module, text: str, lines: int, directives: tuple[Directive, ...]) -> Facts:
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
        misplaced=misplaced(tree, text) if walker.awaits else None,
    )


def has_docstring(tree: ast.Module) -> bool:
    return bool(tree.body) and is_text(tree.body[0])
