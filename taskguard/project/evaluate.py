"""What an expression is worth, as far as the code says: through constants, enums, dicts and simple functions of the project."""

from __future__ import annotations

from taskguard.diagnostics import TOP
from taskguard.facts.model import (
    Attr,
    Binding,
    Call,
    Cond,
    Const,
    Dict,
    Expr,
    Item,
    Op,
    Opaque,
    Ref,
    Seq,
    Star,
)  # fmt: skip
from taskguard.project.changes import alternatives, changed
from taskguard.project.names import builtin
from taskguard.project.operators import apply
from taskguard.project.values import ABSENT, Instance, Known, Name, Unknown, Value, hashes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module
    from taskguard.project.names import Found
    from taskguard.project.project import Project

DEEPEST = 40
CONVERSIONS = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": set,
}


class Bound:
    """An expression and where it stands, so that its names can be told: module, scope, and the arguments of a followed call."""

    __slots__ = ("depth", "env", "expr", "module", "scope")

    def __init__(
        self,
        expr: Expr,
        module: Module,
        scope: str = "",
        env: dict[str, Bound | Value | Mapping] | None = None,
        depth: int = 0,
    ) -> None:
        self.expr = expr
        self.module = module
        self.scope = scope
        self.env = env
        self.depth = depth

    def other(self, expr: Expr) -> Bound:
        """Another expression in the same place."""
        return Bound(expr, self.module, self.scope, self.env, self.depth + 1)


class Mapping:
    """A dict that is partly known: its string-keyed (or other constant) entries, and why there may be more (`open`)."""

    __slots__ = ("entries", "files", "open")

    def __init__(self) -> None:
        self.entries: dict[object, Bound | Value | Mapping] = {}
        self.open = ""
        self.files: dict[str, None] = {}

    def copy(self) -> Mapping:
        made = Mapping()
        made.entries = dict(self.entries)
        made.open = self.open
        made.files = dict(self.files)
        return made

    def merge(self, other: Mapping) -> None:
        """`self.update(other)`: what an open other might overwrite is no longer known."""
        if other.open:
            for key in self.entries:
                self.entries[key] = Unknown(other.open)
            self.open = other.open
        self.entries.update(other.entries)
        self.files.update(other.files)


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


def value_of(bound: Bound | Value | Mapping) -> Value:
    """The value of an expression in its place."""
    if isinstance(bound, Mapping):
        return _whole(bound)
    if not isinstance(bound, Bound):
        return bound
    if exhausted(bound):
        return Unknown("too deep to follow")
    expr = bound.expr
    if isinstance(expr, Const):
        return Known(expr.value)
    if isinstance(expr, Ref):
        return _ref(bound, expr)
    if isinstance(expr, Call):
        return _call(bound, expr)
    if isinstance(expr, Seq):
        return _seq(bound, expr)
    if isinstance(expr, Dict):
        return _whole(_dict(bound, expr))
    if isinstance(expr, Op):
        return _op(bound, expr)
    if isinstance(expr, Cond):
        return _cond(bound, expr)
    if isinstance(expr, Item):
        return _item(bound, expr)
    if isinstance(expr, Attr):
        return Unknown("an attribute of a computed value")
    if isinstance(expr, Star):
        return Unknown("a starred value")
    return Unknown(f"a {expr.kind}" if isinstance(expr, Opaque) else "an expression")


def exhausted(bound: Bound) -> bool:
    """Whether an expression is nested too deep, or all that led to it was too much already."""
    project = bound.module.project
    if bound.depth == 0:
        project.effort = 0
    return bound.depth > DEEPEST or project.spent()


def _whole(mapping: Mapping) -> Value:
    """The mapping as a dict, Unknown as soon as one entry is."""
    if mapping.open:
        return Unknown(mapping.open, tuple(mapping.files))
    made: dict[object, object] = {}
    files = dict(mapping.files)
    for key, entry in mapping.entries.items():
        value = value_of(entry)
        if not isinstance(value, Known):
            return Unknown(value.why if isinstance(value, Unknown) else "an absent value", tuple(files))
        made[key] = value.value
        files.update(dict.fromkeys(value.files))
    return Known(made, tuple(files))


def _ref(bound: Bound, expr: Ref) -> Value:
    first, _, rest = expr.name.partition(".")
    if bound.env is not None and first in bound.env:
        if rest:
            return value_of(bound.env.get(expr.name, Unknown("an attribute of an argument")))
        return value_of(bound.env[first])
    if expr.name == "__name__" and bound.module.name:
        return Known(bound.module.name, (bound.module.path,))
    found = bound.module.find(expr.name, bound.scope)
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


BUILTINS = frozenset(
    "Exception BaseException ValueError TypeError KeyError RuntimeError OSError IOError ConnectionError TimeoutError LookupError"
    " AttributeError IndexError NotImplementedError AssertionError ArithmeticError ZeroDivisionError object str int float"
    " bool dict list tuple set frozenset bytes type StopIteration PermissionError FileNotFoundError ConnectionResetError"
    " ConnectionRefusedError ConnectionAbortedError BrokenPipeError ImportError MemoryError EOFError UnicodeDecodeError"
    " UnicodeError UnicodeEncodeError RecursionError InterruptedError ModuleNotFoundError BlockingIOError Warning".split()
)


