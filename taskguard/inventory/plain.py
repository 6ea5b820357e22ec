"""Values and expressions as JSON and as text."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Dict, Item, Op, Opaque, Ref, Seq, Star
from taskguard.project.python.values import Instance, Known, Name, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BRACKETS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}")}


def as_json(value: Any) -> Any:
    """A known value as JSON has it: tuples and sets as arrays, a class or function as `{"name": …}`; NotImplemented where JSON has no such value."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else NotImplemented  # JSON has neither infinity nor NaN
    if isinstance(value, Name):
        return {"name": value.dotted}
    if isinstance(value, Instance):
        return NotImplemented
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)
    if isinstance(value, list | tuple):
        items = [as_json(one) for one in value]
        return NotImplemented if any(one is NotImplemented for one in items) else items
    if isinstance(value, dict):
        pairs = {str(key): as_json(one) for key, one in value.items() if isinstance(key, str | int | float | bool)}
        broken = len(pairs) != len(value) or any(one is NotImplemented for one in pairs.values())
        return NotImplemented if broken else pairs
    return NotImplemented


def written(value: Value) -> str | None:
    """A known value as Python writes it, `crontab(minute=5)` included; None for what is not known."""
    return text_of(value.value) if isinstance(value, Known) else None


def text_of(value: Any) -> str:
    if isinstance(value, Name):
        return value.last
    if isinstance(value, Instance):
        args = [written(one) or "…" for one in value.args]
        args += [f"{key}={written(one) or '…'}" for key, one in value.kwargs]
        return f"{value.name.rpartition('.')[2]}({', '.join(args)})"
    if isinstance(value, list | tuple):
        inner = ", ".join(text_of(one) for one in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text_of(key)}: {text_of(one)}" for key, one in value.items()) + "}"
    return repr(value)


def unparsed(expr: object) -> str:
    """An expression as text."""
    if isinstance(expr, Const):
        return repr(expr.value)
    if isinstance(expr, Ref):
        return expr.name
    if isinstance(expr, Attr):
        return f"{unparsed(expr.of)}.{expr.name}"
    if isinstance(expr, Item):
        return f"{unparsed(expr.of)}[{unparsed(expr.index)}]"
    if isinstance(expr, Star):
        return f"*{unparsed(expr.value)}"
    if isinstance(expr, Seq):
        left, right = BRACKETS[expr.kind]
        return (
            left + ", ".join(map(unparsed, expr.items)) + ("," if left == "(" and len(expr.items) == 1 else "") + right
        )
    if isinstance(expr, Dict):
        pairs = [
            f"**{unparsed(value)}" if key is None else f"{unparsed(key)}: {unparsed(value)}"
            for key, value in expr.items
        ]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(expr, Call):
        args = [unparsed(one) for one in expr.args]
        args += [
            f"{one.name}={unparsed(one.value)}" if one.name else f"**{unparsed(one.value)}" for one in expr.keywords
        ]
        return f"{unparsed(expr.func)}({', '.join(args)})"
    if isinstance(expr, Op) and expr.op == "f":
        return (
            'f"'
            + "".join(str(one.value) if isinstance(one, Const) else f"{{{unparsed(one)}}}" for one in expr.operands)
            + '"'
        )
    if isinstance(expr, Op):
        if len(expr.operands) == 1:
            return (
                f"{expr.op} {unparsed(expr.operands[0])}"
                if expr.op.isalpha()
                else f"{expr.op}{unparsed(expr.operands[0])}"
            )
        return f" {expr.op} ".join(map(unparsed, expr.operands))
    return expr.text if isinstance(expr, Opaque) else "…"
