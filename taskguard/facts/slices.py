"""Of the lines of one function those that have to do with some calls or names: all else may change, and means nothing to who asks for these.

What is kept are the statements that call one of the words, or have it behind a dot, or give one of the names a value; those that have to do with a local name which a kept one
reads or gives a value; and the heads of the blocks around them. What only shows a value (`print(order)`, `logger.info(…)`) has not, unless somebody
asks for that very name.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from taskguard.diagnostics import Span
from taskguard.facts.grammar import function_of
from taskguard.facts.lines import END, depth_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class Piece(Record):
    """Lines that are kept, and where they stand. Of a block of which nothing is kept it is a `pass`."""

    text: str
    span: Span


class _Part:
    """A statement, or the head of a compound one: the names that it reads, gives a value (`stores`) and may change otherwise, the last names of what it
    `calls` and of the attributes that it reads (and the keywords of calls), whether it calls nothing but what shows values, and whether it `leaves` the block that it stands in."""

    __slots__ = ("around", "blocks", "calls", "changes", "first", "kept", "last", "leaves", "reads", "shows", "stores")

    def __init__(self, first: int, last: int, around: _Part | None) -> None:
        self.first, self.last, self.around = first, last, around
        self.blocks: list[_Block] = []
        self.reads: set[str] = set()
        self.stores: set[str] = set()
        self.changes: set[str] = set()
        self.calls: set[str] = set()
        self.shows = self.leaves = self.kept = False


class _Block:
    """The statements of a block. `head` are the lines of what opens it behind the head of its statement (`else:`, `except …:`), 0 where there is none;
    `needed` says that the statement is none without it."""

    __slots__ = ("head", "needed", "parts")

    def __init__(self, head: tuple[int, int], *, needed: bool) -> None:
        self.head, self.needed = head, needed
        self.parts: list[_Part] = []


NO_HEAD = (0, 0)
TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))
# The words that stand for what a function gives back, for `global` and `nonlocal`, and for what only shows a name that matters.
RETURN, GLOBAL, SHOWN = "return", "global", "shown"
# Calls that change nothing of what they are given, and mean nothing to who looks for what it is.
SHOWING = frozenset("debug info warning error exception print len str repr".split())


def about(cut: str, first: int, words: Collection[str], names: Collection[str]) -> tuple[Piece, ...] | None:
    """The pieces of the function whose lines are these, with `def` on the line `first` of its file; None where they do not parse."""
    read = _read(cut, first)
    if read is None:
        return None
    if read.whole.blocks:
        read.keep(frozenset(words), frozenset(names))
    return tuple(_pieces(read.whole, read.lines, first))


@lru_cache(maxsize=64)
def _read(cut: str, first: int) -> _Function | None:
    """The function by its statements: it is asked for one name after another."""
    node = function_of(cut, first)
    if node is None or node.lineno != first:
        return None
    return _Function(node, END.split(cut.rstrip()), first)


def text_of(pieces: tuple[Piece, ...]) -> str:
    """The lines of a function of which only these are kept, each where it stands; all others are empty."""
    made: list[str] = []
    base = pieces[0].span.line
    for one in pieces:
        made += [""] * (one.span.line - base - len(made))
        made += one.text.split("\n")[max(0, base + len(made) - one.span.line) :]
    return "\n".join(made) + "\n"


class _Function:
    """The statements of a function. `whole` is its head; all of it, where its body stands on the line of that."""

    def __init__(self, node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str], base: int) -> None:
        self.lines = lines
        reader = _Reader(lines, base)
        apart = reader.alone(node.body[0])
        self.whole = _Part(base, _begin(node.body[0]) - 1 if apart else base + len(lines) - 1, None)
        if apart:
            body = _Block(NO_HEAD, needed=True)
            self.whole.blocks.append(body)
            reader.block(node.body, body, self.whole)
        self._parts = reader.parts
        self._local = {name for one in self._parts for name in one.stores}
        self._changing: dict[str, list[_Part]] = {}
        for one in self._parts:
            for name in one.stores | one.changes:
                self._changing.setdefault(name, []).append(one)

    def keep(self, words: frozenset[str], names: frozenset[str]) -> None:
        """Marks what is kept."""
        for one in self._parts:
            one.kept = False
        self.whole.kept = True
        wanted: set[str] = set()
        waiting = [one for one in self._parts if not words.isdisjoint(one.calls)]
        waiting += [one for name in names for one in self._changing.get(name, ())]
        while waiting:
            part: _Part | None = waiting.pop()
            while part is not None and not part.kept:
                part.kept = True
                for name in self._local.intersection(part.reads | part.stores) - wanted:
                    wanted.add(name)
                    waiting += self._changing.get(name, ())
                part = part.around
        wanted |= names
        shown = wanted if SHOWN in words else names
        for one in self._parts:
            if not one.kept and not one.reads.isdisjoint(shown if one.shows else wanted):
                above: _Part | None = one
                while above is not None and not above.kept:
                    above.kept = True
                    above = above.around
        for one in self._parts:
            # Whether a test that is kept ends the function is a part of what it says.
            within = one.around is not None and one.around.around is not None and one.around.kept
            one.kept = one.kept or (one.leaves and within)


def _pieces(part: _Part, lines: list[str], base: int) -> Iterator[Piece]:
    yield _piece(lines, base, part.first, part.last)
    for block in part.blocks:
        kept = [one for one in block.parts if one.kept]
        if not kept and not block.needed:
            continue
        if block.head != NO_HEAD:
            yield _piece(lines, base, *block.head)
        # An `else` that holds one `if` alone is an `elif` to Python's parser.
        filler = not kept or (block.head != NO_HEAD and len(kept) == 1)
        for one in block.parts:
            if one.kept:
                yield from _pieces(one, lines, base)
            elif filler:
                filler = False
                line = lines[one.first - base]
                indent = line[: depth_of(line)]
                yield Piece(f"{indent}pass", Span(one.first, 1, one.first, len(indent) + 5))


def _piece(lines: list[str], base: int, first: int, last: int) -> Piece:
    return Piece("\n".join(lines[first - base : last - base + 1]), _span(lines, base, first, last))


def _span(lines: list[str], base: int, first: int, last: int) -> Span:
    return Span(first, 1, last, len(lines[last - base]) + 1)


def _begin(node: ast.stmt) -> int:
    """The line on which a statement begins, its decorators among it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


