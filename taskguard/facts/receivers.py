"""The receivers that a file connects to `on_after_configure` and `on_after_finalize` of a Celery app, and what becomes of them there.

Celery holds a receiver by a weak reference (celery/utils/dispatch/signal.py): it lives as long as something else holds it.
"""

from __future__ import annotations

import ast

from taskguard.diagnostics import Span
from taskguard.facts.app_use import FINALISES, READS, UNKNOWN, effects
from taskguard.facts.expressions import Converter, dotted
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURED, FINALISED = "on_after_configure", "on_after_finalize"
WORDS = (CONFIGURED, FINALISED)
# What sends each of them.
_SENDS = {CONFIGURED: (READS, FINALISES), FINALISED: (FINALISES,)}
_PARTIAL = ("functools.partial", "partial")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOKS_AT_NAMES = frozenset("eval exec globals locals vars".split())
# Calls after which nothing is different for an app that they are not given, and those that may use one all the same.
_HARMLESS = frozenset(
    "Exchange Queue app_context bool crontab debug dict exception float frozenset getLogger get_logger get_task_logger getenv info int isinstance len "
    "list print register_blueprint route set str super timedelta tuple warning".split()
)
_USING = frozenset(
    "apply_async call call_command chain chord delay execute execute_from_command_line forever group loop main run run_forever s serve serve_forever si sleep "
    "signature start start_server starmap wait worker_main".split()
)


class Read(Record):
    """Code that makes Celery read its configuration: the line, and what stands there."""

    line: int
    text: str


class Receiver(Record):
    """A receiver that is connected to a signal. `app` is how the app is written, `name` the receiver, `scope` the function around.

    `lost` says how it is lost: `local`, `lambda`, `partial`, `temporary`, `rebound` (in `line`); empty where it is held. It is not `certain` where
    other code runs before. `doubt` says why that cannot be told. `early` is what has sent the signal before, in the same function or
    at module level.
    """

    signal: str
    app: str
    name: str
    scope: str
    span: Span
    lost: str = ""
    line: int = 0
    certain: bool = True
    doubt: str = ""
    early: Read | None = None


class _Item(Record):
    """A simple statement, the head of a compound one, or a definition. `guarded`: it may not run, `loop`: more than once, `klass`: in a class."""

    node: ast.AST
    guarded: bool
    loop: bool
    klass: bool


def receivers(text: str) -> tuple[Receiver, ...]:
    """The receivers of a file by line; none where it does not parse."""
    tree = _parsed(text)
    if tree is None:
        return ()
    converter = Converter(text)
    made: list[Receiver] = []
    for scope, node in _frames(tree):
        frame = _Frame(node)
        for place, item in enumerate(frame.items):
            made.extend(_found(frame, scope, place, item, converter))
    return tuple(sorted(made, key=lambda one: one.span))


def first_sent(text: str, scope: str, name: str, signal: str) -> Read | None:
    """What surely sends a signal of the app `name` when a module, or a function of it, runs."""
    tree = _parsed(text)
    node = dict(_frames(tree)).get(scope) if tree is not None else None
    if node is None:
        return None
    frame = _Frame(node)
    return frame.early(signal, name, len(frame.items))


def _parsed(text: str) -> ast.Module | None:
    from taskguard.facts.grammar import parse

    try:
        return parse(text)
    except (SyntaxError, RecursionError):
        return None


