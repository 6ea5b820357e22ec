"""The one walk over a file's tree: statements and definitions here, expressions in `scan`, function bodies in `steps`."""

from __future__ import annotations

import ast

from taskguard.diagnostics import Span
from taskguard.facts.expressions import Converter, dotted
from taskguard.facts.model import Assign, Binding, Class, Const, Function, Import, Logic
from taskguard.facts.scan import Frame, Scanner, child_name, place_of
from taskguard.facts.signatures import parameters
from taskguard.facts.steps import steps
from taskguard.facts.trying import minds_imports
from taskguard.record import maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.facts.exports import ExportReader
    from taskguard.facts.model import BindingKind, Expr, Guard, Holder

_assign, _binding = maker(Assign), maker(Binding)
IMPORT_NODES = (ast.Import, ast.ImportFrom)
SEQUENCES, HELD = (ast.Tuple, ast.List), (ast.Call, ast.Dict)
FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef)


class Walker(Scanner):
    """Collects the facts of one tree. Use `module` once."""

    def __init__(self, converter: Converter) -> None:
        super().__init__(converter)
        self.imports: list[Import] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.assigns: list[Assign] = []
        self.logic: list[Logic] = []
        self._class_bindings: list[Binding] = []
        self._exports: ExportReader | None = None

    def module(self, tree: ast.Module, exports: ExportReader) -> None:
        self._exports = exports
        self._body(tree.body)

    # -- statements -------------------------------------------------------------------------------------------------

    def _body(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            handler = STATEMENTS.get(type(node))
            if handler is not None:
                handler(self, node)
            else:
                self._plain(node)

    def _plain(self, node: ast.stmt) -> None:
        self._log(type(node).__name__.lower(), node)
        for child in ast.iter_child_nodes(node):
            self._scan(child)

    def _log(self, kind: str, node: ast.stmt) -> None:
        if self._frame.holder == "module" and not isinstance(node, ast.Pass):
            self.logic.append(Logic(kind, self.converter.span(node)))

    def _under(self, guard: Guard, nodes: list[ast.stmt]) -> None:
        before = self._guard
        # A branch within a `try` that minds imports is minded as well.
        self._guard = before if guard == "if" and before else guard or before
        self._body(nodes)
        self._guard = before

    def _if(self, node: ast.If) -> None:
        if dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            self._under("type_checking", node.body)
            self._under("", node.orelse)
            return
        self._log("if", node)
        self._scan(node.test)
        self._under("if", node.body)
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):  # an `elif` chain may be long
            node = node.orelse[0]
            self._scan(node.test)
            self._under("if", node.body)
        self._under("if", node.orelse)

    def _try(self, node: Any) -> None:
        handlers = [statement for handler in node.handlers for statement in handler.body]
        if not all(isinstance(one, (*IMPORT_NODES, ast.Pass, ast.Assign)) for one in [*node.body, *handlers]):
            self._log("try", node)
        self._under("try" if self._frame.holder != "function" or minds_imports(node) else "", node.body)
        for handler in node.handlers:
            self._scan(handler.type)
            if handler.name:
                self._bind_local(handler.name)
            self._under("except", handler.body)
        self._under("try", node.orelse)
        self._under("", node.finalbody)

    def _with(self, node: Any) -> None:
        names: tuple[str, ...] = ()
        self._awaiting(type(node) is ast.AsyncWith)
        for item in node.items:
            around = self._context
            self._context = around + names  # the items before it are entered by then
            self._scan(item.context_expr)
            self._context = around
            called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
            name = dotted(called)
            if name:
                self._frame.calls[name] = None
                names += ("with:" + name,)
            if item.optional_vars is not None:
                self._target(item.optional_vars, None, node)
        suppressed = any(name in ("with:suppress", "with:contextlib.suppress") for name in names)  # as good as a `try`
        self._log("try" if suppressed else "with", node)
        before = self._guard
        expected = any(name.endswith(("raises", "assertRaises")) for name in names)  # a test that wants the failure
        self._guard = "try" if suppressed or expected else before
        self._inside(names, node.body)
        self._guard = before

    def _loop(self, node: Any) -> None:
        self._log("loop", node)
        self._awaiting(type(node) is ast.AsyncFor)
        if isinstance(node, ast.While):
            self._scan(node.test)
        else:
            self._scan(node.iter)
            self._target(node.target, None, node)
        self._inside(("while" if isinstance(node, ast.While) else "for",), node.body)
        self._body(node.orelse)

    def _awaiting(self, waits: bool) -> None:
        self.awaits = self.awaits or (waits and self._frame.plain)

    def _inside(self, names: tuple[str, ...], nodes: list[ast.stmt]) -> None:
        before = self._context
        self._context = before + names
        self._body(nodes)
        self._context = before

    def _match(self, node: Any) -> None:
        self._log("match", node)
        self._scan(node.subject)
        for case in node.cases:
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    self._bind(name, "variable", part, None, "")
            self._scan(case.guard)
            self._under("if", case.body)

    def _import(self, node: Any) -> None:
        module = ""
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
        frame = self._frame
        for alias in node.names:
            span = self.converter.span(alias)
            if isinstance(node, ast.ImportFrom):
                bound = "" if alias.name == "*" else alias.asname or alias.name
                made = Import(module, alias.name, bound, span, frame.qualname, self._guard)
            else:
                bound = alias.asname or alias.name.partition(".")[0]
                made = Import(alias.name, None, bound, span, frame.qualname, self._guard)
                if alias.asname:
                    made = Import(alias.name, "", bound, span, frame.qualname, self._guard)
            self.imports.append(made)

    def _expression(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        if self._exports_statement(node):
            return
        if isinstance(node.value, ast.Call):
            self._log("call", node)
        else:
            self._log("expression", node)
        self._scan(node.value)

    def _exports_statement(self, node: ast.stmt) -> bool:
        if self._exports is None:
            return False
        if self._frame.holder == "module":
            return self._exports.statement(node)
        if type(node) is ast.Expr:
            self._exports.elsewhere(node)
        return False

    def _assign(self, node: ast.Assign) -> None:
        if self._exports_statement(node):
            self._bind("__all__", "variable", node, None, "")
            return
        self._scan(node.value)
        for target in node.targets:
            self._target(target, node.value, node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            if self._exports_statement(node):
                self._bind("__all__", "variable", node, None, "")
                return
            self._scan(node.value)
        if isinstance(node.target, ast.Name):
            if node.value is not None or self._frame.holder == "class":
                self._bind(node.target.id, "variable", node, node.value, annotation(node.annotation))
        elif node.value is not None:
            self._target(node.target, node.value, node)

    def _augmented(self, node: ast.AugAssign) -> None:
        if self._exports_statement(node):
            return
        self._log("augmented", node)
        self._scan(node.value)
        op = {"Add": "+=", "BitOr": "|="}.get(type(node.op).__name__, "?=")
        if not isinstance(node.target, ast.Name):
            self._scan(node.target)
        self._assigned(node.target, op, node.value)

    def _type_alias(self, node: Any) -> None:
        self._bind(node.name.id, "variable", node, node.value, "")

    def _global(self, node: ast.Global) -> None:
        if self._frame.holder == "function":
            self._frame.globals.update(node.names)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, "deleted", node, None, "")
            else:
                self._scan(target)
                self._assigned(target, "del", ast.copy_location(ast.Constant(None), target))

    def _target(self, target: ast.expr, value: ast.expr | None, node: ast.stmt) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, "variable", node, value, "")
        elif isinstance(target, SEQUENCES):
            for at, item in enumerate(target.elts):
                self._target(item, place_of(target, value, at) if self._frame.holder == "module" else None, node)
        elif isinstance(target, ast.Starred):
            self._target(target.value, None, node)
        else:
            self._scan(target)
            if value is not None:
                self._assigned(target, "=", value)

    def _assigned(self, target: ast.expr, op: str, value: ast.expr) -> None:
        convert = self.converter.convert
        self.assigns.append(_assign((convert(target), op, convert(value), self._frame.qualname, self._guard)))

    def _bind(self, name: str, kind: BindingKind, node: Any, value: ast.expr | None, written: str) -> None:
        frame = self._frame
        if name in frame.globals:
            self._assigned(
                ast.copy_location(ast.Name(name), node),
                "=" if value else "?=",
                value or ast.copy_location(ast.Constant(None), node),
            )
            made = Binding(name, "variable", self.converter.span(node), None, "", "", "if")
            self.bindings.append(made)
            return
        if frame.holder == "function":
            frame.locals[name] = None
            if kind == "variable" and isinstance(value, HELD):
                self._assigned(ast.copy_location(ast.Name(name), node), "=", value)
            return
        converted = None if value is None else self.converter.convert(value)
        made = _binding((name, kind, self.converter.span(node), converted, written, frame.qualname, self._guard))
        (self._class_bindings if frame.holder == "class" else self.bindings).append(made)

    def _bind_local(self, name: str) -> None:
        if self._frame.holder == "function":
            self._frame.locals[name] = None

    # -- definitions ------------------------------------------------------------------------------------------------

    def _function(self, node: Any) -> None:
        outer = self._frame
        qualname = child_name(outer, node.name)
        self._define(node, "function")
        arguments = node.args
        for default in (*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)):
            self._scan(default)
        inner = self._enter(qualname, "function", node.body, plain=type(node) is ast.FunctionDef)
        params = parameters(self.converter, arguments)
        for name in inner.calls:
            outer.calls[name] = None
        self.functions.append(
            Function(
                qualname,
                node.name,
                self.converter.span(node),
                max(node.body[0].lineno - 1, node.lineno),
                tuple([self.converter.convert(one) for one in node.decorator_list]),
                params,
                isinstance(node, ast.AsyncFunctionDef),
                inner.generator,
                outer.holder,
                self._guard,
                steps(self.converter, node.body, outer.holder),
                tuple(inner.calls),
                tuple({**{param.name: None for param in params}, **inner.locals}),
            )
        )

    def _class(self, node: ast.ClassDef) -> None:
        outer = self._frame
        qualname = child_name(outer, node.name)
        self._define(node, "class")
        for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
            self._scan(base)
        before = self._class_bindings
        attributes: list[Binding] = []
        self._class_bindings = attributes
        inner = self._enter(qualname, "class", node.body)
        self._class_bindings = before
        for name in inner.calls:
            outer.calls[name] = None
        self.classes.append(
            Class(
                qualname,
                node.name,
                self.converter.span(node),
                max(node.body[0].lineno - 1, node.lineno),
                tuple([self.converter.convert(one) for one in node.decorator_list]),
                tuple([self.converter.convert(base) for base in node.bases]),
                self.converter.keywords(node.keywords),
                tuple(attributes),
                tuple(one.name for one in node.body if isinstance(one, FUNCTION_NODES)),
                outer.holder,
                self._guard,
            )
        )

    def _define(self, node: Any, kind: BindingKind) -> None:
        for decorator in node.decorator_list:
            name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
            self._scan(decorator)
            if name:
                self._frame.calls[name] = None
        frame = self._frame
        if frame.holder == "function":
            frame.locals[node.name] = None
            return
        made = Binding(node.name, kind, self.converter.span(node), None, "", frame.qualname, self._guard)
        (self._class_bindings if frame.holder == "class" else self.bindings).append(made)

    def _enter(self, qualname: str, holder: Holder, body: list[ast.stmt], *, plain: bool = False) -> Frame:
        outer, context, guard = self._frame, self._context, self._guard
        self._frame = inner = Frame(qualname, holder, plain=plain)
        later = guard == "try" and holder == "function" and "<locals>" not in qualname  # it runs when that is over
        self._context, self._guard = (), "" if later else guard
        self._body(body)
        self._frame, self._context, self._guard = outer, context, guard
        return inner


