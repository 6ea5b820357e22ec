"""The parameters of a function."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import Converter, normalised
from taskguard.facts.model import Param

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import ParamKind


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
    written = "" if arg.annotation is None else normalised(arg.annotation)
    return Param(arg.arg, kind, None if default is None else converter.convert(default), written)
