"""An expression in its place, and what asks for its value. How each kind of expression is evaluated, the modules beside this one declare."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Const, Expr, Opaque, Star
from taskguard.project.python.values import Instance, Known, Name, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.project.python.project import Module

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


BUILTINS = frozenset(
    "Exception BaseException ValueError TypeError KeyError RuntimeError OSError IOError ConnectionError TimeoutError LookupError"
    " AttributeError IndexError NotImplementedError AssertionError ArithmeticError ZeroDivisionError object str int float"
    " bool dict list tuple set frozenset bytes type StopIteration PermissionError FileNotFoundError ConnectionResetError"
    " ConnectionRefusedError ConnectionAbortedError BrokenPipeError ImportError MemoryError EOFError UnicodeDecodeError"
    " UnicodeError UnicodeEncodeError RecursionError InterruptedError ModuleNotFoundError BlockingIOError Warning".split()
)


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


# How each kind of expression is evaluated and which entries it has as a dict; filled by `evaluates` and `maps` when `evaluate` is imported.
EVALUATORS: dict[type[Expr], Callable[[Bound, Any], Value]] = {}
MAPPINGS: dict[type[Expr], Callable[[Bound, Any], Mapping]] = {}


def evaluates(*kinds: type[Expr]) -> Callable[[Callable[[Bound, Any], Value]], Callable[[Bound, Any], Value]]:
    """Declares a function as that which evaluates these kinds of expressions."""

    def declare(work: Callable[[Bound, Any], Value]) -> Callable[[Bound, Any], Value]:
        EVALUATORS.update(dict.fromkeys(kinds, work))
        return work

    return declare


def maps(*kinds: type[Expr]) -> Callable[[Callable[[Bound, Any], Mapping]], Callable[[Bound, Any], Mapping]]:
    """Declares a function as that which says which entries these kinds of expressions have as dicts."""

    def declare(work: Callable[[Bound, Any], Mapping]) -> Callable[[Bound, Any], Mapping]:
        MAPPINGS.update(dict.fromkeys(kinds, work))
        return work

    return declare


def value_of(bound: Bound | Value | Mapping) -> Value:
    """The value of an expression in its place."""
    if isinstance(bound, Mapping):
        return whole(bound)
    if not isinstance(bound, Bound):
        return bound
    if exhausted(bound):
        return Unknown("too deep to follow")
    expr = bound.expr
    if isinstance(expr, Const):
        return Known(expr.value)
    evaluator = EVALUATORS.get(type(expr))
    if evaluator is not None:
        return evaluator(bound, expr)
    if isinstance(expr, Attr):
        return Unknown("an attribute of a computed value")
    if isinstance(expr, Star):
        return Unknown("a starred value")
    return Unknown(f"a {expr.kind}" if isinstance(expr, Opaque) else "an expression")


def mapping_of(bound: Bound | Value | Mapping) -> Mapping:
    """The dict that an expression is, as far as it can be told; `open` says why there may be more in it."""
    if isinstance(bound, Mapping):
        return bound
    if isinstance(bound, Known):
        if not isinstance(bound.value, dict):
            return opened("no dict", bound.files)
        made = Mapping()
        made.entries = {key: Known(value) for key, value in bound.value.items()}
        made.files = dict.fromkeys(bound.files)
        return made
    if not isinstance(bound, Bound):
        return opened(bound.why if isinstance(bound, Unknown) else "no value", bound.files)
    if exhausted(bound):
        return opened("too deep to follow")
    expr = bound.expr
    reader = MAPPINGS.get(type(expr))
    if reader is not None:
        return reader(bound, expr)
    if isinstance(expr, Const) and expr.value is None:
        return Mapping()
    return opened("a value that cannot be followed")


def bound_value(module: Module, entry: Binding, depth: int, via: tuple[str, ...]) -> Value:
    """The value that a binding gives."""
    if entry.value is None:
        return Unknown("a value that cannot be followed", via)
    return value_of(Bound(entry.value, module, entry.scope, None, depth + 1))


def exhausted(bound: Bound) -> bool:
    """Whether an expression is nested too deep, or all that led to it was too much already."""
    project = bound.module.project
    if bound.depth == 0:
        project.effort = 0
    return bound.depth > DEEPEST or project.spent()


def whole(mapping: Mapping) -> Value:
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


def opened(why: str, files: tuple[str, ...] = ()) -> Mapping:
    made = Mapping()
    made.open = why
    made.files = dict.fromkeys(files)
    return made


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that cannot be told."""
    if isinstance(value, Known):
        return True if isinstance(value.value, Name | Instance) else bool(value.value)
    return None
