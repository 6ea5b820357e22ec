"""What an expression is worth, as far as the code says: through constants, enums, dicts and simple functions of the project."""

from __future__ import annotations

from taskguard.diagnostics import TOP
from taskguard.facts.model import (
    Binding,
    Cond,
    Dict,
    Expr,
    Item,
    Op,
    Opaque,
    Ref,
    Seq,
    Star,
)  # fmt: skip
from taskguard.project.python.bound import (
    BUILTINS,
    DEEPEST,
    Bound,
    Mapping,
    bound_value,
    evaluates,
    mapping_of,
    truth,
    value_of,
    whole,
)
from taskguard.project.python.calls import follow, run
from taskguard.project.python.changes import alternatives, changed
from taskguard.project.python.members import class_member, prints_name
from taskguard.project.python.names import builtin, resolve
from taskguard.project.python.operators import apply
from taskguard.project.python.rounds import rounds
from taskguard.project.python.texts import part, percent
from taskguard.project.python.values import ABSENT, Instance, Known, Name, Unknown, Value, hashes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.names import Found
    from taskguard.project.python.project import Module, Project


# Who evaluates imports this module: with it, each kind of expression has been declared.
__all__ = [
    "BUILTINS",
    "Bound",
    "Mapping",
    "evaluate",
    "final_name",
    "follow",
    "mapping_of",
    "rounds",
    "run",
    "symbol_value",
    "truth",
    "value_of",
]


def evaluate(expr: Expr, module: Module, scope: str = "") -> Value:
    """The value of `expr`, written in `module` inside the function or class `scope`."""
    return value_of(Bound(expr, module, scope))


