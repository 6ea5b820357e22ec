"""Local names that a function reads above every line that binds them: an UnboundLocalError whenever it comes there."""

from __future__ import annotations

import ast

from taskguard.diagnostics import Span
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Early(Record):
    """A name, where it is read, and the first line (1-based) that binds it."""

    name: str
    span: Span
    bound: int


class _Step(Record):
    """A statement, or the head of one with blocks: what it reads comes before what it binds. `loops` are those around it, by their places."""

    reads: tuple[ast.Name, ...]
    binds: frozenset[str]
    line: int
    loops: tuple[int, ...]


def early_reads(text: str, first: int, last: int, names: Collection[str]) -> tuple[Early, ...]:
    """The first such read of each of these names in the function on these lines (1-based). What a function within reads, it reads later."""
    from taskguard.facts.expressions import Converter
    from taskguard.facts.grammar import function_of
    from taskguard.facts.lines import lines_between

    function = function_of(lines_between(text, first, last), first)
    if function is None:
        return ()
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            names = set(names).difference(node.names)
    steps = list(_steps(function.body, ()))
    made = []
    for name in sorted(names):
        bound = next((place for place, one in enumerate(steps) if name in one.binds), None)
        if bound is None:
            continue
        looping = {loop for one in steps if name in one.binds for loop in one.loops}
        read = next(
            (
                each
                for one in steps[: bound + 1]
                if looping.isdisjoint(one.loops)
                for each in one.reads
                if each.id == name
            ),
            None,
        )
        if read is not None:
            made.append((read, steps[bound].line))
    if not made:
        return ()
    column = Converter(text).column
    return tuple(
        Early(
            read.id,
            Span(read.lineno, start := column(read.lineno, read.col_offset), read.lineno, start + len(read.id)),
            line,
        )
        for read, line in sorted(made, key=lambda one: (one[0].lineno, one[0].col_offset))
    )


def _steps(body: list[ast.stmt], loops: tuple[int, ...]) -> Iterator[_Step]:
    """The statements of a block in order, those of the blocks within behind the heads of these."""
    for node in body:
        inner = (*loops, node.lineno) if isinstance(node, _LOOPS) else loops
        yield from _heads(node, loops, inner)
        if isinstance(node, _DEFINITIONS):
            continue
        for case in getattr(node, "cases", ()):
            yield _step([case.guard] if case.guard is not None else [], node.lineno, loops, _captured(case.pattern))
            yield from _steps(case.body, loops)
        yield from _steps(getattr(node, "body", []), inner)
        for handler in getattr(node, "handlers", ()):
            caught = {handler.name} if handler.name else set()
            yield _step([handler.type] if handler.type else [], handler.lineno, loops, caught)
            yield from _steps(handler.body, loops)
        for block in ("orelse", "finalbody"):
            yield from _steps(getattr(node, block, []), loops)


def _heads(node: ast.stmt, loops: tuple[int, ...], inner: tuple[int, ...]) -> Iterator[_Step]:
    """What a statement does itself, the blocks within left out; `inner` are the loops around what it does each time."""
    if isinstance(node, _DEFINITIONS):
        yield _step([*node.decorator_list, *_defaults(node)], node.lineno, loops, {node.name})
    elif isinstance(node, ast.If | ast.While):
        yield _step([node.test], node.lineno, inner)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield _step([node.iter], node.lineno, loops)
        yield _step([node.target], node.lineno, inner)
    elif isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            given = [item.optional_vars] if item.optional_vars is not None else []
            yield _step([item.context_expr, *given], node.lineno, loops)
    elif isinstance(node, ast.Match):
        yield _step([node.subject], node.lineno, loops)
    elif not hasattr(node, "handlers"):
        yield _step([node], node.lineno, loops, _imported(node))


def _step(nodes: Sequence[ast.AST], line: int, loops: tuple[int, ...], binds: Collection[str] = ()) -> _Step:
    """What some nodes read and bind by themselves: functions within and the names of comprehensions left out. A target like `x += 1` reads first."""
    reads, bound = list[ast.Name](), set(binds)
    waiting: list[ast.AST] = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            # What the walrus binds within one is the function's, whenever that is.
            bound.update(one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr))
            if not isinstance(node, ast.Lambda):
                waiting.append(node.generators[0].iter)
            continue
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                reads.append(node)
            else:
                bound.add(node.id)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            reads.append(node.target)
        if isinstance(node, ast.AnnAssign):
            waiting.extend(one for one in (node.target, node.value) if one is not None)
            continue
        waiting.extend(ast.iter_child_nodes(node))
    walrus = {one.target.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.NamedExpr)}
    kept = (one for one in reads if one.id not in walrus)
    return _Step(tuple(sorted(kept, key=lambda one: (one.lineno, one.col_offset))), frozenset(bound), line, loops)


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.expr]:
    """What a definition works out where it stands, its decorators left out."""
    if isinstance(node, ast.ClassDef):
        return [*node.bases, *(one.value for one in node.keywords)]
    return [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]


def _imported(node: ast.stmt) -> set[str]:
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    return {one.asname or one.name.partition(".")[0] for one in node.names}


def _captured(pattern: ast.pattern) -> set[str]:
    """The names that a pattern binds."""
    names = set()
    for one in ast.walk(pattern):
        for name in (getattr(one, "name", None), getattr(one, "rest", None)):
            if isinstance(name, str):
                names.add(name)
    return names
