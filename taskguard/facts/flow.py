"""The text of one function to its statements, when a rule asks for them: only the lines of that function are parsed."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import DEEPEST, HANDLERS, LEAVES, Converter
from taskguard.facts.model import Op
from taskguard.facts.signatures import parameters
from taskguard.facts.statements import (
    Body,
    Define,
    Do,
    Handler,
    If,
    Inner,
    Jump,
    Let,
    Loop,
    Match,
    Other,
    Raise,
    Return,
    Try,
    With,
)
from taskguard.record import maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.facts.model import Expr
    from taskguard.facts.statements import Statement

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def body_at(cut: str, first: int) -> Body | None:
    """What the function does whose lines are these, with `def` on the line `first` of its file; None where that is no function.

    Spans are those of the whole text.
    """
    from taskguard.facts.grammar import function_of

    node = function_of(cut, first)
    if node is None or node.lineno != first:
        return None
    writer = FlowReader("\n" * (first - 1) + cut, "yield" in cut)
    try:
        return writer.body(node)
    except RecursionError:
        return None


class FlowReader(Converter):
    """Turns statements and expressions of one function into ours. `may_yield` says that the word stands in its lines."""

    def __init__(self, text: str, may_yield: bool = True) -> None:
        super().__init__(text)
        self._may_yield = may_yield

    def body(self, node: Any) -> Body:
        return Body(
            parameters(self, node.args),
            self.block(node.body),
            isinstance(node, ast.AsyncFunctionDef),
            self._may_yield and yields(node),
            self.span(node),
        )

    def convert(self, node: ast.expr) -> Expr:
        kind = type(node)
        leaf = LEAVES.get(kind)
        if leaf is not None:
            return leaf(self, node)
        handler = ALL.get(kind)
        if handler is None or self._depth > DEEPEST:
            return self.opaque(node)
        self._depth += 1
        try:
            return handler(self, node)
        finally:
            self._depth -= 1

    def maybe(self, node: ast.expr | None) -> Expr | None:
        return None if node is None else self.convert(node)

    def all(self, nodes: list[ast.expr]) -> tuple[Expr, ...]:
        return tuple([self.convert(one) for one in nodes])

    def inner(self, kind: str, node: ast.expr, *parts: ast.expr | None) -> Inner:
        return Inner(kind, "", self.span(node), tuple([self.convert(one) for one in parts if one is not None]))

    def block(self, nodes: list[ast.stmt]) -> tuple[Statement, ...]:
        return tuple([made for one in nodes if (made := self.statement(one)) is not None])

    def statement(self, node: ast.stmt) -> Statement | None:
        handler = STATEMENTS.get(type(node))
        if handler is not None:
            made: Statement | None = handler(self, node)
            return made
        parts = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
        return Other(type(node).__name__.lower(), self.all(parts), self.span(node))


# -- statements -----------------------------------------------------------------------------------------------------


_spoken, _bound = maker(Do), maker(Let)


def _do(of: FlowReader, node: ast.Expr) -> Statement | None:
    if isinstance(node.value, ast.Constant):
        return None
    return _spoken((of.convert(node.value), of.span(node)))


def _let(of: FlowReader, node: ast.Assign) -> Statement:
    return _bound((of.all(node.targets), "=", of.convert(node.value), of.span(node)))


def _annotated(of: FlowReader, node: ast.AnnAssign) -> Statement | None:
    if node.value is None:
        return None
    return Let((of.convert(node.target),), "=", of.convert(node.value), of.span(node))


def _augmented(of: FlowReader, node: ast.AugAssign) -> Statement:
    from taskguard.facts.expressions import OPERATORS

    op = OPERATORS.get(type(node.op).__name__, "?")
    return Let((of.convert(node.target),), f"{op}=", of.convert(node.value), of.span(node))


def _return(of: FlowReader, node: ast.Return) -> Statement:
    return Return(of.maybe(node.value), of.span(node))


def _raise(of: FlowReader, node: ast.Raise) -> Statement:
    return Raise(of.maybe(node.exc), of.maybe(node.cause), of.span(node))


def _if(of: FlowReader, node: ast.If) -> Statement:
    branches = [(of.convert(node.test), of.block(node.body))]
    span = of.span(node)
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
        branches.append((of.convert(node.test), of.block(node.body)))
    return If(tuple(branches), of.block(node.orelse), span)


def _for(of: FlowReader, node: Any) -> Statement:
    target, head = of.convert(node.target), of.convert(node.iter)
    waits = isinstance(node, ast.AsyncFor)
    return Loop("for", target, head, of.block(node.body), of.block(node.orelse), of.span(node), waits)


def _while(of: FlowReader, node: ast.While) -> Statement:
    return Loop("while", None, of.convert(node.test), of.block(node.body), of.block(node.orelse), of.span(node))


def _with(of: FlowReader, node: Any) -> Statement:
    items = tuple([(of.convert(one.context_expr), of.maybe(one.optional_vars)) for one in node.items])
    return With(items, of.block(node.body), of.span(node), isinstance(node, ast.AsyncWith))


def _try(of: FlowReader, node: Any) -> Statement:
    handlers = []
    for one in node.handlers:
        kinds = one.type.elts if isinstance(one.type, ast.Tuple) else [one.type] if one.type is not None else None
        types = None if kinds is None else of.all(kinds)
        handlers.append(Handler(types, one.name or "", of.block(one.body), of.span(one)))
    return Try(of.block(node.body), tuple(handlers), of.block(node.orelse), of.block(node.finalbody), of.span(node))


def _match(of: FlowReader, node: ast.Match) -> Statement:
    whole = any(
        one.guard is None and isinstance(one.pattern, ast.MatchAs) and one.pattern.pattern is None for one in node.cases
    )
    return Match(of.convert(node.subject), tuple([of.block(one.body) for one in node.cases]), whole, of.span(node))


def _define(of: FlowReader, node: Any) -> Statement:
    function = isinstance(node, FUNCTIONS)
    return Define(
        "function" if function else "class",
        node.name,
        of.all(node.decorator_list),
        parameters(of, node.args) if function else (),
        of.block(node.body),
        of.span(node),
    )


def _jump(of: FlowReader, node: ast.stmt) -> Statement:
    return Jump(JUMPS[type(node)], of.span(node))


JUMPS: dict[type, Any] = {ast.Break: "break", ast.Continue: "continue", ast.Pass: "pass"}

STATEMENTS: dict[type, Callable[[FlowReader, Any], Statement | None]] = {
    ast.Expr: _do,
    ast.Assign: _let,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Match: _match,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define,
    ast.Break: _jump,
    ast.Continue: _jump,
    ast.Pass: _jump,
}
if hasattr(ast, "TryStar"):
    STATEMENTS[ast.TryStar] = _try


# -- expressions ----------------------------------------------------------------------------------------------------


def _lambda(of: FlowReader, node: ast.Lambda) -> Expr:
    return Inner("lambda", "", of.span(node), (of.convert(node.body),), (), parameters(of, node.args))


def _comprehension(of: FlowReader, node: Any) -> Expr:
    over, conditions = [], []
    for one in node.generators:
        over.append((of.convert(one.target), of.convert(one.iter)))
        conditions += one.ifs
    made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    kind = "generator" if isinstance(node, ast.GeneratorExp) else "comprehension"
    waits = any(one.is_async for one in node.generators)
    return Inner(kind, type(node).__name__, of.span(node), of.all([*conditions, *made]), tuple(over), is_async=waits)


def _awaited(of: FlowReader, node: ast.Await) -> Expr:
    return of.inner("await", node, node.value)


def _yielded(of: FlowReader, node: ast.Yield | ast.YieldFrom) -> Expr:
    return of.inner("yield", node, node.value)


def _walrus(of: FlowReader, node: ast.NamedExpr) -> Expr:
    target = of.convert(node.target)
    return Inner("assignment", "", of.span(node), (of.convert(node.value),), ((target, None),))


def _compare(of: FlowReader, node: ast.Compare) -> Expr:
    made = Converter.convert(of, node) if len(node.ops) == 1 else None
    return made if isinstance(made, Op) else of.inner("comparison", node, node.left, *node.comparators)


def _joined(of: FlowReader, node: ast.JoinedStr) -> Expr:
    plain = all(
        not isinstance(one, ast.FormattedValue) or (one.conversion == -1 and one.format_spec is None)
        for one in node.values
    )
    if plain:
        return Converter.convert(of, node)
    return of.inner("f-string", node, *[one.value for one in node.values if isinstance(one, ast.FormattedValue)])


INNER: dict[type, Callable[[FlowReader, Any], Expr]] = {
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Await: _awaited,
    ast.Yield: _yielded,
    ast.YieldFrom: _yielded,
    ast.NamedExpr: _walrus,
    ast.Compare: _compare,
    ast.JoinedStr: _joined,
}

ALL: dict[type, Callable[[Any, Any], Expr]] = {**HANDLERS, **INNER}


def yields(node: Any) -> bool:
    """Whether a function is a generator: it has a `yield` of its own."""
    queue: list[Any] = list(node.body)
    while queue:
        one = queue.pop()
        if isinstance(one, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(one, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            queue.extend(ast.iter_child_nodes(one))
    return False
