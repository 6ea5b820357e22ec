"""The one walk over a file's tree: statements here, expressions in `expressions`, function bodies in `steps`."""

from __future__ import annotations

import ast

from taskguard.diagnostics import Span
from taskguard.facts.expressions import Converter, dotted
from taskguard.facts.model import (
    Assign,
    Binding,
    CallSite,
    Class,
    Const,
    Dict,
    Function,
    Import,
    Item,
    Logic,
    Lookup,
    TaskDict,
)  # fmt: skip
from taskguard.facts.signatures import parameters
from taskguard.facts.steps import steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.facts.exports import ExportReader
    from taskguard.facts.model import Expr

# The last part of the names whose calls are kept with their arguments. General on purpose: what a call means is settled by
# resolving its name, in the project.
KEPT_CALLS = frozenset(
    """
    Celery PeriodicTask Signature Queue add_defaults add_periodic_task apply apply_async apply_async_on_commit autodiscover_tasks
    bulk_create chain chord chunks config_from_envvar config_from_object connect create crontab delattr delay delay_on_commit dict get get_or_create
    gen_task_name getattr group import_module link map multiple object on_commit patch pop register register_task
    retry s send_task setattr setdefault shared_task si signature starmap subtask task update update_or_create warn
    """.split()
)
# Calls that change a list; kept where a module makes its constants.
LIST_CALLS = frozenset(("append", "extend", "insert"))

IMPORT_NODES = (ast.Import, ast.ImportFrom)
FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef)


class Frame:
    """The function or class that the walk is in."""

    __slots__ = ("calls", "generator", "holder", "locals", "qualname")

    def __init__(self, qualname: str, holder: str) -> None:
        self.qualname = qualname
        self.holder = holder
        self.calls: dict[str, None] = {}
        self.locals: dict[str, None] = {}
        self.generator = False


