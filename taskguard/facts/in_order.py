"""What a module or function does from its first statement to its last, branches in the order in which they stand, and what that does with a Celery app."""

from __future__ import annotations

import ast

from taskguard.facts.app_use import FINALISES, READS, UNKNOWN, effects
from taskguard.facts.expressions import dotted
from taskguard.facts.nesting import nested
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.signal_names import SignalNames


CONFIGURED, FINALISED = "on_after_configure", "on_after_finalize"
WORDS = (CONFIGURED, FINALISED)
# What sends each of them; those of `celery.signals` are sent by workers, beat and senders.
_SENDS = {CONFIGURED: (READS, FINALISES), FINALISED: (FINALISES,)}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Calls after which nothing is different for an app that they are not given, and those that may use one all the same.
_HARMLESS = frozenset(
    "Exchange Queue app_context bool crontab debug dict exception float frozenset getLogger get_logger get_task_logger getenv info int isinstance len "
    "critical error list print register_blueprint route set str super timedelta tuple warning".split()
)
# Words in the names of functions that may run a worker, or send something, until they end.
_WORKING = regex(r"run|start|work|serve|main|exec|task|apply|send|publish|loop|listen|consume|invoke|spawn")
_USING = frozenset(
    "apply_async call call_command chain chord delay execute execute_from_command_line forever group loop main run run_forever s serve serve_forever si sleep "
    "signature start start_server starmap wait worker_main".split()
)


class Read(Record):
    """Code that makes Celery read its configuration: the line, and what stands there."""

    line: int
    text: str


class Item(Record):
    """A simple statement, the head of a compound one, or a definition. `guarded`: it may not run, `loop`: more than once, `klass`: in a class."""

    node: ast.AST
    guarded: bool
    loop: bool
    klass: bool


def frames(tree: ast.Module) -> Iterator[tuple[str, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The module and each function in it, with qualified names."""
    yield "", tree
    queue: list[tuple[str, ast.AST]] = [("", tree)]
    while queue:
        prefix, node = queue.pop()
        for child in nested(node):
            if isinstance(child, FUNCTIONS):
                yield f"{prefix}{child.name}", child
                queue.append((f"{prefix}{child.name}.<locals>.", child))
            else:
                queue.append((f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix, child))


def _flat(body: list[ast.stmt], guarded: bool, loop: bool, klass: bool) -> Iterator[Item]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            for head in (*node.decorator_list, *node.bases, *node.keywords):
                yield Item(head, guarded, loop, klass)
            yield from _flat(node.body, guarded, loop, True)
            yield Item(ast.copy_location(ast.Name(node.name, ast.Store()), node), guarded, loop, klass)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for one in node.items:
                yield Item(one, guarded, loop, klass)
            yield from _flat(node.body, guarded, loop, klass)
        elif isinstance(node, ast.If | ast.While | ast.For | ast.AsyncFor | ast.Try | ast.Match) or hasattr(
            node, "handlers"
        ):
            again = loop or isinstance(node, ast.While | ast.For | ast.AsyncFor)
            heads = (getattr(node, field, None) for field in ("test", "target", "iter", "subject"))
            yield from (Item(one, guarded, again, klass) for one in heads if one is not None)
            if isinstance(node, ast.While):
                yield Item(ast.copy_location(ast.Break(), node), guarded, again, klass)
            blocks = [getattr(node, field, []) for field in ("body", "orelse", "finalbody")]
            blocks += [one.body for one in (*getattr(node, "handlers", ()), *getattr(node, "cases", ()))]
            for block in blocks:
                yield from _flat(block, True, again, klass)
        else:
            yield Item(node, guarded, loop, klass)


class Frame:
    """The statements of a module or function in their order, branches and bodies of classes included."""

    def __init__(self, node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, names: SignalNames) -> None:
        self.node = node
        self.names = names
        self.items = list(_flat(node.body, False, False, False))
        self.own = {one.node.name: one.node for one in self.items if isinstance(one.node, FUNCTIONS) and not one.klass}

    def connects(self, node: ast.AST) -> str | None:
        """The signal that a decorator or call connects a receiver to; None for everything else."""
        func = node.func if isinstance(node, ast.Call) else node
        if not isinstance(func, ast.Attribute) or func.attr != "connect":
            return None
        if isinstance(func.value, ast.Attribute) and func.value.attr in WORDS:
            return func.value.attr if dotted(func.value.value) else None
        return self.names.signal(func.value) or None

    def effects(self, item: Item, names: frozenset[str]) -> Iterator[tuple[str, ast.AST]]:
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
        if signal not in WORDS:
            return None
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
                    made = Read(getattr(where, "lineno", 1), short(where))
        return made

    def after(self, signal: str, app: str, place: int, until: int | None = None) -> tuple[str, bool]:
        """Why the signal may be sent while the receiver is still there: empty where it surely is not, with whether that is certain."""
        names, certain = self.names_of(app) if signal in WORDS else frozenset[str](), True
        loop = self.items[place].loop
        for item in self.items if loop else self.items[place + 1 : until]:
            if isinstance(item.node, ast.Break) and item.loop:
                return "a loop runs before it is gone", True
            for node in run(item.node):
                if isinstance(node, ast.Yield | ast.YieldFrom | ast.Await):
                    return "the function waits before it is gone", True
            for does, _ in self.effects(item, names):
                if does in _SENDS[signal]:
                    return "sent", True
                if does == UNKNOWN:
                    return "the app is used before it is gone", True
            for node in run(item.node):
                if not isinstance(node, ast.Call) or _of_app(node.func, names) or self.connects(node):
                    continue
                last = dotted(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
                if last in _USING or last in self.own or (signal not in WORDS and _WORKING.search(last.lower())):
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


def run(node: ast.AST) -> Iterator[ast.AST]:
    """A statement's nodes without the bodies of functions."""
    queue = [node]
    while queue:
        one = queue.pop()
        yield one
        if isinstance(one, FUNCTIONS):
            queue.extend((*one.decorator_list, *one.args.defaults, *(d for d in one.args.kw_defaults if d is not None)))
        elif not isinstance(one, ast.Lambda):
            queue.extend(ast.iter_child_nodes(one))


def _of_app(node: ast.expr, names: frozenset[str]) -> bool:
    written = dotted(node)
    return any(written == name or written.startswith(f"{name}.") for name in names)


def short(node: ast.AST) -> str:
    from taskguard.facts.unparse import written

    text = written(node)
    return text if len(text) <= 60 else f"{text[:57]}..."
