"""Function bodies that are simple enough to be followed: returns, ifs, assignments of single names, calls."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import Converter
from taskguard.facts.model import Step
from taskguard.record import maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Holder

_made = maker(Step)
LONGEST = 40
DEEPEST = 30
MOST_ROUNDS = 6
GIVING = (ast.Return, ast.If, ast.Match)


def steps(converter: Converter, body: list[ast.stmt], holder: Holder) -> tuple[Step, ...] | None:
    """The body as steps, or None where something in it cannot be followed.

    Only functions that give something back are worth it, and only those that a declaration can reach by name.
    """
    if len(body) > LONGEST or (holder == "class" and len(body) > 3):
        return None
    if not any(isinstance(one, GIVING) for one in body):
        return None
    return _follow(converter, body)


def _follow(converter: Converter, body: list[ast.stmt], depth: int = 0) -> tuple[Step, ...] | None:
    if depth > DEEPEST:  # an `elif` chain may be long
        return None
    made: list[Step] = []
    for node in body:
        step = _step(converter, node, depth)
        if step is None:
            return None
        made.extend(step)
    return tuple(made)


def _step(converter: Converter, node: ast.stmt, depth: int) -> tuple[Step, ...] | None:
    convert = converter.convert
    if isinstance(node, ast.Return):
        return (_made(("return", "", None if node.value is None else convert(node.value), (), ())),)
    if isinstance(node, ast.If):
        body, orelse = _follow(converter, node.body, depth + 1), _follow(converter, node.orelse, depth + 1)
        if body is None or orelse is None:
            return None
        return (_made(("if", "", convert(node.test), body, orelse)),)
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Name):
            return (_made(("assign", target.id, convert(node.value), (), ())),)
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return (_item_step(converter, target.value.id, target.slice, node.value),)
        return None
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        if node.value is None:
            return ()
        return (_made(("assign", node.target.id, convert(node.value), (), ())),)
    if isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Constant):
            return ()
        if isinstance(node.value, ast.Call):
            return (_made(("call", "", convert(node.value), (), ())),)
        return None
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        changed = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        return (_made(("assign", node.target.id, convert(changed), (), ())),)
    if isinstance(node, ast.Raise):
        return (_made(("raise", "", None, (), ())),)
    if isinstance(node, ast.FunctionDef):
        return (_made(("def", node.name, None, (), ())),)
    if isinstance(node, ast.Match):
        return _match(converter, node)
    if isinstance(node, ast.For):
        return _unrolled(converter, node, depth)
    return () if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom | ast.Assert) else None


def _unrolled(converter: Converter, node: ast.For, depth: int) -> tuple[Step, ...] | None:
    """A loop over a few literals, without a way out of it, is its body once for each."""
    items = node.iter.elts if isinstance(node.iter, ast.Tuple | ast.List) else []
    if not isinstance(node.target, ast.Name) or node.orelse or not 0 < len(items) <= MOST_ROUNDS:
        return None
    body = _follow(converter, node.body, depth + 1)
    if body is None or not all(isinstance(item, ast.Constant) for item in items):
        return None
    made: list[Step] = []
    for item in items:
        made.append(Step("assign", node.target.id, converter.convert(item), (), ()))
        made.extend(body)
    return tuple(made)


def _item_step(converter: Converter, name: str, key: ast.expr, value: ast.expr) -> Step:
    return Step("item", name, converter.convert(key), (Step("value", "", converter.convert(value), (), ()),), ())


def _match(converter: Converter, node: ast.Match) -> tuple[Step, ...] | None:
    """A match over literals is a chain of ifs."""
    chain: tuple[Step, ...] = ()
    for case in reversed(node.cases):
        body = _follow(converter, case.body)
        if body is None or case.guard is not None:
            return None
        pattern = case.pattern
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None and pattern.name is None:
            chain = body
            continue
        options = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
        values = [option.value for option in options if isinstance(option, ast.MatchValue)]
        if len(values) != len(options):
            return None
        for value in values:
            test = ast.copy_location(ast.Compare(node.subject, [ast.Eq()], [value]), value)
            chain = (_made(("if", "", converter.convert(test), body, chain)),)
    return chain
