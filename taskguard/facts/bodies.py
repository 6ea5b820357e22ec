"""What functions, classes and constants do, written so that formatting, comments, docstrings and annotations do not count.

Every statement is one line of text. A name that the function does not bind itself is written `⟪name⟫` (the whole chain of
attributes), so that the project can say what it finally is; a name of its own is written `⟨name⟩`.
"""

from __future__ import annotations

import ast

from taskguard.diagnostics import Span
from taskguard.facts.expressions import Converter, dotted
from taskguard.facts.unparse import written
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    LineKind = Literal["plain", "raise", "with", "try", "handler", "finally", "block"]
    UnitKind = Literal["function", "class", "variable"]

FREE, FREE_END, OWN, OWN_END = "⟪", "⟫", "⟨", "⟩"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Use(Record):
    """A call in a statement: what is called, and its literal arguments as text."""

    callee: str
    literals: str


class Line(Record):
    """One statement, or the head of a compound one.

    `kind` is `plain`, `raise`, `with` (one for each context manager), `try`, `handler`, `finally` or `block`. `inside` are the places (in the unit's
    lines) of the heads around it. `types` are the exception types of a handler. `scope` is the qualified name of the function it stands in.
    """

    kind: LineKind
    text: str
    inside: tuple[int, ...]
    number: int
    scope: str
    calls: tuple[Use, ...] = ()
    types: tuple[str, ...] = ()


class Decoration(Record):
    """A decorator: its name, its whole text, and its keyword arguments as text (the name is empty for `**spread`)."""

    name: str
    text: str
    keywords: tuple[tuple[str, str], ...]
    span: Span


class Unit(Record):
    """A function, method, class or constant of a module. `preset` are the texts of the parameters' defaults, by name."""

    qualname: str
    kind: UnitKind
    span: Span
    decorations: tuple[Decoration, ...]
    lines: tuple[Line, ...]
    preset: tuple[tuple[str, str], ...] = ()


def units(text: str, naming: frozenset[str] | None = None) -> tuple[Unit, ...]:
    """The units of a file, in the order of their lines, or those alone that name one of `naming`; none where it does not parse or is nested too deep
    to follow."""
    from taskguard.facts.grammar import parse

    try:
        tree = parse(text)
    except SyntaxError:
        return ()
    reader = Reader(Converter(text), naming)
    try:
        reader.module(tree.body, "")
    except RecursionError:
        return ()
    return tuple(reader.made)


