"""One question to astroid: what is the expression at this place worth?"""

from __future__ import annotations

from astroid import nodes

from taskguard.inference.isolation import Modules, Spent, apart, transforms
from taskguard.inference.literals import plain, qualified
from taskguard.inference.model import Source, Told
from taskguard.inference.sound import Changes, believable, root_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.diagnostics import Span

MOST_QUESTIONS = 200


class Inference:
    """What astroid makes of the modules that `source_of` gives by their dotted names (None: there is no such module).

    Nothing else is read: no installed package, nor the standard library. After `MOST_QUESTIONS` nothing is told any more.
    """

    def __init__(self, source_of: Callable[[str], Source | None]) -> None:
        self._modules = Modules(source_of)
        self._transforms = transforms()
        self._changes: dict[str, Changes] = {}
        self._places: dict[str, dict[tuple[int, int, int, int], nodes.NodeNG]] = {}
        self._told: dict[tuple[str, Span], Told | None] = {}

    def infer(self, module: str, span: Span) -> Told | None:
        """The one value of the expression at `span` of `module`; None where astroid cannot tell, or cannot be believed."""
        key = (module, span)
        if key not in self._told:
            self._told[key] = self._ask(module, span) if len(self._told) < MOST_QUESTIONS else None
        return self._told[key]

    def _ask(self, module: str, span: Span) -> Told | None:
        with apart(self._modules, self._transforms) as steps:
            try:
                return self._answer(module, span)
            except Spent:
                return None
            except Exception:  # astroid raises all kinds on odd code; to us that only means that it cannot tell
                return None
            finally:
                steps.watching = False

    def _answer(self, module: str, span: Span) -> Told | None:
        tree = self._modules[module]
        node = self._place(module, tree, span)
        steps = self._modules.steps
        found = list(node.infer()) if node is not None else []
        if len(found) != 1:
            return None
        result = found[0]
        value = None if isinstance(result, nodes.ClassDef) else plain(result)
        for name, one in self._modules.own.items():
            if name not in self._changes:
                self._changes[name] = Changes(one)
        if not believable(steps, self._modules.own, self._changes, result):
            return None
        read = tuple(dict.fromkeys(name for key in steps.seen if (name := root_name(key[0])) in self._modules.own))
        if not isinstance(result, nodes.ClassDef):
            return Told(value, read)
        if not result.lineno or result.root() is not self._modules.own.get(result.root().name):
            return None
        return Told(None, read, result.root().name, qualified(result))

    def _place(self, module: str, tree: nodes.Module, span: Span) -> nodes.NodeNG | None:
        """The expression at a place; the outermost where several begin and end there."""
        if module not in self._places:
            text = tree.file_bytes.splitlines(keepends=True) if isinstance(tree.file_bytes, bytes) else []
            places: dict[tuple[int, int, int, int], nodes.NodeNG] = {}
            for node in _expressions(tree):
                start, end = (
                    _column(text, node.lineno, node.col_offset),
                    _column(text, node.end_lineno, node.end_col_offset),
                )
                places.setdefault((node.lineno, start, node.end_lineno, end), node)
            self._places[module] = places
        return self._places[module].get((span.line, span.column, span.end_line, span.end_column))


def _expressions(tree: nodes.Module) -> list[nodes.NodeNG]:
    made, waiting = [], list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if (
            not node.is_statement
            and node.lineno
            and node.end_col_offset is not None
            and not isinstance(node, nodes.Keyword)
        ):
            made.append(node)
        waiting.extend(reversed(list(node.get_children())))
    return made


def _column(lines: list[bytes], line: int, offset: int) -> int:
    """The 1-based column in code points of an offset in bytes."""
    return len(lines[line - 1][:offset].decode("utf-8", "replace")) + 1 if line <= len(lines) else offset + 1
