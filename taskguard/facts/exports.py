"""What a module says it exports: `__all__` in every usual form, and a PEP 562 `__getattr__` over a table."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import Converter, dotted
from taskguard.facts.model import Binding, Const, Dict, Export, Seq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import ExportKind


class ExportReader:
    """Reads the module level statements that build `__all__`."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._parts: list[Export] | None = None
        self._before: list[Export] = []

    def result(self) -> tuple[Export, ...] | None:
        """The pieces of `__all__` in order, or None where the module has none."""
        return None if self._parts is None else tuple(self._parts)

    def statement(self, node: ast.stmt) -> bool:
        """Whether `node` builds `__all__`; it is then read."""
        if isinstance(node, ast.Assign):
            if len(node.targets) == 1 and _is_all(node.targets[0]):
                self._begin(node.value)
                return True
        elif isinstance(node, ast.AnnAssign):
            if _is_all(node.target) and node.value is not None:
                self._begin(node.value)
                return True
        elif isinstance(node, ast.AugAssign):
            if _is_all(node.target):
                self._read(node.value)
                return True
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return self._method(node.value)
        return False

    def elsewhere(self, node: ast.Expr) -> None:
        """Reads a statement of a function: one that changes `__all__` makes the rest of it Unknown."""
        if isinstance(node.value, ast.Call):
            func = node.value.func
            if isinstance(func, ast.Attribute) and _is_all(func.value):
                self._add("unknown", "", node.value)

    def _begin(self, value: ast.expr) -> None:
        self._before, self._parts = self._parts or [], []
        self._read(value)

    def _method(self, node: ast.Call) -> bool:
        func = node.func
        if not (isinstance(func, ast.Attribute) and _is_all(func.value)):
            return False
        if func.attr == "extend" and len(node.args) == 1:
            self._read(node.args[0])
        elif func.attr == "append" and len(node.args) == 1:
            self._name(node.args[0])
        elif func.attr == "remove" and len(node.args) == 1:
            self._name(node.args[0], "removed")
        elif func.attr not in ("sort", "reverse"):
            self._add("unknown", "", node)
        return True

    def _read(self, node: ast.expr) -> None:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            for item in node.elts:
                if isinstance(item, ast.Starred):
                    self._read(item.value)
                else:
                    self._name(item)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            self._read(node.left)
            self._read(node.right)
        elif isinstance(node, ast.Call) and dotted(node.func) in ("list", "tuple", "sorted", "set") and node.args:
            self._read(node.args[0])
        elif isinstance(node, ast.Name) and node.id == "__all__":
            self._parts = [*(self._parts or ()), *self._before]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "split"
            and not node.args
        ):
            self._words(node)
        elif dotted(node).endswith(".__all__"):
            self._add("all-of", dotted(node).removesuffix(".__all__"), node)
        else:
            self._add("unknown", "", node)

    def _words(self, node: ast.Call) -> None:
        """`"a b c".split()`."""
        text = node.func.value if isinstance(node.func, ast.Attribute) else node
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            for word in text.value.split():
                self._add("name", word, node)
        else:
            self._add("unknown", "", node)

    def _name(self, node: ast.expr, kind: ExportKind = "name") -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self._add(kind, node.value, node)
        elif isinstance(node, ast.Attribute) and node.attr == "__name__" and dotted(node.value):
            self._add(kind, dotted(node.value).rpartition(".")[2], node)
        else:
            self._add("unknown", dotted(node) if kind == "name" else "", node)

    def _add(self, kind: ExportKind, value: str, node: ast.expr) -> None:
        if self._parts is None:
            self._parts = []
        self._parts.append(Export(kind, value, self._converter.span(node)))


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def served_names(tree: ast.Module, bindings: list[Binding]) -> tuple[str, ...] | None:
    """The names that a module level `__getattr__` serves: empty without one, None where they cannot be told."""
    function = next(
        (one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "__getattr__"),
        None,
    )
    if function is None:
        if any(one.name == "__getattr__" for one in bindings):
            return None
        return ()
    tables = {one.name: _keys(one) for one in bindings if one.kind == "variable"}
    names: dict[str, None] = {}
    raises = False
    for node in ast.walk(function):
        if isinstance(node, ast.Raise):
            raises = True
        elif isinstance(node, ast.Call) and _asks_at_run_time(node):
            return None
        elif isinstance(node, ast.Name) and tables.get(node.id):
            names.update(dict.fromkeys(tables[node.id] or ()))
        elif isinstance(node, ast.Compare) and len(node.comparators) == 1:
            if isinstance(node.ops[0], ast.In | ast.NotIn) and not _is_read(node.comparators[0], tables):
                return None  # `if name in __all__`
            names.update(dict.fromkeys(_compared(node.comparators[0])))
    return tuple(names) if raises and names and not _hands_on(function) else None


def _is_read(node: ast.expr, tables: dict[str, tuple[str, ...]]) -> bool:
    """Whether the names among which one is looked for are known."""
    if isinstance(node, ast.Name):
        return bool(tables.get(node.id))
    return isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Constant)


def _hands_on(function: ast.FunctionDef) -> bool:
    """Whether a `__getattr__` asks another module for whatever name it is given, without a look at the name before."""
    asked = {one.arg for one in function.args.args}
    for statement in function.body:
        if isinstance(statement, ast.If) and any(
            isinstance(one, ast.Name) and one.id in asked for one in ast.walk(statement.test)
        ):
            if any(isinstance(one, ast.NotIn | ast.NotEq) for one in ast.walk(statement.test)):
                return False  # `if name not in TABLE: raise AttributeError(name)`
            continue
        for one in ast.walk(statement):
            if isinstance(one, ast.Subscript | ast.Compare):
                return False  # `TABLE[name]`
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "get":
                return False
            if isinstance(one, ast.Call) and dotted(one.func) == "getattr" and len(one.args) > 1:
                name = one.args[1]
                if isinstance(name, ast.Name) and name.id in asked:
                    return True
    return False


def _asks_at_run_time(node: ast.Call) -> bool:
    """Whether a `__getattr__` looks elsewhere than in a table: `hasattr(module, name)`, `name.startswith("x")`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in ("startswith", "endswith", "match", "fullmatch")
    return dotted(node.func) == "hasattr"


def _keys(binding: Binding) -> tuple[str, ...]:
    value = binding.value
    items = [key for key, _ in value.items] if isinstance(value, Dict) else []
    if isinstance(value, Seq):
        items = list(value.items)
    if not items or not all(isinstance(item, Const) and isinstance(item.value, str) for item in items):
        return ()
    return tuple(item.value for item in items if isinstance(item, Const) and isinstance(item.value, str))


def _compared(node: ast.expr) -> tuple[str, ...]:
    items = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return tuple(item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str))