def final_name(project: Project, dotted: str) -> str:
    """The name of the definition that `dotted` leads to, `dotted` itself where it leads out of the project."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = project.module(".".join(parts[:cut]))
        if module is not None:
            return value_of(Bound(Ref(".".join(parts[cut:]), TOP), module)).name or dotted
    return dotted


@evaluates(Ref)
def _ref(bound: Bound, expr: Ref) -> Value:
    first, _, rest = expr.name.partition(".")
    if bound.env is not None and first in bound.env:
        if rest:
            return value_of(bound.env.get(expr.name, Unknown("an attribute of an argument")))
        return value_of(bound.env[first])
    if expr.name == "__name__" and bound.module.name:
        return Known(bound.module.name, (bound.module.path,))
    found = resolve(bound.module, expr.name, bound.scope)
    return found_value(found, bound)


def found_value(found: Found, bound: Bound) -> Value:
    """The value of what a name was found to be."""
    if found.kind == "external":
        if "." not in found.path:
            return Unknown(f"{found.path} is not known", found.files, found.path)
        if found.path.rpartition(".")[2][:1].isupper() and not found.path.rpartition(".")[2].isupper():
            return Known(Name(found.path), found.files, found.path)
        return Unknown(f"{found.path} is set outside the project", found.files, found.path)
    if found.kind == "symbol" and found.module is not None:
        return symbol_value(found.module, found.path, bound.depth, found.files)
    if found.kind == "local":
        return Unknown("a local variable")
    if found.kind == "module":
        return Known(Name(found.dotted), found.files, found.dotted)
    if isinstance(bound.expr, Ref) and bound.expr.name in BUILTINS and builtin(found, bound.module):
        return Known(Name(f"builtins.{bound.expr.name}"), (), f"builtins.{bound.expr.name}")
    return Unknown("a name that cannot be followed", found.files, found.dotted)


def symbol_value(module: Module, path: str, depth: int, files: tuple[str, ...] = ()) -> Value:
    """The value of the definition `path` in `module`: a class or function by name, a constant by its value."""
    via = tuple(dict.fromkeys((*files, module.path)))
    dotted = f"{module.name}.{path}"
    first, _, rest = path.partition(".")
    entry = module.entry(first)
    if not isinstance(entry, Binding) or depth > DEEPEST:
        return Unknown("a name that cannot be followed", via, dotted)
    if entry.kind == "class":
        return class_member(module, first, rest, depth, via) if rest else Known(Name(dotted), via, dotted)
    if rest:
        return Unknown("an attribute of a value", via, dotted)
    if entry.kind == "function":
        return Known(Name(dotted), via, dotted)
    following, variable = module.project.following, (module.path, first)
    if variable in following:  # `url = f"{url}?{options}"`: asked again for each binding, it would be asked for ever
        return Unknown("it is set by its own value", via, dotted)
    following.add(variable)
    try:
        values = _values(module, first, entry, depth, via)
    finally:
        following.discard(variable)
    if not values or not all(one == values[0] for one in values):
        return Unknown("it is set in several places", via, dotted)
    value = values[0]
    merged = tuple(dict.fromkeys((*via, *value.files)))
    if isinstance(value, Known):
        return Known(value.value, merged, value.name or dotted)
    return Unknown(value.why if isinstance(value, Unknown) else "no value", merged, value.name or dotted)


def _values(module: Module, name: str, entry: Binding, depth: int, via: tuple[str, ...]) -> list[Value]:
    """The values that a module level variable may have in the end; none where its module changes what it holds."""
    bindings = alternatives(module, name)
    if any(isinstance(one.value, Dict) for one in bindings):
        return [whole(mapping_of(Bound(Ref(name, entry.span), module, "", None, depth + 1)))]
    if changed(module, name):
        return []
    return [bound_value(module, one, depth, via) for one in bindings]


@evaluates(Dict)
def _dict(bound: Bound, expr: Dict) -> Value:
    return whole(mapping_of(bound))


@evaluates(Seq)
def _seq(bound: Bound, expr: Seq) -> Value:
    made: list[object] = []
    files: dict[str, None] = {}
    for item in expr.items:
        starred = isinstance(item, Star)
        value = value_of(bound.other(item.value if isinstance(item, Star) else item))
        if not isinstance(value, Known):
            return Unknown(value.why if isinstance(value, Unknown) else "an absent value", value.files)
        files.update(dict.fromkeys(value.files))
        if starred and isinstance(value.value, list | tuple):
            made.extend(value.value)
        elif starred:
            return Unknown("a starred value", tuple(files))
        else:
            made.append(value.value)
    whole: object = made if expr.kind == "list" else tuple(made)
    if expr.kind == "set":
        if not all(map(hashes, made)):
            return Unknown("a set that cannot be followed")
        whole = set(made)
    return Known(whole, tuple(files))


@evaluates(Op)
def _op(bound: Bound, expr: Op) -> Value:
    if expr.op in ("in", "not in") and isinstance(expr.operands[1], Ref) and bound.env:
        held = bound.env.get(expr.operands[1].name)
        if isinstance(held, Mapping):
            return _has_key(held, value_of(bound.other(expr.operands[0])), expr.op)
    values = [value_of(bound.other(one)) for one in expr.operands]
    if expr.op == "f" and any(prints_name(one, bound) for one in expr.operands):
        return Unknown("the text of an enum member")
    first = values[0]
    files = tuple(dict.fromkeys(file for one in values for file in one.files))
    if expr.op in ("and", "or"):
        for value in values[:-1]:
            if not isinstance(value, Known) or isinstance(value.value, Instance):
                return Unknown("a condition that cannot be told", files)
            if truth(value) is (expr.op == "or"):
                return value
        return values[-1]
    for value in values:
        if not isinstance(value, Known):
            return Unknown(value.why if isinstance(value, Unknown) else "an absent value", files)
    if expr.op == "%" and isinstance(first, Known) and isinstance(first.value, str):
        return percent(first.value, values[1].value, files)
    if expr.op == "|" and isinstance(first, Known) and isinstance(first.value, dict):
        return whole(mapping_of(bound))
    return apply(expr.op, [value.value for value in values], files)


def _has_key(held: Mapping, key: Value, op: str) -> Value:
    """`"queue" in options`, whatever the options are worth."""
    if not isinstance(key, Known) or not isinstance(key.value, str) or (held.open and key.value not in held.entries):
        return Unknown("a membership test that cannot be told", tuple(held.files))
    return Known((key.value in held.entries) == (op == "in"), tuple(held.files))


@evaluates(Cond)
def _cond(bound: Bound, expr: Cond) -> Value:
    test = truth(value_of(bound.other(expr.test)))
    if test is not None:
        return value_of(bound.other(expr.body if test else expr.orelse))
    body, orelse = value_of(bound.other(expr.body)), value_of(bound.other(expr.orelse))
    if isinstance(body, Known) and isinstance(orelse, Known) and body.value == orelse.value:
        return body
    return Unknown("a condition that cannot be told", tuple(dict.fromkeys(body.files + orelse.files)))


@evaluates(Item)
def _item(bound: Bound, expr: Item) -> Value:
    if isinstance(expr.index, Opaque):
        return part(value_of(bound.other(expr.of)), expr.index) or Unknown("a computed index")
    index = value_of(bound.other(expr.index))
    if not isinstance(index, Known):
        return Unknown("a computed index", index.files)
    of = value_of(bound.other(expr.of))
    if isinstance(of, Known) and isinstance(of.value, list | tuple) and isinstance(index.value, int):
        if -len(of.value) <= index.value < len(of.value):
            return Known(of.value[index.value], of.files)
        return Unknown("an index out of range")
    if not hashes(index.value):
        return Unknown("a computed index")
    mapping = mapping_of(bound.other(expr.of))
    entry = mapping.entries.get(index.value, ABSENT)
    if entry is ABSENT:
        return Unknown(mapping.open or "a missing key", tuple(mapping.files))
    value = value_of(entry)
    files = tuple(dict.fromkeys((*value.files, *mapping.files)))
    return Known(value.value, files, value.name) if isinstance(value, Known) else value