def _frames(tree: ast.Module) -> Iterator[tuple[str, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The module and each function in it, with qualified names."""
    yield "", tree
    queue: list[tuple[str, ast.AST]] = [("", tree)]
    while queue:
        prefix, node = queue.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _FUNCTIONS):
                yield f"{prefix}{child.name}", child
                queue.append((f"{prefix}{child.name}.<locals>.", child))
            else:
                queue.append((f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix, child))


def _flat(body: list[ast.stmt], guarded: bool, loop: bool, klass: bool) -> Iterator[_Item]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            for head in (*node.decorator_list, *node.bases, *node.keywords):
                yield _Item(head, guarded, loop, klass)
            yield from _flat(node.body, guarded, loop, True)
            yield _Item(ast.copy_location(ast.Name(node.name, ast.Store()), node), guarded, loop, klass)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for one in node.items:
                yield _Item(one, guarded, loop, klass)
            yield from _flat(node.body, guarded, loop, klass)
        elif isinstance(node, ast.If | ast.While | ast.For | ast.AsyncFor | ast.Try | ast.Match) or hasattr(
            node, "handlers"
        ):
            again = loop or isinstance(node, ast.While | ast.For | ast.AsyncFor)
            heads = (getattr(node, field, None) for field in ("test", "target", "iter", "subject"))
            yield from (_Item(one, guarded, again, klass) for one in heads if one is not None)
            if isinstance(node, ast.While):
                yield _Item(ast.copy_location(ast.Break(), node), guarded, again, klass)
            blocks = [getattr(node, field, []) for field in ("body", "orelse", "finalbody")]
            blocks += [one.body for one in (*getattr(node, "handlers", ()), *getattr(node, "cases", ()))]
            for block in blocks:
                yield from _flat(block, True, again, klass)
        else:
            yield _Item(node, guarded, loop, klass)


class _Frame:
    """The statements of a module or function in their order, branches and bodies of classes included."""

    def __init__(self, node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.node = node
        self.items = list(_flat(node.body, False, False, False))
        self.own = {one.node.name: one.node for one in self.items if isinstance(one.node, _FUNCTIONS) and not one.klass}

    def effects(self, item: _Item, names: frozenset[str]) -> Iterator[tuple[str, ast.AST]]:
        """What an item does with the app. To store it or give it back does nothing."""
        node = item.node
        parts: list[ast.AST] = [node]
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else getattr(node, "target", None)
            parts = [*(targets if isinstance(targets, list) else [targets] if targets else []), *_shown(node.value)]
        for part in parts:
            if isinstance(part, ast.expr) and dotted(part) in names:
                continue
            for one in effects(part, names):
                yield one.does, one.node

    def names_of(self, app: str) -> frozenset[str]:
        """The app's name and the names that are bound to it."""
        names = {app}
        for item in self.items:
            node = item.node
            if isinstance(node, ast.Assign) and dotted(node.value) in names:
                names.update(written for written in map(dotted, node.targets) if written)
        return frozenset(names)

    def early(self, signal: str, app: str, until: int) -> Read | None:
        """What surely sends a signal of the app before an item."""
        names = frozenset((app,))
        made: Read | None = None
        for item in self.items[:until]:
            node = item.node
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(dotted(one) == app for one in targets):
                    made = None
                    continue
            for does, where in self.effects(item, names):
                if does in _SENDS[signal] and not item.guarded and made is None:
                    made = Read(getattr(where, "lineno", 1), _short(where))
        return made

    def after(self, signal: str, app: str, place: int, until: int | None = None) -> tuple[str, bool]:
        """Why the signal may be sent while the receiver is still there: empty where it surely is not, with whether that is certain."""
        names, certain = self.names_of(app), True
        loop = self.items[place].loop
        for item in self.items if loop else self.items[place + 1 : until]:
            if isinstance(item.node, ast.Break) and item.loop:
                return "a loop runs before it is gone", True
            for node in _run(item.node):
                if isinstance(node, ast.Yield | ast.YieldFrom | ast.Await):
                    return "the function waits before it is gone", True
            for does, _ in self.effects(item, names):
                if does in _SENDS[signal]:
                    return "sent", True
                if does == UNKNOWN:
                    return "the app is used before it is gone", True
            for node in _run(item.node):
                if not isinstance(node, ast.Call) or _of_app(node.func, names):
                    continue
                last = dotted(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
                if last in _USING or last in self.own:
                    return f"{last}() is called before it is gone", True
                certain = certain and last in _HARMLESS
        return "", certain


def _shown(node: ast.expr) -> list[ast.expr]:
    """What an expression only puts together: the items of tuples, lists and dicts."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return [one for item in node.elts for one in _shown(item)]
    if isinstance(node, ast.Dict):
        return [one for item in (*node.keys, *node.values) if item is not None for one in _shown(item)]
    return [node]


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """A statement's nodes without the bodies of functions."""
    queue = [node]
    while queue:
        one = queue.pop()
        yield one
        if isinstance(one, _FUNCTIONS):
            queue.extend((*one.decorator_list, *one.args.defaults, *(d for d in one.args.kw_defaults if d is not None)))
        elif not isinstance(one, ast.Lambda):
            queue.extend(ast.iter_child_nodes(one))


def _of_app(node: ast.expr, names: frozenset[str]) -> bool:
    written = dotted(node)
    return any(written == name or written.startswith(f"{name}.") for name in names)


def _short(node: ast.AST) -> str:
    from taskguard.facts.unparse import written

    text = written(node)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _found(frame: _Frame, scope: str, place: int, item: _Item, converter: Converter) -> Iterator[Receiver]:
    """The receivers that an item connects."""
    node = item.node
    if isinstance(node, _FUNCTIONS):
        connects = [(one, _connects(one)) for one in node.decorator_list]
        others = [one for one, signal in connects if signal is None]
        for one, signal in connects:
            if signal is not None and (not isinstance(one, ast.Call) or not one.args):
                yield _judged(frame, scope, place, one, signal, node.name, node, bool(others), converter)
        return
    for call in _run(node):
        signal = _connects(call) if isinstance(call, ast.Call) and call.args else None
        if signal is None or not isinstance(call, ast.Call):
            continue
        given = call.args[0]
        if isinstance(given, ast.Name):
            yield _judged(frame, scope, place, call, signal, given.id, frame.own.get(given.id), False, converter)
        else:
            yield _anonymous(frame, scope, place, call, signal, given, converter)


def _connects(node: ast.AST) -> str | None:
    """The signal that a decorator or call connects a receiver to; None for everything else."""
    func = node.func if isinstance(node, ast.Call) else node
    if isinstance(func, ast.Attribute) and func.attr == "connect" and isinstance(func.value, ast.Attribute):
        return func.value.attr if func.value.attr in WORDS and dotted(func.value.value) else None
    return None


def _app(node: ast.AST) -> str:
    func = node.func if isinstance(node, ast.Call) else node
    return dotted(func).rpartition(".")[0].rpartition(".")[0] if isinstance(func, ast.expr) else ""


def _weak(node: ast.AST) -> bool | None:
    """Whether the signal holds the receiver by a weak reference; None where that cannot be told."""
    if not isinstance(node, ast.Call):
        return True
    if len(node.args) > 2 or any(isinstance(one, ast.Starred) for one in node.args):
        third = node.args[2] if len(node.args) > 2 else None
        return bool(third.value) if isinstance(third, ast.Constant) else None
    weak = True
    for one in node.keywords:
        if one.arg is None or (one.arg in ("weak", "retry") and not isinstance(one.value, ast.Constant)):
            return None
        if isinstance(one.value, ast.Constant):
            if one.arg == "weak":
                weak = weak and bool(one.value.value)
            elif one.arg == "retry":
                weak = weak and not one.value.value
    return weak


def _judged(
    frame: _Frame,
    scope: str,
    place: int,
    node: ast.expr,
    signal: str,
    name: str,
    function: ast.FunctionDef | ast.AsyncFunctionDef | None,
    decorated: bool,
    converter: Converter,
) -> Receiver:
    """A receiver that has a name. `function` is its definition in the same frame, `decorated` says that another decorator may hold it."""
    app, item = _app(node), frame.items[place]
    made = Receiver(signal, app, name, scope, converter.span(node), early=frame.early(signal, app, place))
    if function is None or decorated or item.klass or not _weak(node):
        return made
    if any(_connects(one) is None for one in function.decorator_list):
        return made
    if not scope:
        return _rebound(frame, place, function, made)
    if _used(frame.node, name, node):
        return made
    why, certain = frame.after(signal, app, place)
    if why:
        return made if why == "sent" else made.replace(doubt=why)
    return made.replace(lost="local", certain=certain)


def _rebound(frame: _Frame, place: int, function: ast.AST, made: Receiver) -> Receiver:
    """A function of a module whose name a later statement binds to something else."""
    first = frame.items[place]
    if first.guarded or first.node is not function:
        return made
    for at in range(place + 1, len(frame.items)):
        item = frame.items[at]
        if any(
            isinstance(one, ast.Name) and one.id == made.name and isinstance(one.ctx, ast.Load)
            for one in _run(item.node)
        ):
            return made
        if _binds(item.node, made.name):
            why, _ = frame.after(made.signal, made.app, place, at)
            if item.guarded or item.klass or why:
                return made
            return made.replace(lost="rebound", line=getattr(item.node, "lineno", 1))
    return made


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, _FUNCTIONS):
        return node.name == name
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((one.asname or one.name.partition(".")[0]) == name for one in node.names)
    targets = node.targets if isinstance(node, ast.Assign) else [node]
    return any(isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store) for one in targets)


def _used(function: ast.AST, name: str, connect: ast.expr) -> bool:
    """Whether something in a function may hold what it has under a name, besides the call that connects it."""
    given = connect.args[0] if isinstance(connect, ast.Call) and connect.args else None
    for one in ast.walk(function):
        if isinstance(one, ast.Name) and one is not given and isinstance(one.ctx, ast.Load):
            if one.id == name or one.id in _LOOKS_AT_NAMES:
                return True
        elif isinstance(one, ast.Global | ast.Nonlocal) and name in one.names:
            return True
    return False


def _anonymous(
    frame: _Frame, scope: str, place: int, node: ast.Call, signal: str, given: ast.expr, converter: Converter
) -> Receiver:
    """A receiver without a name of its own."""
    lost, certain = "", True
    if isinstance(given, ast.Lambda):
        lost = "lambda"
    elif isinstance(given, ast.Call) and dotted(given.func) in _PARTIAL:
        lost = "partial"
    elif isinstance(given, ast.Attribute) and isinstance(given.value, ast.Call):
        made = dotted(given.value.func).rpartition(".")[2]
        lost, certain = ("temporary" if made[:1].isupper() else ""), False
    app = _app(node)
    early = frame.early(signal, app, place)
    if not _weak(node):
        lost = ""
    return Receiver(signal, app, _short(given), scope, converter.span(node), lost, certain=certain, early=early)
