"""The names that a file uses and nothing binds, as pyflakes finds them."""

from __future__ import annotations

from bisect import bisect_left

from taskguard.diagnostics import Span
from taskguard.facts.nesting import lines_with
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Collection, Iterable, Iterator


# What takes no NameError.
NARROW = frozenset("ImportError ModuleNotFoundError OSError IOError KeyError ValueError AttributeError".split())

# Who writes one of these binds names of others.
_REACHING = ("global", "nonlocal")


def undefined(text: str, about: Collection[str] | None = None) -> tuple[tuple[str, str, Span], ...]:
    """Name, qualified name of the function or class around it (outermost definition and method), and place of each undefined name. Of those in the bodies of
    functions only what is `about` some names, where these are given: most bodies have none of them, and need not be looked at."""
    from pyflakes import checker, messages

    from taskguard.facts.expressions import Converter
    from taskguard.facts.grammar import tree_of
    from taskguard.facts.lowering import type_parameters

    try:
        tree = tree_of(text)
        read = tree if about is None else _cut_down(tree, lines_with({*about, *_REACHING}, text))
        found = checker.Checker(read).messages
    except (
        Exception
    ):  # pyflakes reads texts within the text (annotations, doctests), and not everything is expected there
        return ()
    found = [one for one in found if isinstance(one, messages.UndefinedName)]
    if found and (typed := type_parameters(text)):
        # A Python before 3.12 is given the text without them.
        found = [one for one in found if one.message_args[0] not in typed]
    converter = Converter(text)
    around: dict[int, str] = {}
    for qualname, first, last in _definitions(tree.body, ""):
        around.update(dict.fromkeys(range(first, last + 1), qualname))
    made = []
    for one in sorted(found, key=lambda one: (one.lineno, one.col)):
        name = one.message_args[0]
        column = converter.column(one.lineno, one.col)
        made.append((name, around.get(one.lineno, ""), Span(one.lineno, column, one.lineno, column + len(name))))
    return tuple(made)


def _cut_down(tree: ast.Module, lines: list[int]) -> ast.Module:
    """A tree in which the functions and methods that have none of these lines in their body do nothing."""
    import ast

    return ast.Module([_shortened(node, lines) for node in tree.body], tree.type_ignores)


def _shortened(node: ast.stmt, lines: list[int]) -> ast.stmt:
    import ast
    from copy import copy

    if isinstance(node, ast.ClassDef):
        made: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef = copy(node)
        made.body = [_shortened(one, lines) for one in node.body]
        return made
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node
    place = bisect_left(lines, node.body[0].lineno)
    if place < len(lines) and lines[place] <= (node.end_lineno or node.lineno):
        return node
    made = copy(node)
    made.body = [ast.copy_location(ast.Pass(), node.body[0])]
    return made


def _definitions(nodes: list[ast.stmt], holder: str) -> Iterator[tuple[str, int, int]]:
    """Functions, classes and their methods with their first and last lines, decorators included; outer ones first."""
    import ast

    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            qualname = f"{holder}.{node.name}" if holder else node.name
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            yield qualname, first, node.end_lineno or node.lineno
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node.body, qualname)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            for block in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(node, block, []), holder)
            for handler in getattr(node, "handlers", []):
                yield from _definitions(handler.body, holder)


def unbound_at_load(
    text: str, unbound: Iterable[tuple[str, str, Span]], tried: bool = False
) -> tuple[str, Span] | None:
    """The first of the `undefined` names of a file that it asks for whenever it is loaded, with its place; None where there is none.

    What stands in a branch, in a `try` or in the body of a function may not be asked; annotations are not where the file puts them off. The bases of
    classes are left out. With `tried` what a `try` holds counts, too, where it does not catch a NameError, and no annotation does, which Python 3.14 asks for later.
    """
    from taskguard.facts.grammar import tree_of

    missing = {(span.line, span.column): (name, span) for name, _, span in unbound}
    if not missing:
        return None
    from taskguard.facts.expressions import Converter

    tree, column = tree_of(text), Converter(text).column
    for asked in _asked_at_load(tree.body, annotated=not tried and not _puts_off(tree.body), tried=tried):
        for one in _names_in(asked):
            found = missing.get((one.lineno, column(one.lineno, one.col_offset)))
            if found is not None:
                return found
    return None


