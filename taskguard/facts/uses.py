"""The names that a top-level statement takes from its module: at once when the module is loaded, or later when a function runs."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Calls whose first text is a type.
TYPED = frozenset(("cast", "TypeVar", "NewType", "ForwardRef"))


class Frame:
    """A scope: the names that it binds, and those that it declares `global`."""

    def __init__(self, kind: str, names: Iterable[str] = (), outer: Iterable[str] = ()) -> None:
        self.kind = kind
        self.names = set(names)
        self.outer = frozenset(outer)


class Uses:
    """What one statement uses. `now` are the names that it needs when it is run, `run` those of them that may be called then, `later` those that
    functions in it ask for, `soft` those of annotations that are texts. `rebinds` are declared `global` and bound in a function. Of `later` are `typed`
    those of annotations that nobody evaluates, `inside` those that the body of a `def` asks for, and `loose` all others, as in a lambda."""

    def __init__(self, texts: bool) -> None:
        self.now: set[str] = set()
        self.run: set[str] = set()
        self.later: set[str] = set()
        self.soft: set[str] = set()
        self.typed: set[str] = set()
        self.inside: set[str] = set()
        self.loose: set[str] = set()
        self.rebinds: set[str] = set()
        self.binds: dict[str, None] = {}
        self.loads: list[tuple[ast.Name, bool]] = []  # of dunder names, and whether within an f-string
        self._texts = texts  # annotations are not evaluated
        self._frames: list[Frame] = []
        self._later = self._called = self._in_text = self._in_type = self._in_def = 0

    def read(self, node: ast.AST) -> Uses:
        self._visit(node)
        return self

    # -- names ------------------------------------------------------------------------------------------------------

    def _load(self, name: str) -> None:
        for place, frame in enumerate(reversed(self._frames)):
            if name in frame.outer:
                break
            if name in frame.names and (frame.kind != "class" or place == 0):
                return
        if self._later:
            self.later.add(name)
            (self.typed if self._in_type else self.inside if self._in_def else self.loose).add(name)
        else:
            self.now.add(name)
            if self._called:
                self.run.add(name)

    def _store(self, name: str) -> None:
        if not self._frames:
            self.binds[name] = None
            return
        frame = self._frames[-1]
        if name in frame.outer:
            self.rebinds.add(name)
        elif frame.kind != "function":
            frame.names.add(name)

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _visit(self, node: Any) -> None:
        handler = HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node)
        else:
            self._all(ast.iter_child_nodes(node))

    def _all(self, nodes: Iterable[Any]) -> None:
        for one in nodes:
            if one is not None:
                self._visit(one)

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._load(node.id)
            if node.id.startswith("__") and node.id.endswith("__"):
                self.loads.append((node, bool(self._in_text)))
        elif isinstance(node.ctx, ast.Store):
            self._store(node.id)
        else:
            self._load(node.id)
            if self._frames and node.id in self._frames[-1].outer:
                self.rebinds.add(node.id)

    def _assigned(self, node: ast.Assign) -> None:
        self._all((node.value, *node.targets))  # in the order of the run: `limit = limit` of a class reads the module's

    def _loop(self, node: Any) -> None:
        self._all((node.iter, node.target, *node.body, *node.orelse))

    def _augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._load(node.target.id)
        self._all((node.target, node.value))

    def _call(self, node: ast.Call) -> None:
        self._called += 1
        self._all((node.func, *node.args, *node.keywords))
        self._called -= 1
        func = node.func
        last = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        if last in TYPED:
            for one in (*node.args, *(keyword.value for keyword in node.keywords)):
                self._type_text(one)

    def _subscript(self, node: ast.Subscript) -> None:
        """`Union[Order, "Line"]`: a type that is named by a text, where it is no key that a function asks for."""
        self._all((node.value, node.slice))
        if not self._later and isinstance(node.ctx, ast.Load):
            self._type_text(node.slice)

    def _joined(self, node: ast.JoinedStr) -> None:
        self._in_text += 1
        self._all(node.values)
        self._in_text -= 1

    def _function(self, node: Any) -> None:
        self._decorators(node.decorator_list)
        self._store(node.name)
        parameters = [one.arg for one in _arguments(node.args)]
        self._all(node.args.defaults)
        self._all(node.args.kw_defaults)
        types = self._types(node)
        annotations = [one.annotation for one in _arguments(node.args)] + [node.returns]
        self._annotations(annotations)
        self._in_def += 1
        self._body("function", parameters, node.body)
        self._in_def -= 1
        if types:
            self._frames.pop()

    def _lambda(self, node: ast.Lambda) -> None:
        self._all(node.args.defaults)
        self._all(node.args.kw_defaults)
        # What is handed to a call may be run by it at once.
        self._body("function", [one.arg for one in _arguments(node.args)], [node.body], now=bool(self._called))

    def _body(self, kind: str, parameters: Iterable[str], body: list[Any], now: bool = False) -> None:
        bound, outer = bound_in(body)
        self._frames.append(Frame(kind, {*bound, *parameters} - outer, outer))
        called, self._called = self._called, self._called if now else 0
        self._later += not now
        self._all(body)
        self._later -= not now
        self._called = called
        self._frames.pop()

    def _class(self, node: ast.ClassDef) -> None:
        self._decorators(node.decorator_list)
        types = self._types(node)
        self._called += 1
        self._all(node.bases)
        self._all(node.keywords)
        self._called -= 1
        outer = bound_in(node.body)[1]
        self._frames.append(Frame("class", ("__qualname__", "__module__"), outer))
        self._all(node.body)
        self._frames.pop()
        if types:
            self._frames.pop()
        self._store(node.name)

    def _decorators(self, nodes: list[ast.expr]) -> None:
        self._called += 1
        self._all(nodes)
        self._called -= 1

    def _types(self, node: Any) -> bool:
        """Opens the scope of type parameters where there are some."""
        held = getattr(node, "type_params", None)
        if not held:
            return False
        self._frames.append(Frame("function", [one.name for one in held]))
        self._later += 1
        self._in_type += 1
        self._all(bound for one in held if (bound := getattr(one, "bound", None)) is not None)
        self._in_type -= 1
        self._later -= 1
        return True

    def _type_alias(self, node: Any) -> None:
        self._store(node.name.id)
        types = self._types(node)
        self._later += 1
        self._visit(node.value)
        self._later -= 1
        if types:
            self._frames.pop()

    def _annotations(self, nodes: Iterable[ast.expr | None]) -> None:
        self._later += self._texts
        self._in_type += self._texts
        for one in nodes:
            if one is not None:
                self._visit(one)
                self._type_text(one)
        self._in_type -= self._texts
        self._later -= self._texts

    def _type_text(self, node: ast.expr) -> None:
        """What the texts in a type name."""
        for one in ast.walk(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and len(one.value) < 500:
                try:
                    tree = ast.parse(one.value.strip(), mode="eval")
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue
                self.soft.update(name.id for name in ast.walk(tree) if isinstance(name, ast.Name))

    def _annotated(self, node: ast.AnnAssign) -> None:
        inside = bool(self._frames) and self._frames[-1].kind == "function"
        self._later += inside
        self._in_type += inside
        self._annotations((node.annotation,))
        self._in_type -= inside
        self._later -= inside
        if node.value is not None:
            self._visit(node.value)
        if node.value is not None or not isinstance(node.target, ast.Name) or inside:
            self._visit(node.target)
        elif self._frames:
            self._frames[-1].names.add(node.target.id)

    def _comprehension(self, node: Any) -> None:
        first = node.generators[0]
        self._visit(first.iter)
        targets = {name for one in node.generators for name in bound_in([one.target])[0]}
        self._frames.append(Frame("function", targets))
        for one in node.generators:
            self._all((one.target, *one.ifs))
            if one is not first:
                self._visit(one.iter)
        self._all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))
        self._frames.pop()

    def _walrus(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        frames = self._frames
        while self._frames and self._frames[-1].kind == "function" and node.target.id not in self._frames[-1].outer:
            if node.target.id in self._frames[-1].names:
                break
            self._frames = self._frames[:-1]
        self._store(node.target.id)
        self._frames = frames

    def _import(self, node: Any) -> None:
        for name in imported(node):
            self._store(name)

    def _handler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self._visit(node.type)
        had, asked = node.name in self.binds, node.name in self.now
        if node.name:
            self._store(node.name)
        self._all(node.body)
        if node.name and not self._frames and not had:  # Python deletes the name behind the handler
            self.binds.pop(node.name, None)
            if not asked:
                self.now.discard(node.name)
                self.run.discard(node.name)

    def _pattern(self, node: Any) -> None:
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            self._store(name)
        self._all(ast.iter_child_nodes(node))


def _arguments(node: ast.arguments) -> Iterator[ast.arg]:
    yield from (*node.posonlyargs, *node.args, *node.kwonlyargs)
    if node.vararg:
        yield node.vararg
    if node.kwarg:
        yield node.kwarg


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The names that an import binds, a star left out."""
    dots = isinstance(node, ast.Import)
    names = (one.asname or (one.name.partition(".")[0] if dots else one.name) for one in node.names)
    return [name for name in names if name != "*"]


