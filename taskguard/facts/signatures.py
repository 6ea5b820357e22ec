"""The parameters of a function."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import Converter, dotted, normalised
from taskguard.facts.model import Param
from taskguard.record import maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import ParamKind

_made = maker(Param)


def parameters(converter: Converter, node: ast.arguments) -> tuple[Param, ...]:
    """All parameters in the order in which they are written."""
    plain: list[tuple[ast.arg, ParamKind]]
    plain = [(arg, "positional") for arg in node.posonlyargs] + [(arg, "both") for arg in node.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(node.defaults))
    defaults.extend(node.defaults)
    made = [_param(converter, arg, kind, default) for (arg, kind), default in zip(plain, defaults, strict=True)]
    if node.vararg:
        made.append(_param(converter, node.vararg, "var", None))
    keyword = zip(node.kwonlyargs, node.kw_defaults, strict=True)
    made.extend([_param(converter, arg, "keyword", default) for arg, default in keyword])
    if node.kwarg:
        made.append(_param(converter, node.kwarg, "rest", None))
    return tuple(made)


def _param(converter: Converter, arg: ast.arg, kind: ParamKind, default: ast.expr | None) -> Param:
    written = "" if arg.annotation is None else _written(arg.annotation) or normalised(arg.annotation)
    return _made((arg.arg, kind, None if default is None else converter.convert(default), written))


def _written(node: ast.expr) -> str:
    """What Python's own writer, which takes its time, makes of most annotations: names, `list[int]`, `a | None`. Empty for others."""
    if type(node) is ast.Subscript:
        of, index = dotted(node.value), node.slice
        if type(index) is ast.Tuple:
            parts = [_written(one) for one in index.elts]
            return f"{of}[{', '.join(parts)}]" if of and len(parts) > 1 and all(parts) else ""
        inner = _written(index)
        return f"{of}[{inner}]" if of and inner else ""
    if type(node) is ast.BinOp and type(node.op) is ast.BitOr:
        left, right = _written(node.left), "" if type(node.right) is ast.BinOp else _written(node.right)
        return f"{left} | {right}" if left and right else ""
    return "None" if type(node) is ast.Constant and node.value is None else dotted(node)