class Reader:
    """Collects the units of one tree. `naming` are names of which a unit has to have one; None for all units."""

    def __init__(self, converter: Converter, naming: frozenset[str] | None) -> None:
        self.converter = converter
        self.naming = naming
        self.made: list[Unit] = []

    def _has(self, *nodes: ast.AST) -> bool:
        return self.naming is None or any(
            isinstance(one, ast.Name) and one.id in self.naming for node in nodes for one in ast.walk(node)
        )

    def module(self, nodes: list[ast.stmt], holder: str) -> None:
        """Definitions and constants at module or class level, branches included."""
        for node in nodes:
            if isinstance(node, FUNCTIONS):
                self._function(node, holder)
            elif isinstance(node, ast.ClassDef):
                self._class(node, holder)
            elif not holder and isinstance(node, ast.Assign | ast.AnnAssign):
                self._constant(node)
            elif isinstance(node, ast.If | ast.Try | ast.With):
                for block in ("body", "orelse", "finalbody"):
                    self.module(getattr(node, block, []), holder)
                for handler in getattr(node, "handlers", []):
                    self.module(handler.body, holder)

    def _function(self, node: Any, holder: str) -> None:
        if not self._has(*node.body):
            return
        qualname = f"{holder}.{node.name}" if holder else node.name
        writer = Writer(qualname, own_names(node))
        node.body = [writer.marker.visit(one) for one in node.body]
        writer.block(node.body, ())
        arguments = node.args
        plain = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults),
            *zip(arguments.kwonlyargs, arguments.kw_defaults),
        ]
        outside = Writer("", frozenset())
        preset = tuple((arg.arg, outside.marked(default)) for arg, default in pairs if default is not None)
        self._add(qualname, "function", node, writer.lines, preset)

    def _class(self, node: ast.ClassDef, holder: str) -> None:
        qualname = f"{holder}.{node.name}" if holder else node.name
        plain = [one for one in node.body if not isinstance(one, (*FUNCTIONS, ast.ClassDef))]
        if self._has(*node.bases, *node.keywords, *plain):
            self._head(node, plain, qualname)
        self.module([one for one in node.body if isinstance(one, (*FUNCTIONS, ast.ClassDef))], qualname)

    def _head(self, node: ast.ClassDef, plain: list[ast.stmt], qualname: str) -> None:
        """A class with its own statements."""
        writer = Writer(
            "",
            frozenset(
                one.id
                for part in plain
                for one in ast.walk(part)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            ),
        )
        head = ", ".join(
            [*map(writer.marked, node.bases), *(f"{one.arg}={writer.marked(one.value)}" for one in node.keywords)]
        )
        writer.add("block", f"class({head})", (), node, [])
        writer.block([writer.marker.visit(one) for one in plain], ())
        self._add(qualname, "class", node, writer.lines)

    def _constant(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None or not self._has(node.value):
            return
        value = Marker(frozenset()).visit(node.value)
        for target in targets:
            if isinstance(target, ast.Name):
                writer = Writer("", frozenset())
                writer.add("plain", writer.text(value), (), node, [value])
                self._add(target.id, "variable", node, writer.lines)

    def _add(
        self, qualname: str, kind: UnitKind, node: Any, lines: list[Line], preset: tuple[tuple[str, str], ...] = ()
    ) -> None:
        outside = Writer("", frozenset())
        decorations = []
        for one in getattr(node, "decorator_list", ()):
            span, marked = self.converter.span(one), outside.marker.visit(one)
            name = dotted(marked.func if isinstance(marked, ast.Call) else marked)
            keywords = (
                tuple((k.arg or "", outside.text(k.value)) for k in marked.keywords)
                if isinstance(marked, ast.Call)
                else ()
            )
            decorations.append(Decoration(name, outside.text(marked), keywords, span))
        self.made.append(Unit(qualname, kind, self.converter.span(node), tuple(decorations), tuple(lines), preset))


class Writer:
    """Writes the statements of one unit, whose names `marker` has marked. `own` are the names that it binds itself."""

    def __init__(self, scope: str, own: frozenset[str]) -> None:
        self.scope = scope
        self.marker = Marker(own)
        self.lines: list[Line] = []

    def marked(self, node: ast.AST) -> str:
        """The normalised text of an expression whose names are yet to be marked; marks them in the tree."""
        return self.text(self.marker.visit(node))

    def text(self, node: ast.AST) -> str:
        """The normalised text of an expression or a simple statement whose names are marked."""
        return written(node)

    def add(
        self,
        kind: LineKind,
        text: str,
        inside: tuple[int, ...],
        node: Any,
        parts: list[Any],
        types: tuple[str, ...] = (),
    ) -> int:
        """Adds a line; `parts` are the trees in which calls are looked for. Gives its place."""
        calls = [self._use(call) for part in parts for call in ast.walk(part) if isinstance(call, ast.Call)]
        self.lines.append(Line(kind, text, inside, node.lineno, self.scope, tuple(one for one in calls if one), types))
        return len(self.lines) - 1

    def _use(self, call: ast.Call) -> Any:
        name = dotted(call.func)
        if not name:
            return None
        values = [written(one) for one in call.args if isinstance(one, ast.Constant)]
        named = sorted(
            ((one.arg or "", one.value) for one in call.keywords if isinstance(one.value, ast.Constant)),
            key=lambda one: one[0],
        )
        values += [f"{key}={written(value)}" for key, value in named]
        return Use(self.text(call.func), ", ".join(values))

    def block(self, nodes: list[ast.stmt], inside: tuple[int, ...]) -> None:
        for node in nodes:
            self._statement(node, inside)

    def _statement(self, node: Any, inside: tuple[int, ...]) -> None:
        if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        handler = COMPOUND.get(type(node))
        if handler is not None:
            handler(self, node, inside)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                text = f"{self.text(node.target)} = {self.text(node.value)}"
                self.add("plain", text, inside, node, [node.target, node.value])
        else:
            kind: LineKind = "raise" if isinstance(node, ast.Raise) else "plain"
            self.add(kind, self.text(node), inside, node, [node])

    def _part(self, text: str, nodes: list[ast.stmt], inside: tuple[int, ...], kind: LineKind = "block") -> None:
        """`else` or `finally` with what it holds; nothing where it holds nothing."""
        if not nodes:
            return
        place = self.add(kind, text, inside, nodes[0], [])
        self.block(nodes, (*inside, place))
        if len(self.lines) == place + 1:
            self.lines.pop()

    def _if(self, node: ast.If, inside: tuple[int, ...]) -> None:
        place = self.add("block", f"if {self.text(node.test)}", inside, node, [node.test])
        self.block(node.body, (*inside, place))
        self._part("else", node.orelse, inside)

    def _loop(self, node: Any, inside: tuple[int, ...]) -> None:
        if isinstance(node, ast.While):
            place = self.add("block", f"while {self.text(node.test)}", inside, node, [node.test])
        else:
            text = f"for {self.text(node.target)} in {self.text(node.iter)}"
            place = self.add("block", text, inside, node, [node.target, node.iter])
        self.block(node.body, (*inside, place))
        self._part("else", node.orelse, inside)

    def _with(self, node: Any, inside: tuple[int, ...]) -> None:
        for item in node.items:
            parts = [item.context_expr] + ([item.optional_vars] if item.optional_vars is not None else [])
            text = " as ".join(map(self.text, parts))
            inside = (*inside, self.add("with", f"with {text}", inside, node, parts))
        self.block(node.body, inside)

    def _try(self, node: Any, inside: tuple[int, ...]) -> None:
        place = self.add("try", "try", inside, node, [])
        self.block(node.body, (*inside, place))
        for handler in node.handlers:
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
            types = tuple(self.text(one) for one in kinds) or (f"{FREE}BaseException{FREE_END}",)
            named = f" as {OWN}{handler.name}{OWN_END}" if handler.name else ""
            held = self.add("handler", f"except{named}", inside, handler, kinds, types)
            self.block(handler.body, (*inside, held))
        self._part("else", node.orelse, inside)
        self._part("finally", node.finalbody, inside, "finally")

    def _match(self, node: ast.Match, inside: tuple[int, ...]) -> None:
        place = self.add("block", f"match {self.text(node.subject)}", inside, node, [node.subject])
        for case in node.cases:
            test = f" if {self.text(case.guard)}" if case.guard is not None else ""
            held = self.add("block", f"case {self.text(case.pattern)}{test}", (*inside, place), case.pattern, [])
            self.block(case.body, (*inside, place, held))

    def _define(self, node: Any, inside: tuple[int, ...]) -> None:
        outer = self.scope
        if isinstance(node, ast.ClassDef):
            head = f"class {node.name}({', '.join(map(self.text, node.bases))})"
        else:
            bare = ast.Lambda(without_annotations(node.args), ast.Constant(...))
            head = f"def {node.name}{self.text(bare)[6:-5]}"
        for one in node.decorator_list:
            head = f"@{self.text(one)} {head}"
        place = self.add("block", head, inside, node, list(node.decorator_list))
        self.scope = f"{outer}.<locals>.{node.name}" if outer else outer
        self.block(node.body, (*inside, place))
        self.scope = outer


class Marker(ast.NodeTransformer):
    """Marks the names of an expression, drops annotations, and puts keyword arguments into one order."""

    def __init__(self, own: frozenset[str]) -> None:
        self.own = own

    def visit_Name(self, node: ast.Name) -> ast.AST:
        mark = f"{OWN}{node.id}{OWN_END}" if node.id in self.own else f"{FREE}{node.id}{FREE_END}"
        return ast.Name(mark)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = dotted(node)
        if name and name.partition(".")[0] not in self.own:
            return ast.Name(f"{FREE}{name}{FREE_END}")
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if all(one.arg for one in node.keywords):
            node.keywords.sort(key=lambda one: one.arg or "")
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(node.arg, None)


def without_annotations(arguments: ast.arguments) -> ast.arguments:
    """The same parameters, bare."""
    for one in ast.walk(arguments):
        if isinstance(one, ast.arg):
            one.annotation = None
    return arguments


def own_names(node: Any) -> frozenset[str]:
    """The names that a function binds, those of nested functions included; imports are names of the outside."""
    found: set[str] = set()
    outer: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            found.add(one.id)
        elif isinstance(one, ast.arg):
            found.add(one.arg)
        elif isinstance(one, ast.ExceptHandler) and one.name:
            found.add(one.name)
        elif isinstance(one, (*FUNCTIONS, ast.ClassDef)) and one is not node:
            found.add(one.name)
        elif isinstance(one, ast.Global):
            outer.update(one.names)
        elif isinstance(one, ast.MatchAs | ast.MatchStar) and one.name:
            found.add(one.name)
    return frozenset(found - outer)


COMPOUND: dict[type, Any] = {
    ast.If: Writer._if,
    ast.For: Writer._loop,
    ast.AsyncFor: Writer._loop,
    ast.While: Writer._loop,
    ast.With: Writer._with,
    ast.AsyncWith: Writer._with,
    ast.Try: Writer._try,
    ast.Match: Writer._match,
    ast.FunctionDef: Writer._define,
    ast.AsyncFunctionDef: Writer._define,
    ast.ClassDef: Writer._define,
}
if hasattr(ast, "TryStar"):
    COMPOUND[ast.TryStar] = Writer._try
