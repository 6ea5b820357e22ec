"""What facts keep of expressions: the calls, lookups and dict literals that some rule may care about."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import Converter, dotted
from taskguard.facts.kept_calls import KEPT_CALLS, KEPT_KEYWORDS
from taskguard.facts.model import Binding, CallSite, Dict, Item, Lookup, TaskDict
from taskguard.record import maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from taskguard.facts.model import Guard, Holder

_site = maker(CallSite)
# Calls that are given a function and have it run at once, in a thread or a process beside.
RUNNING = frozenset("Thread Timer Process submit run_in_executor start_new_thread start_soon".split())
# Calls that give the names of a module or function.
OWN_NAMES = frozenset(("globals", "locals", "vars"))
# Calls that change a list; kept where a module makes its constants.
LIST_CALLS = frozenset(("append", "extend", "insert"))


# Fields of nodes that hold no expression: contexts, operators, names.
IDLE_FIELDS = frozenset(
    ("arg", "conversion", "ctx", "id", "is_async", "kind", "lineno", "name", "op", "ops", "rest", "str")
)
BELOW: dict[type, tuple[str, ...]] = {}


def _below(kind: type) -> tuple[str, ...]:
    """The fields of a kind of node in which expressions stand, the last one first."""
    made = BELOW[kind] = tuple(field for field in reversed(getattr(kind, "_fields", ())) if field not in IDLE_FIELDS)
    return made


def _names_task(node: ast.Call) -> bool:
    """Whether a call is given a task by name, as a model under another name is, or what only matters for tasks.

    `Row(task="shop.tasks.send")`, `super().__init__(task_cls=ContextTask)`, `send.s(1).set(queue="slow")`.
    """
    return any(
        one.arg in KEPT_KEYWORDS or (one.arg == "task" and type(one.value) is ast.Constant) for one in node.keywords
    )


def _hands_names(node: ast.Call) -> bool:
    """Whether a call is given the names of a module, and may change them: `fill(globals())`, `fill(sys.modules[__name__])`."""
    for one in (*node.args, *(keyword.value for keyword in node.keywords)):
        if isinstance(one, ast.Call):
            if isinstance(one.func, ast.Name) and one.func.id in OWN_NAMES:
                return True
        elif isinstance(one, ast.Subscript) and dotted(one.value) == "sys.modules":
            return True
    return False


class Frame:
    """The function or class that the walk is in."""

    __slots__ = ("calls", "generator", "globals", "holder", "locals", "plain", "qualname")

    def __init__(self, qualname: str, holder: Holder, *, plain: bool = False) -> None:
        self.qualname = qualname
        self.holder = holder
        self.plain = plain  # a function that is not `async`
        self.calls: dict[str, None] = {}
        self.locals: dict[str, None] = {}
        self.globals: set[str] = set()
        self.generator = False


def child_name(outer: Frame, name: str) -> str:
    """The qualified name of a definition, as Python gives it: functions put `<locals>` between."""
    if not outer.qualname:
        return name
    return f"{outer.qualname}.<locals>.{name}" if outer.holder == "function" else f"{outer.qualname}.{name}"


class Scanner:
    """Where the walk is, and what it has found in the expressions on its way."""

    def __init__(self, converter: Converter) -> None:
        self.converter = converter
        self.bindings: list[Binding] = []
        self.calls: list[CallSite] = []
        self.task_dicts: list[TaskDict] = []
        self.lookups: list[Lookup] = []
        self._frame = Frame("", "module")
        self._guard: Guard = ""
        self._context: tuple[str, ...] = ()
        self.awaits = False  # a function that is not `async` may hold an `await`

    def _scan(self, root: ast.AST | None) -> None:
        """Looks for the calls, names and dict literals below `root`, if there is one, that facts keep."""
        frame = self._frame
        stack: list[Any] = [root]
        push = stack.append
        while stack:
            node = stack.pop()
            kind = type(node)
            while kind is ast.Attribute:
                node = node.value
                kind = type(node)
            if kind is ast.Name:
                if type(node.ctx) is ast.Store:
                    frame.locals[node.id] = None
                continue
            if kind is ast.Constant or node is None:  # the key of a `**spread`
                continue
            if kind is ast.Call:
                named = self._call(node)
                for one in reversed(node.keywords):
                    push(one.value)
                stack += node.args[::-1]
                if not named:
                    push(node.func)
                continue
            if kind is ast.Dict:
                self._task_dict(node)
            elif kind is ast.Subscript:
                self._lookup(node)
            elif kind is ast.NamedExpr:
                self._walrus(node)
            elif kind is ast.Yield or kind is ast.YieldFrom:
                frame.generator = True
            elif kind is ast.Await and frame.plain:
                self.awaits = True
            for field in BELOW.get(kind) or _below(kind):
                below = getattr(node, field)
                if type(below) is list:
                    stack += below[::-1]
                elif below is not None:
                    push(below)

    def _call(self, node: ast.Call) -> str:
        """Keeps a call if it matters. The name that is called, if it is one."""
        func = node.func
        name = dotted(func)
        if name:
            self._frame.calls[name] = None
        last = func.attr if isinstance(func, ast.Attribute) else name
        if last in RUNNING:
            given = (*node.args, *(one.value for one in node.keywords if one.arg in ("target", "function")))
            self._frame.calls.update(dict.fromkeys(handed for one in given if (handed := dotted(one))))
        if (
            last in KEPT_CALLS
            or isinstance(func, ast.Call)
            or (node.keywords and _names_task(node))
            or _hands_names(node)
            or (last in LIST_CALLS and (self._frame.holder == "module" or name.startswith("sys.path.")))
        ):
            made = _site((self.converter.call(node), self._frame.qualname, self._guard, self._context))
            self.calls.append(made)
        return name

    def _task_dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "task" and not isinstance(value, ast.Dict):
                literal = self.converter.convert(node)
                if isinstance(literal, Dict):
                    self.task_dicts.append(TaskDict(literal, self._frame.qualname, self._guard))
                return

    def _lookup(self, node: ast.Subscript) -> None:
        of, index = node.value, node.slice
        if (
            isinstance(of, ast.Attribute)
            and of.attr == "tasks"
            and isinstance(index, ast.Constant)
            and isinstance(index.value, str)
        ):
            item = self.converter.convert(node)
            if isinstance(item, Item):
                self.lookups.append(Lookup(item, self._frame.qualname, self._guard))

    def _walrus(self, node: ast.NamedExpr) -> None:
        """`:=` at module level binds a name of the module; in a function the scan itself sees it."""
        if self._frame.holder == "module":
            made = Binding(node.target.id, "variable", self.converter.span(node), None, "", "", self._guard)
            self.bindings.append(made)


def place_of(target: ast.Tuple | ast.List, value: ast.expr | None, at: int) -> ast.expr | None:
    """What a call gives the target at a place of several, as if it were written `make()[1]`; None for anything else than a call, or where a star is among them."""
    if not isinstance(value, ast.Call) or any(isinstance(one, ast.Starred) for one in target.elts):
        return None
    index = ast.copy_location(ast.Constant(at), value)
    return ast.copy_location(ast.Subscript(value, index, ast.Load()), value)
