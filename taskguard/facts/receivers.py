"""The receivers that a file connects to `on_after_configure` and `on_after_finalize` of a Celery app or to signals of `celery.signals`, and what becomes of them there.

Celery holds a receiver by a weak reference (celery/utils/dispatch/signal.py): it lives as long as something else holds it.
"""

from __future__ import annotations

import ast

from taskguard.diagnostics import Span
from taskguard.facts.expressions import Converter, dotted
from taskguard.facts.in_order import FUNCTIONS, WORDS, Frame, Item, Read, frames, run, short
from taskguard.facts.nesting import has_one, lines_with
from taskguard.facts.signal_names import SENT, SignalNames
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTIAL = ("functools.partial", "partial")
_LOOKS_AT_NAMES = frozenset("eval exec globals locals vars".split())


class Receiver(Record):
    """A receiver that is connected to a signal. `app` is how the app is written, empty for a signal of `celery.signals`, `name` the receiver, `scope` the
    function around.

    `lost` says how it is lost: `local`, `lambda`, `partial`, `temporary`, `rebound` (in `line`), `refused` (it takes no keywords but its own), `unsent` (it wants the parameters in `wants`, which the signal never gives), `unset` (in `line` it asks None for something: what is in `wants` has that default, and the signal never gives it); empty where it is held. It is not `certain` where
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
    wants: tuple[str, ...] = ()


def receivers(text: str) -> tuple[Receiver, ...]:
    """The receivers of a file by line; none where it does not parse."""
    tree = _parsed(text)
    if tree is None:
        return ()
    converter = Converter(text)
    made: list[Receiver] = []
    names = SignalNames(tree, text)
    connecting = lines_with(("connect",), text)
    for scope, node in frames(tree) if connecting else ():
        if not has_one(connecting, node):
            continue
        frame = Frame(node, names)
        for place, item in enumerate(frame.items):
            if has_one(connecting, item.node):
                made.extend(_found(frame, scope, place, item, converter))
    return tuple(sorted(made, key=lambda one: one.span))


def first_sent(text: str, scope: str, name: str, signal: str) -> Read | None:
    """What surely sends a signal of the app `name` when a module, or a function of it, runs."""
    tree = _parsed(text)
    node = dict(frames(tree)).get(scope) if tree is not None else None
    if tree is None or node is None:
        return None
    frame = Frame(node, SignalNames(tree, text))
    return frame.early(signal, name, len(frame.items))


def _parsed(text: str) -> ast.Module | None:
    from taskguard.facts.grammar import tree_of

    try:
        return tree_of(text)
    except (SyntaxError, RecursionError):
        return None


def _found(frame: Frame, scope: str, place: int, item: Item, converter: Converter) -> Iterator[Receiver]:
    """The receivers that an item connects."""
    node = item.node
    if isinstance(node, FUNCTIONS):
        connects = [(one, frame.connects(one)) for one in node.decorator_list]
        others = [one for one, signal in connects if signal is None]
        for one, signal in connects:
            if signal is not None and (not isinstance(one, ast.Call) or not one.args):
                yield _judged(frame, scope, place, one, signal, node.name, node, bool(others), converter)
        return
    for call in run(node):
        signal = frame.connects(call) if isinstance(call, ast.Call) and call.args else None
        if signal is None or not isinstance(call, ast.Call):
            continue
        given = call.args[0]
        if isinstance(given, ast.Name):
            yield _judged(frame, scope, place, call, signal, given.id, frame.own.get(given.id), False, converter)
        else:
            yield _anonymous(frame, scope, place, call, signal, given, converter)


def _app(node: ast.AST) -> str:
    func = node.func if isinstance(node, ast.Call) else node
    app, _, signal = (
        dotted(func).removesuffix(".connect").rpartition(".") if isinstance(func, ast.expr) else ("", "", "")
    )
    return app if signal in WORDS else ""


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
    frame: Frame,
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
    if function is not None and not item.klass and not item.guarded and _is_met_bare(frame, node, name, function):
        if function.args.kwarg is None:
            return made.replace(lost="refused")
        if wants := _wanted_in_vain(signal, function.args):
            return made.replace(lost="unsent", wants=wants)
        used = next(_used_unset(signal, function), None)
        if used is not None:
            return made.replace(lost="unset", wants=(used.id,), line=used.lineno)
    if function is None or decorated or item.klass or not _weak(node):
        return made
    if any(frame.connects(one) is None for one in function.decorator_list):
        return made
    if not scope:
        return _rebound(frame, place, function, made)
    if _used(frame.node, name, node):
        return made
    why, certain = frame.after(signal, app, place)
    if why:
        return made if why == "sent" else made.replace(doubt=why)
    return made.replace(lost="local", certain=certain)


def _wanted_in_vain(signal: str, given: ast.arguments) -> tuple[str, ...]:
    """The parameters without a default that a signal never gives; none of a signal that is not known, nor of parameters that no keyword reaches."""
    if signal not in SENT or given.posonlyargs:
        return ()
    placed = given.args[: len(given.args) - len(given.defaults)]
    alone = (one for one, default in zip(given.kwonlyargs, given.kw_defaults) if default is None)
    return tuple(one.arg for one in (*placed, *alone) if one.arg not in SENT[signal])


def _used_unset(signal: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Name]:
    """Where a body asks a parameter for an attribute or an item that is None in each run: the signal never gives it. What it does under a condition is left out."""
    given = function.args
    defaults = [
        *zip(given.args[len(given.args) - len(given.defaults) :], given.defaults),
        *zip(given.kwonlyargs, given.kw_defaults),
    ]
    unset = {one.arg for one, default in defaults if isinstance(default, ast.Constant) and default.value is None}
    unset -= SENT.get(signal, unset)
    for statement in function.body if unset else ():
        simple = isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return)
        if simple:
            yield from (one for one in _asked(statement) if one.id in unset)
        names = (one for one in ast.walk(statement) if isinstance(one, ast.Name))
        unset -= {one.id for one in names if not simple or isinstance(one.ctx, ast.Store)}


def _asked(statement: ast.stmt) -> Iterator[ast.Name]:
    """The names that a statement surely asks for an attribute or an item."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name):
            yield node.value
        if not isinstance(
            node, ast.IfExp | ast.BoolOp | ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp
        ):
            waiting.extend(ast.iter_child_nodes(node))