class Ended(Record):
    """A name that nothing binds, and what no run comes to because of it: from the name to the end of the block in which it is surely asked for."""

    name: str
    span: Span


def ended_by(text: str, unbound: Iterable[tuple[str, str, Span]]) -> tuple[Ended, ...]:
    """What of the functions of a file comes behind one of its `undefined` names, the first one of each block."""
    import ast

    missing = {(span.line, span.column) for _, _, span in unbound}
    if not missing:
        return ()
    from taskguard.facts.expressions import Converter
    from taskguard.facts.grammar import tree_of

    tree, column = tree_of(text), Converter(text).column
    functions = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    made = []
    for body in (block for one in functions for block in _blocks(one.body)):
        asked = (name for node in body for root in _asked_first(node) for name in _names_in(root))
        for one in sorted(asked, key=lambda one: (one.lineno, one.col_offset)):
            start = one.lineno, column(one.lineno, one.col_offset)
            if start in missing:
                last = body[-1].end_lineno or one.lineno
                made.append(Ended(one.id, Span(*start, last, column(last, body[-1].end_col_offset or 0))))
                break
    return tuple(made)


def _blocks(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """These statements, and those of each block within them; functions and classes are left out."""
    import ast

    yield body
    for node in body:
        if isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try):
            parts = [node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])]
            parts += [one.body for one in getattr(node, "handlers", ())]
            for part in parts:
                yield from _blocks(part) if part else ()


def _asked_first(node: ast.stmt) -> Iterator[ast.expr]:
    """The expressions that a statement surely works out, what is in its blocks left out."""
    import ast

    if isinstance(node, ast.Assign | ast.Expr | ast.AugAssign | ast.AnnAssign | ast.Return):
        yield from (node.value,) if node.value is not None else ()
    elif isinstance(node, ast.With | ast.AsyncWith):
        yield from (one.context_expr for one in node.items)
    elif isinstance(node, ast.If | ast.While | ast.Assert):
        yield node.test
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield node.iter


def _puts_off(body: list[ast.stmt]) -> bool:
    """Whether a file has `from __future__ import annotations`."""
    import ast

    imports = (one for one in body if isinstance(one, ast.ImportFrom) and one.module == "__future__")
    return any(one.name == "annotations" for each in imports for one in each.names)


def _asked_at_load(body: list[ast.stmt], annotated: bool, tried: bool = False) -> Iterator[ast.expr]:
    """The expressions of these statements that are surely worked out when the file is loaded."""
    import ast

    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            yield from node.decorator_list
            yield from (one for one in (*given.defaults, *given.kw_defaults) if one is not None)
            if annotated:
                taken = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
                marks = (*(one.annotation for one in taken if one is not None), node.returns)
                yield from (one for one in marks if one is not None)
        elif isinstance(node, ast.ClassDef):
            yield from node.decorator_list
            yield from _asked_at_load(node.body, annotated)
        elif isinstance(node, ast.Assign | ast.Expr | ast.AugAssign):
            yield node.value
        elif tried and isinstance(node, ast.Try) and not any(map(_catches, node.handlers)):
            yield from _asked_at_load(node.body, annotated, tried)


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes a NameError, as far as that can be told."""
    import ast

    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return not all(isinstance(one, ast.Name | ast.Attribute) and ast.unparse(one) in NARROW for one in kinds)


def _names_in(root: ast.expr) -> Iterator[ast.Name]:
    """The names below an expression, bodies of lambdas and branches left out."""
    import ast

    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            yield node
        elif not isinstance(node, ast.Lambda | ast.IfExp | ast.BoolOp | ast.GeneratorExp):
            stack.extend(ast.iter_child_nodes(node))
