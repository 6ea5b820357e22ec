"""Whether what astroid found can be believed.

Astroid follows values and not time: to it a list is as it was made whatever is appended, a function without a decorator is the same
as one with it, and one that may end without `return` always returns. So each node that it looked at must be of a kind where that
makes no difference.
"""

from __future__ import annotations

from astroid import nodes
from astroid.bases import Proxy
from astroid.context import InferenceContext
from astroid.exceptions import AstroidError

from taskguard.inference.isolation import gives_self
from taskguard.inference.literals import NotPlain, only

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from taskguard.inference.isolation import Steps

MUTATORS = frozenset(
    "add append clear discard extend insert pop popitem remove reverse setdefault sort update __setitem__ __setattr__".split()
)
# Calls that leave what they are handed alone.
READING = frozenset("critical debug error exception info log print warning".split())
KEEPING = frozenset("staticmethod classmethod property cache lru_cache cached_property".split())
UNSTEADY = frozenset("__new__ __getattr__ __getattribute__ __init_subclass__ __class_getitem__".split())
JUMPS = (nodes.For, nodes.While, nodes.Match)


class Changes:
    """What the text of a module changes besides plain assignment.

    `names` (by scope) and `attributes` hold objects that are changed in place, `bound` the names that something else than `=` gives a value.
    """

    def __init__(self, module: nodes.Module) -> None:
        self.names: set[tuple[nodes.NodeNG, str]] = set()
        self.attributes: set[str] = set()
        self.bound: set[tuple[nodes.NodeNG, str]] = set()
        for node in _all(module):
            for target in _changed(node):
                self._note(target)
            self.bound.update((name.scope(), name.name) for name in _bound(node))
            if isinstance(node, nodes.AssignAttr | nodes.DelAttr):
                self._attribute(node)
            if isinstance(node, nodes.Global | nodes.Nonlocal):
                self._shared(node, module)
        self._follow(
            [
                node
                for node in _all(module)
                if isinstance(node, nodes.Assign | nodes.AnnAssign | nodes.NamedExpr | nodes.For)
            ]
        )

    def _note(self, target: nodes.NodeNG) -> None:
        while not isinstance(target, nodes.Name | nodes.AssignName | nodes.DelName):
            if isinstance(target, nodes.Attribute | nodes.AssignAttr):
                self.attributes.add(target.attrname)
                return
            if not isinstance(target, nodes.Subscript):
                return
            target = target.value
        self.names.add((target.lookup(target.name)[0], target.name))

    def _follow(self, assigned: list[nodes.NodeNG]) -> None:
        """What was given a second name is changed where that name's object is."""
        before = -1
        while before != len(self.names) + len(self.attributes):
            before = len(self.names) + len(self.attributes)
            for node in assigned:
                targets = node.targets if isinstance(node, nodes.Assign) else [node.target]
                value = node.iter if isinstance(node, nodes.For) else node.value
                if value is not None and any(self._is_changed(one) for target in targets for one in _all(target)):
                    for source in _objects(value):
                        self._note(source)

    def _is_changed(self, node: nodes.NodeNG) -> bool:
        if isinstance(node, nodes.AssignName):
            return (node.scope(), node.name) in self.names
        return isinstance(node, nodes.AssignAttr) and node.attrname in self.attributes

    def _attribute(self, node: nodes.AssignAttr | nodes.DelAttr) -> None:
        """Setting an attribute makes no change where `__init__` gives it to its own object."""
        own = isinstance(node, nodes.AssignAttr) and gives_self(node) and node.frame().name == "__init__"
        if not own:
            self.attributes.add(node.attrname)

    def _shared(self, node: nodes.Global | nodes.Nonlocal, module: nodes.Module) -> None:
        scope = node.scope()
        while scope is not None:
            self.names.update((scope, name) for name in node.names)
            scope = scope.parent.scope() if scope.parent is not None else None