def _is_met_bare(frame: Frame, node: ast.expr, name: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether `connect` surely gets a function as it stands there: a decorator below may give it another, and `retry` a wrapper."""
    if not _is_handed_bare(node):
        return False
    if node in function.decorator_list:
        below = function.decorator_list[function.decorator_list.index(node) + 1 :]
    elif sum(_binds(one.node, name) for one in frame.items) == 1:
        below = function.decorator_list
    else:
        return False
    return all(frame.connects(one) is not None and _is_handed_bare(one) for one in below)


def _is_handed_bare(node: ast.expr) -> bool:
    """Whether `connect` holds what it is given itself: with `retry` it holds a wrapper of its own, which takes all keywords."""
    if not isinstance(node, ast.Call):
        return True
    if len(node.args) > 4 or any(isinstance(one, ast.Starred) for one in node.args):
        return False
    return all(one.arg not in (None, "retry") for one in node.keywords)


def _rebound(frame: Frame, place: int, function: ast.AST, made: Receiver) -> Receiver:
    """A function of a module whose name a later statement binds to something else."""
    first = frame.items[place]
    if first.guarded or first.node is not function:
        return made
    for at in range(place + 1, len(frame.items)):
        item = frame.items[at]
        if any(
            isinstance(one, ast.Name) and one.id == made.name and isinstance(one.ctx, ast.Load)
            for one in run(item.node)
        ):
            return made
        if _binds(item.node, made.name):
            why, _ = frame.after(made.signal, made.app, place, at)
            if item.guarded or item.klass or why:
                return made
            return made.replace(lost="rebound", line=getattr(item.node, "lineno", 1))
    return made


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, FUNCTIONS):
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
    frame: Frame, scope: str, place: int, node: ast.Call, signal: str, given: ast.expr, converter: Converter
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
    if isinstance(given, ast.Lambda) and given.args.kwarg is None and _is_handed_bare(node):
        lost = "refused"
    return Receiver(signal, app, short(given), scope, converter.span(node), lost, certain=certain, early=early)