def annotation(node: ast.expr) -> str:
    """The annotation's leading name: `Final` for `Final[str]`."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return dotted(node)


def text_of(expr: Expr | None) -> str | None:
    """The string that a literal is, else None."""
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else None


STATEMENTS: dict[type, Callable[[Walker, Any], None]] = {
    ast.If: Walker._if,
    ast.Try: Walker._try,
    ast.With: Walker._with,
    ast.AsyncWith: Walker._with,
    ast.For: Walker._loop,
    ast.AsyncFor: Walker._loop,
    ast.While: Walker._loop,
    ast.Match: Walker._match,
    ast.Import: Walker._import,
    ast.ImportFrom: Walker._import,
    ast.Expr: Walker._expression,
    ast.Assign: Walker._assign,
    ast.AnnAssign: Walker._annotated,
    ast.AugAssign: Walker._augmented,
    ast.Delete: Walker._delete,
    ast.Global: Walker._global,
    ast.FunctionDef: Walker._function,
    ast.AsyncFunctionDef: Walker._function,
    ast.ClassDef: Walker._class,
}
if hasattr(ast, "TypeAlias"):
    STATEMENTS[ast.TypeAlias] = Walker._type_alias
if hasattr(ast, "TryStar"):
    STATEMENTS[ast.TryStar] = Walker._try

__all__ = ["Span", "Walker", "text_of"]