class Walker:
    """Collects the facts of one tree. Use `module` once."""

    def __init__(self, converter: Converter) -> None:
        self.converter = converter
        self.imports: list[Import] = []
        self.bindings: list[Binding] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.calls: list[CallSite] = []
        self.assigns: list[Assign] = []
        self.task_dicts: list[TaskDict] = []
        self.lookups: list[Lookup] = []
        self.logic: list[Logic] = []
        self._frame = Frame("", "module")
        self._guard = ""
        self._context: tuple[str, ...] = ()
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
        if self._frame.holder == "module" and not isinstance(node, ast.Pass | ast.Global):
            self.logic.append(Logic(kind, self.converter.span(node)))

    def _under(self, guard: str, nodes: list[ast.stmt]) -> None:
        before = self._guard
        self._guard = guard or before
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
        self._under("if", node.orelse)

    def _try(self, node: Any) -> None:
        handlers = [statement for handler in node.handlers for statement in handler.body]
        if not all(isinstance(one, (*IMPORT_NODES, ast.Pass, ast.Assign)) for one in [*node.body, *handlers]):
            self._log("try", node)
        self._under("try", node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self._scan(handler.type)
            if handler.name:
                self._bind_local(handler.name)
            self._under("except", handler.body)
        self._under("try", node.orelse)
        self._under("", node.finalbody)

    def _with(self, node: Any) -> None:
        self._log("with", node)
        names: tuple[str, ...] = ()
        for item in node.items:
            self._scan(item.context_expr)
            called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
            name = dotted(called)
            if name:
                self._frame.calls[name] = None
                names += ("with:" + name,)
            if item.optional_vars is not None:
                self._target(item.optional_vars, None, node)
        self._inside(names, node.body)

    def _loop(self, node: Any) -> None:
        self._log("loop", node)
        if isinstance(node, ast.While):
            self._scan(node.test)
        else:
            self._scan(node.iter)
            self._target(node.target, None, node)
        self._inside(("while" if isinstance(node, ast.While) else "for",), node.body)
        self._body(node.orelse)

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
                name = getattr(part, "name", None)
                if isinstance(name, str):
                    self._bind_local(name)
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
        return self._frame.holder == "module" and self._exports is not None and self._exports.statement(node)

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
        self._assigned(node.target, op, node.value)

    def _type_alias(self, node: Any) -> None:
        self._bind(node.name.id, "variable", node, node.value, "")

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, "deleted", node, None, "")

    def _target(self, target: ast.expr, value: ast.expr | None, node: ast.stmt) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, "variable", node, value, "")
        elif isinstance(target, ast.Tuple | ast.List):
            for item in target.elts:
                self._target(item, None, node)
        elif isinstance(target, ast.Starred):
            self._target(target.value, None, node)
        else:
            self._scan(target)
            if value is not None:
                self._assigned(target, "=", value)

    def _assigned(self, target: ast.expr, op: str, value: ast.expr) -> None:
        convert = self.converter.convert
        self.assigns.append(Assign(convert(target), op, convert(value), self._frame.qualname, self._guard))

    def _bind(self, name: str, kind: str, node: Any, value: ast.expr | None, written: str) -> None:
        frame = self._frame
        if frame.holder == "function":
            frame.locals[name] = None
            if kind == "variable" and isinstance(value, ast.Call | ast.Dict):
                self._assigned(ast.copy_location(ast.Name(name), node), "=", value)
            return
        converted = None if value is None else self.converter.convert(value)
        made = Binding(name, kind, self.converter.span(node), converted, written, frame.qualname, self._guard)
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
        inner = self._enter(qualname, "function", node.body)
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

    def _define(self, node: Any, kind: str) -> None:
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

    def _enter(self, qualname: str, holder: str, body: list[ast.stmt]) -> Frame:
        outer, context = self._frame, self._context
        self._frame = inner = Frame(qualname, holder)
        self._context = ()
        self._body(body)
        self._frame, self._context = outer, context
        return inner

    # -- expressions ------------------------------------------------------------------------------------------------

    def _scan(self, root: ast.AST) -> None:
        """Looks for the calls, names and dict literals below `root` that facts keep."""
        frame = self._frame
        stack = [root]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind is ast.Name or kind is ast.Constant:
                if kind is ast.Name and type(node.ctx) is ast.Store:  # type: ignore[attr-defined]
                    frame.locals[node.id] = None  # type: ignore[attr-defined]
                continue
            if kind is ast.Call:
                self._call(node)  # type: ignore[arg-type]
            elif kind is ast.Dict:
                self._task_dict(node)  # type: ignore[arg-type]
            elif kind is ast.Subscript:
                self._lookup(node)  # type: ignore[arg-type]
            elif kind is ast.Yield or kind is ast.YieldFrom:
                frame.generator = True
            stack.extend(reversed(list(ast.iter_child_nodes(node))))

    def _call(self, node: ast.Call) -> None:
        func = node.func
        name = dotted(func)
        if name:
            self._frame.calls[name] = None
        last = func.attr if isinstance(func, ast.Attribute) else name
        if last in KEPT_CALLS or isinstance(func, ast.Call) or (last in LIST_CALLS and self._frame.holder == "module"):
            made = CallSite(self.converter.call(node), self._frame.qualname, self._guard, self._context)
            self.calls.append(made)

    def _task_dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "task" and not isinstance(value, ast.Dict):
                literal = self.converter.convert(node)
                if isinstance(literal, Dict):
                    self.task_dicts.append(TaskDict(literal, self._frame.qualname, self._guard))
                return

    def _lookup(self, node: ast.Subscript) -> None:
        of, index = node.value, node.slice
        if isinstance(of, ast.Attribute) and of.attr == "tasks" and isinstance(index, ast.Constant) and isinstance(index.value, str):
            item = self.converter.convert(node)
            if isinstance(item, Item):
                self.lookups.append(Lookup(item, self._frame.qualname, self._guard))


def child_name(outer: Frame, name: str) -> str:
    """The qualified name of a definition, as Python gives it: functions put `<locals>` between."""
    if not outer.qualname:
        return name
    return f"{outer.qualname}.<locals>.{name}" if outer.holder == "function" else f"{outer.qualname}.{name}"


def annotation(node: ast.expr) -> str:
    """The annotation's leading name: `Final` for `Final[str]`."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Constant):
        return str(node.value)
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
    ast.FunctionDef: Walker._function,
    ast.AsyncFunctionDef: Walker._function,
    ast.ClassDef: Walker._class,
}
if hasattr(ast, "TypeAlias"):
    STATEMENTS[ast.TypeAlias] = Walker._type_alias
if hasattr(ast, "TryStar"):
    STATEMENTS[ast.TryStar] = Walker._try

__all__ = ["Span", "Walker", "text_of"]