class _Reader:
    def __init__(self, lines: list[str], base: int) -> None:
        self._lines, self._base = lines, base
        self.parts: list[_Part] = []

    def block(self, statements: list[ast.stmt], block: _Block, around: _Part) -> None:
        for one in statements:
            part = self._statement(one, around)
            block.parts.append(part)

    def _statement(self, node: ast.stmt, around: _Part) -> _Part:
        first = _begin(node)
        blocks = list(self._blocks(node))
        own = [body for _, body, _ in blocks if body]
        # What stands on the line of something else is no block that could be left out.
        apart = bool(own) and all(self.alone(body[0]) for body in own)
        if not apart:
            part = _Part(first, node.end_lineno or node.lineno, around)
            part.leaves = isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break)
            if isinstance(node, ast.Return):
                part.calls.add(RETURN)
            self._note(part, ast.walk(node))
        else:
            part = _Part(first, _begin(own[0][0]) - 1, around)
            self._note(part, _head(node))
            part.shows = False
            for head, body, needed in blocks:
                if body:
                    made = _Block(head, needed=needed)
                    part.blocks.append(made)
                    self.block(body, made, part)
        self.parts.append(part)
        return part

    def alone(self, node: ast.stmt) -> bool:
        """Whether nothing stands before a statement on its line."""
        line = _begin(node)
        before = self._lines[line - self._base].encode()[: node.col_offset if line == node.lineno else 0]
        return not before.strip()

    def _blocks(self, node: ast.stmt) -> Iterator[tuple[tuple[int, int], list[ast.stmt], bool]]:
        """The blocks of a compound statement: what opens each, its statements, and whether it has to be there."""
        if isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While):
            yield NO_HEAD, node.body, True
            elif_ = isinstance(node, ast.If) and len(node.orelse) == 1 and self._is_elif(node.orelse[0])
            yield NO_HEAD if elif_ else self._opened(node.orelse), node.orelse, False
        elif isinstance(node, ast.With | ast.AsyncWith | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield NO_HEAD, node.body, True
        elif isinstance(node, TRIES):
            yield NO_HEAD, node.body, True
            for handler in node.handlers:
                yield (handler.lineno, _begin(handler.body[0]) - 1), handler.body, True
            yield self._opened(node.orelse), node.orelse, False
            yield self._opened(node.finalbody), node.finalbody, not node.handlers
        elif isinstance(node, ast.Match):
            for case in node.cases:
                yield (case.pattern.lineno, _begin(case.body[0]) - 1), case.body, True

    def _is_elif(self, node: ast.stmt) -> bool:
        return self._lines[node.lineno - self._base].lstrip().startswith("elif")

    def _opened(self, body: list[ast.stmt]) -> tuple[int, int]:
        """The line above a block that opens it: `else:`, `finally:`."""
        if not body:
            return NO_HEAD
        line = _begin(body[0]) - 1
        while line > self._base and not self._lines[line - self._base].lstrip().startswith(("else", "finally")):
            line -= 1
        return line, line

    def _note(self, part: _Part, nodes: Iterator[ast.AST]) -> None:
        lasts: list[str] = []
        for one in nodes:
            if isinstance(one, ast.Name):
                (part.reads if isinstance(one.ctx, ast.Load) else part.stores).add(one.id)
            elif isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Load):
                part.calls.add(one.attr)
            elif isinstance(one, ast.Attribute | ast.Subscript) and not isinstance(one.ctx, ast.Load):
                part.changes.add(_base(one))
            elif isinstance(one, ast.Call):
                lasts.append(self._call(part, one))
            elif isinstance(one, ast.alias):
                part.stores.add((one.asname or one.name).partition(".")[0])
            elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
                part.stores.add(one.name or "")
            elif isinstance(one, ast.arg):
                part.changes.add(one.arg)
            elif isinstance(one, ast.Global | ast.Nonlocal):
                part.stores.update(one.names)
                part.calls.add(GLOBAL)
            elif isinstance(one, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
                part.stores.add(getattr(one, "name", None) or getattr(one, "rest", None) or "")
        part.stores.discard("")
        part.shows = bool(lasts) and not part.stores and not part.blocks and SHOWING.issuperset(lasts)

    def _call(self, part: _Part, call: ast.Call) -> str:
        func = call.func
        last = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        part.calls.update((last, *(one.arg for one in call.keywords if one.arg is not None)))
        if isinstance(func, ast.Attribute):
            part.changes.add(_base(func))  # `steps.append(…)` changes what `steps` is
        return last


def _head(node: ast.stmt) -> Iterator[ast.AST]:
    """All nodes of the head of a compound statement, those of what opens its blocks among them."""
    bodies = {id(one) for field in ("body", "orelse", "finalbody") for one in getattr(node, field, ())}
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, ast.ExceptHandler | ast.match_case):
            bodies.update(map(id, one.body))
        waiting.extend(each for each in ast.iter_child_nodes(one) if id(each) not in bodies)


def _base(node: ast.expr) -> str:
    """The name that an expression is a part of."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Await):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