def _all(node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(one.get_children())


def _objects(value: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """The names and attributes whose objects may be in a value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, nodes.Name | nodes.Attribute | nodes.Subscript):
            yield one
        elif isinstance(one, nodes.Call):
            waiting.extend([*one.args, *(keyword.value for keyword in one.keywords)])
            waiting.extend([one.func.expr] if isinstance(one.func, nodes.Attribute) else [])
        else:
            waiting.extend(one.get_children())


def _changed(node: nodes.NodeNG) -> Iterable[nodes.NodeNG]:
    """The names and attributes whose object a node may change."""
    if isinstance(node, nodes.AugAssign | nodes.NamedExpr):
        return [node.target]
    if isinstance(node, nodes.Subscript) and node.ctx is not None and node.ctx.name != "Load":
        return [node.value]
    if isinstance(node, nodes.Call):
        return _handed(node)
    return []


def _bound(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    if isinstance(node, nodes.DelName):
        return [node]
    targets = (
        [node.target] if isinstance(node, nodes.For) else [node.name] if isinstance(node, nodes.ExceptHandler) else []
    )
    if isinstance(node, nodes.With):
        targets = [name for _, name in node.items]
    return [
        one for target in targets if target is not None for one in _all(target) if isinstance(one, nodes.AssignName)
    ]


def _handed(call: nodes.Call) -> list[nodes.NodeNG]:
    made: list[nodes.NodeNG] = []
    method = call.func.attrname if isinstance(call.func, nodes.Attribute) else getattr(call.func, "name", "")
    if method in MUTATORS and isinstance(call.func, nodes.Attribute):
        made.append(call.func.expr)
    if isinstance(call.parent, nodes.Expr) and method not in READING:
        made.extend(call.args)
        made.extend(keyword.value for keyword in call.keywords)
    if method in ("setattr", "delattr") and len(call.args) > 1:
        made.append(call.args[0])
    return made


def believable(steps: Steps, own: dict[str, nodes.Module], changes: dict[str, Changes], result: nodes.NodeNG) -> bool:
    """Whether all that astroid looked at has one value that nothing changes."""
    steps.watching = False
    done = set(steps)
    attributes = {name for one in changes.values() for name in one.attributes}
    checked: set[nodes.NodeNG] = set()
    for key in tuple(steps.seen):
        node = key[0]
        module = root_name(node)
        if module in own and own[module] is not node.root():
            return False
        if module not in own:
            if _inside_function(node) or not (module == "builtins" or isinstance(node, nodes.Const)):
                return False
            continue
        if not _single(key, steps, done):
            return False
        if node not in checked and not _steady(node, changes[module], attributes, node is result):
            return False
        checked.add(node)
    return True


def root_name(node: nodes.NodeNG) -> str:
    """The name of the module that a node stands in; empty for one that astroid has made up."""
    root = node.root()
    return str(root.name) if isinstance(root, nodes.Module) else ""


def _inside_function(node: nodes.NodeNG) -> bool:
    return node.parent is not None and isinstance(node.parent.frame(), nodes.FunctionDef)


def _single(key: tuple[Any, ...], steps: Steps, done: set[object]) -> bool:
    """Whether a node has one value. Astroid may have looked at the first of several only: then it is asked again."""
    found = steps[key] if key in done else _again(key)
    return len(found) == 1 and isinstance(found[0], nodes.NodeNG | Proxy)


def _again(key: tuple[Any, ...]) -> tuple[object, ...]:
    context = InferenceContext()
    context.lookupname, context.callcontext, context.boundnode = key[1:4]
    try:
        return tuple(key[0].infer(context))
    except AstroidError:
        return ()


def _steady(node: nodes.NodeNG, changes: Changes, attributes: set[str], is_result: bool) -> bool:
    if isinstance(node, nodes.Name):
        scope = node.lookup(node.name)[0]
        if (scope, node.name) in changes.names | changes.bound:
            return False
        if scope is not node.scope() and len(scope.locals.get(node.name, ())) > 1:
            return False  # which one holds depends on when the function is called
    elif isinstance(node, nodes.AssignName | nodes.ClassDef | nodes.FunctionDef):
        holder = node.scope() if isinstance(node, nodes.AssignName) else node.parent.scope()
        if (holder, node.name) in changes.names | changes.bound or node.name in attributes:
            return False
        if not isinstance(node, nodes.AssignName) and not (
            _plain_class if isinstance(node, nodes.ClassDef) else _plain_function
        )(node):
            return is_result and isinstance(node, nodes.ClassDef) and node.decorators is None
    elif isinstance(node, nodes.Attribute | nodes.AssignAttr) and node.attrname in attributes:
        return False
    return _placed_well(node)


def _placed_well(node: nodes.NodeNG) -> bool:
    """Whether what stands around a node runs once and to its end."""
    inner, holder = node, node.parent
    while holder is not None:
        if isinstance(holder, JUMPS):
            return False
        if isinstance(holder, nodes.FunctionDef) and inner in holder.body and not _runs_through(holder):
            return False
        inner, holder = holder, holder.parent
    return True


def _runs_through(node: nodes.FunctionDef) -> bool:
    return _plain_function(node) and (node.name == "__init__" or _returns(node.body))


def _plain_function(node: nodes.FunctionDef) -> bool:
    if isinstance(node, nodes.AsyncFunctionDef) or node.is_generator():
        return False
    written = [
        one.func if isinstance(one, nodes.Call) else one for one in (node.decorators.nodes if node.decorators else [])
    ]
    return all(getattr(one, "attrname", getattr(one, "name", "")) in KEEPING for one in written)


def _plain_class(node: nodes.ClassDef) -> bool:
    """Whether the attributes of a class are what its text says, and those of its bases."""
    if node.decorators is not None or node.keywords or not UNSTEADY.isdisjoint(node.locals):
        return False
    for base in node.bases:
        try:
            found = only(base)
        except NotPlain:
            return False
        if not isinstance(found, nodes.ClassDef) or not (found.qname() == "builtins.object" or _plain_class(found)):
            return False
    return True


def _returns(body: list[nodes.NodeNG]) -> bool:
    """Whether a function leaves by `return` or `raise`, or never by `return` with a value."""
    last = body[-1] if body else None
    if isinstance(last, nodes.Return | nodes.Raise):
        return True
    if isinstance(last, nodes.If):
        return _returns(last.body) and _returns(last.orelse)
    if isinstance(last, nodes.With):
        return False  # a context manager may swallow what is raised inside
    if isinstance(last, nodes.Try):
        ends = _returns(last.orelse) if last.orelse else _returns(last.body)
        return (ends and all(_returns(one.body) for one in last.handlers)) or _returns(last.finalbody)
    return False