def symbol_value(module: Module, path: str, depth: int, files: tuple[str, ...] = ()) -> Value:
    """The value of the definition `path` in `module`: a class or function by name, a constant by its value."""
    via = tuple(dict.fromkeys((*files, module.path)))
    dotted = f"{module.name}.{path}"
    first, _, rest = path.partition(".")
    entry = module.entry(first)
    if not isinstance(entry, Binding) or depth > DEEPEST:
        return Unknown("a name that cannot be followed", via, dotted)
    if entry.kind == "class":
        from taskguard.project.members import class_member

        return class_member(module, first, rest, depth, via) if rest else Known(Name(dotted), via, dotted)
    if rest:
        return Unknown("an attribute of a value", via, dotted)
    if entry.kind == "function":
        return Known(Name(dotted), via, dotted)
    bindings = alternatives(module, first)
    if any(isinstance(one.value, Dict) for one in bindings):
        values = [_whole(mapping_of(Bound(Ref(first, entry.span), module, "", None, depth + 1)))]
    elif changed(module, first):
        values = []
    else:
        values = [bound_value(module, one, depth, via) for one in bindings]
    if not values or not all(one == values[0] for one in values):
        return Unknown("it is set in several places", via, dotted)
    value = values[0]
    merged = tuple(dict.fromkeys((*via, *value.files)))
    if isinstance(value, Known):
        return Known(value.value, merged, value.name or dotted)
    return Unknown(value.why if isinstance(value, Unknown) else "no value", merged, value.name or dotted)


def bound_value(module: Module, entry: Binding, depth: int, via: tuple[str, ...]) -> Value:
    """The value that a binding gives."""
    if entry.value is None:
        return Unknown("a value that cannot be followed", via)
    return value_of(Bound(entry.value, module, entry.scope, None, depth + 1))


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


def _dict(bound: Bound, expr: Dict) -> Mapping:
    made = Mapping()
    for key, value in expr.items:
        if key is None:
            made.merge(mapping_of(bound.other(value)))
            continue
        known = value_of(bound.other(key))
        if isinstance(known, Known) and hashes(known.value) and not isinstance(known.value, Instance):
            made.entries[known.value] = bound.other(value)
        else:
            made.open = "a computed key"
    return made


def _opened(why: str, files: tuple[str, ...] = ()) -> Mapping:
    made = Mapping()
    made.open = why
    made.files = dict.fromkeys(files)
    return made


def mapping_of(bound: Bound | Value | Mapping) -> Mapping:
    """The dict that an expression is, as far as it can be told; `open` says why there may be more in it."""
    from taskguard.project.mappings import mapping

    return mapping(bound)


def _call(bound: Bound, expr: Call) -> Value:
    from taskguard.project.calls import called

    return called(bound, expr)


def _op(bound: Bound, expr: Op) -> Value:
    if expr.op in ("in", "not in") and isinstance(expr.operands[1], Ref) and bound.env:
        whole = bound.env.get(expr.operands[1].name)
        if isinstance(whole, Mapping):
            return _has_key(whole, value_of(bound.other(expr.operands[0])), expr.op)
    values = [value_of(bound.other(one)) for one in expr.operands]
    if expr.op == "f":
        from taskguard.project.members import prints_name

        if any(prints_name(one, bound) for one in expr.operands):
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
        from taskguard.project.texts import percent

        return percent(first.value, values[1].value, files)
    if expr.op == "|" and isinstance(first, Known) and isinstance(first.value, dict):
        return _whole(mapping_of(bound))
    return apply(expr.op, [value.value for value in values], files)


def _has_key(whole: Mapping, key: Value, op: str) -> Value:
    """`"queue" in options`, whatever the options are worth."""
    if not isinstance(key, Known) or not isinstance(key.value, str) or (whole.open and key.value not in whole.entries):
        return Unknown("a membership test that cannot be told", tuple(whole.files))
    return Known((key.value in whole.entries) == (op == "in"), tuple(whole.files))


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that cannot be told."""
    if isinstance(value, Known):
        return True if isinstance(value.value, Name | Instance) else bool(value.value)
    return None


def _cond(bound: Bound, expr: Cond) -> Value:
    test = truth(value_of(bound.other(expr.test)))
    if test is not None:
        return value_of(bound.other(expr.body if test else expr.orelse))
    body, orelse = value_of(bound.other(expr.body)), value_of(bound.other(expr.orelse))
    if isinstance(body, Known) and isinstance(orelse, Known) and body.value == orelse.value:
        return body
    return Unknown("a condition that cannot be told", tuple(dict.fromkeys(body.files + orelse.files)))


def _item(bound: Bound, expr: Item) -> Value:
    if isinstance(expr.index, Opaque):
        from taskguard.project.texts import part

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