def bound_in(body: Iterable[Any]) -> tuple[set[str], frozenset[str]]:
    """The names that the statements of one scope bind, and those that they declare `global`; scopes within have their own."""
    names: set[str] = set()
    outer: set[str] = set()
    shared: set[str] = set()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
            waiting += node.decorator_list
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, COMPREHENSIONS):
            names.update(one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr))
            continue
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(imported(node))
        elif isinstance(node, ast.Global):
            outer.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            shared.update(node.names)
        else:
            held = getattr(node, "name", None) if isinstance(node, PATTERNS) else getattr(node, "rest", None)
            if isinstance(held, str):
                names.add(held)
        waiting.extend(ast.iter_child_nodes(node))
    return names - outer - shared, frozenset(outer)


def surely_bound(nodes: Iterable[ast.stmt]) -> set[str]:
    """The names that statements bind whichever way they are run."""
    made: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.If):
            ways = [surely_bound(one) for one in (node.body, node.orelse) if not _leaves(one)]
            made |= set.intersection(*ways) if ways else set()
        elif isinstance(node, ast.Try):
            ways = [surely_bound([*node.body, *node.orelse])]
            ways += [surely_bound(one.body) for one in node.handlers if not _leaves(one.body)]
            made |= set.intersection(*ways) | surely_bound(node.finalbody)
        elif isinstance(node, ast.With):
            made |= (
                surely_bound(node.body) | bound_in([one.optional_vars for one in node.items if one.optional_vars])[0]
            )
        elif not isinstance(node, ast.For | ast.While | ast.Match):
            made |= bound_in([node])[0]
    return made


def _leaves(nodes: list[ast.stmt]) -> bool:
    """Whether nothing is run any more behind these statements of a module: they end in an exception whichever way they are run."""
    last = nodes[-1] if nodes else None
    return isinstance(last, ast.Raise) or (isinstance(last, ast.If) and _leaves(last.body) and _leaves(last.orelse))


PATTERNS = (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
HANDLERS: dict[type, Any] = {
    ast.Name: Uses._name,
    ast.Assign: Uses._assigned,
    ast.AugAssign: Uses._augmented,
    ast.For: Uses._loop,
    ast.AsyncFor: Uses._loop,
    ast.Call: Uses._call,
    ast.JoinedStr: Uses._joined,
    ast.Subscript: Uses._subscript,
    ast.FunctionDef: Uses._function,
    ast.AsyncFunctionDef: Uses._function,
    ast.Lambda: Uses._lambda,
    ast.ClassDef: Uses._class,
    ast.AnnAssign: Uses._annotated,
    ast.ListComp: Uses._comprehension,
    ast.SetComp: Uses._comprehension,
    ast.DictComp: Uses._comprehension,
    ast.GeneratorExp: Uses._comprehension,
    ast.NamedExpr: Uses._walrus,
    ast.Import: Uses._import,
    ast.ImportFrom: Uses._import,
    ast.ExceptHandler: Uses._handler,
    ast.MatchAs: Uses._pattern,
    ast.MatchStar: Uses._pattern,
    ast.MatchMapping: Uses._pattern,
}
if hasattr(ast, "TypeAlias"):
    HANDLERS[ast.TypeAlias] = Uses._type_alias
