"""From the parser's expressions to ours."""

from __future__ import annotations

import ast

from taskguard.diagnostics import Span
from taskguard.facts.model import Attr, Call, Cond, Const, Dict, Expr, Item, Keyword, Op, Opaque, Ref, Seq, Star
from taskguard.record import maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.facts.model import SeqKind

OPERATORS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**", "BitOr": "|",
    "BitAnd": "&", "BitXor": "^", "LShift": "<<", "RShift": ">>", "And": "and", "Or": "or", "Not": "not",
    "USub": "neg", "UAdd": "pos", "Invert": "~", "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">",
    "GtE": ">=", "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in",
}  # fmt: skip

OPAQUE = {
    ast.Lambda: "lambda", ast.ListComp: "comprehension", ast.SetComp: "comprehension", ast.DictComp: "comprehension",
    ast.GeneratorExp: "generator", ast.JoinedStr: "f-string", ast.Await: "await", ast.Yield: "yield",
    ast.YieldFrom: "yield", ast.NamedExpr: "assignment", ast.Slice: "slice",
}  # fmt: skip

DEEPEST = 150
# Source that is longer than so many characters is kept as a digest.
LONGEST = 2_000
LITERALS = (str, int, float)
# Literals beyond these are not looked into.
LONGEST_TEXT, LARGEST = 10_000, 10**18

# Most of what is made of a file are these; all their fields are given, so nothing has to be looked up to make one.
_span, _const, _ref, _call, _keyword = maker(Span), maker(Const), maker(Ref), maker(Call), maker(Keyword)
_op, _attr, _seq, _items, _item_of = maker(Op), maker(Attr), maker(Seq), maker(Dict), maker(Item)


class Converter:
    """Turns expressions of one file into ours. It holds the file's text only to count columns in code points."""

    def __init__(self, text: str) -> None:
        # The lines in which columns are no offsets, by number: few files have one.
        self._wide: dict[int, bytes] = {}
        if not text.isascii():
            lines = text.encode("utf-8", "surrogatepass").splitlines(keepends=True)
            self._wide = {number: line for number, line in enumerate(lines, 1) if not line.isascii()}
        self.span: Callable[[Any], Span] = self._span if self._wide else _plain_span
        self._depth = 0
        self._calls: dict[int, tuple[ast.Call, Call]] = {}  # with the nodes, which keep their identities so

    def column(self, line: int, offset: int) -> int:
        """The 1-based column in code points of a 0-based offset in UTF-8 bytes."""
        if offset == 0 or line not in self._wide:
            return offset + 1
        return len(self._wide[line][:offset].decode("utf-8", "replace")) + 1

    def _span(self, node: Any) -> Span:
        first, last = node.lineno, node.end_lineno
        return _span((first, self.column(first, node.col_offset), last, self.column(last, node.end_col_offset)))

    def convert(self, node: ast.expr) -> Expr:
        """Our form of `node`; Opaque where it is something that facts do not look into."""
        kind = type(node)
        leaf = LEAVES.get(kind)
        if leaf is not None:
            return leaf(self, node)
        handler = HANDLERS.get(kind)
        if handler is None or self._depth > DEEPEST:
            return self.opaque(node)
        self._depth += 1
        try:
            return handler(self, node)
        finally:
            self._depth -= 1

    def opaque(self, node: ast.expr) -> Opaque:
        kind = OPAQUE.get(type(node), "expression")
        return Opaque(kind, normalised(node), self.span(node))

    def call(self, node: ast.Call) -> Call:
        """Our form of a call. Outermost ones are asked for several times: as calls, as values, as statements."""
        if self._depth > 1:
            return self._call(node)
        held = self._calls.get(id(node))
        if held is None:
            held = self._calls[id(node)] = node, self._call(node)
        return held[1]

    def _call(self, node: ast.Call) -> Call:
        args = tuple([self.convert(arg) for arg in node.args])
        return _call((self.convert(node.func), args, self.keywords(node.keywords), self.span(node)))

    def keywords(self, nodes: list[ast.keyword]) -> tuple[Keyword, ...]:
        return tuple([_keyword((one.arg, self.convert(one.value), self.span(one))) for one in nodes])


def _plain_span(node: Any) -> Span:
    """Where something stands in a file whose columns are offsets."""
    return _span((node.lineno, node.col_offset + 1, node.end_lineno, node.end_col_offset + 1))


def normalised(node: ast.AST) -> str:
    """The source of `node` without its formatting; a digest where it is long or Python cannot write it."""
    from taskguard.facts.unparse import digest, written

    text = written(node)
    return text if len(text) <= LONGEST else digest(text)


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of attributes of a name, else the empty string."""
    if type(node) is ast.Name:
        return node.id
    tail = ""
    while type(node) is ast.Attribute:
        tail = f".{node.attr}{tail}"
        node = node.value
    return node.id + tail if type(node) is ast.Name else ""


def is_text(node: ast.stmt) -> bool:
    """Whether a statement is a string and nothing else: where it is the first one, a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _constant(of: Converter, node: ast.Constant) -> Expr:
    value = node.value
    if value is None or (isinstance(value, LITERALS) and usable(value)):
        return _const((value, of.span(node)))
    return Opaque("bytes" if isinstance(value, bytes) else "constant", normalised(node), of.span(node))


def usable(value: str | float) -> bool:
    """Whether a literal can be printed, kept as JSON and written to a file: no giant number, none beyond all numbers, no half of a character."""
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and (value.isascii() or _encodable(value))
    return -LARGEST <= value <= LARGEST


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name(of: Converter, node: ast.Name) -> Expr:
    return _ref((node.id, of.span(node)))


def _attribute(of: Converter, node: ast.Attribute) -> Expr:
    name = dotted(node)
    if name:
        return _ref((name, of.span(node)))
    return _attr((of.convert(node.value), node.attr, of.span(node)))


def _display(kind: SeqKind) -> Callable[[Converter, Any], Expr]:
    def convert(of: Converter, node: Any) -> Expr:
        return _seq((kind, tuple([of.convert(item) for item in node.elts]), of.span(node)))

    return convert


def _dict(of: Converter, node: ast.Dict) -> Expr:
    pairs = zip(node.keys, node.values, strict=True)
    return _items((tuple([(of.convert(k) if k else None, of.convert(v)) for k, v in pairs]), of.span(node)))


def _unary(of: Converter, node: ast.UnaryOp) -> Expr:
    operand = of.convert(node.operand)
    if isinstance(node.op, ast.USub) and isinstance(operand, Const) and type(operand.value) in (int, float):
        return Const(-operand.value, of.span(node))  # type: ignore[operator]
    return Op(OPERATORS[type(node.op).__name__], (operand,), of.span(node))


def _binary(of: Converter, node: ast.BinOp) -> Expr:
    op = OPERATORS.get(type(node.op).__name__, "?")
    return _op((op, (of.convert(node.left), of.convert(node.right)), of.span(node)))


def _bool(of: Converter, node: ast.BoolOp) -> Expr:
    return Op(OPERATORS[type(node.op).__name__], tuple([of.convert(v) for v in node.values]), of.span(node))


def _compare(of: Converter, node: ast.Compare) -> Expr:
    if len(node.ops) > 1:
        return of.opaque(node)
    op = OPERATORS[type(node.ops[0]).__name__]
    return _op((op, (of.convert(node.left), of.convert(node.comparators[0])), of.span(node)))


def _joined(of: Converter, node: ast.JoinedStr) -> Expr:
    """An f-string of plain replacements is a sum of texts; one that formats is not looked into."""
    parts: list[Expr] = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            if value.conversion != -1 or value.format_spec is not None:
                return of.opaque(node)
            parts.append(of.convert(value.value))
        else:
            parts.append(of.convert(value))
    return _op(("f", tuple(parts), of.span(node))) if parts else Const("", of.span(node))


def _cond(of: Converter, node: ast.IfExp) -> Expr:
    return Cond(of.convert(node.test), of.convert(node.body), of.convert(node.orelse), of.span(node))


def _item(of: Converter, node: ast.Subscript) -> Expr:
    return _item_of((of.convert(node.value), of.convert(node.slice), of.span(node)))


def _star(of: Converter, node: ast.Starred) -> Expr:
    return Star(of.convert(node.value), of.span(node))


# What has nothing below it.
LEAVES: dict[type, Callable[[Converter, Any], Expr]] = {ast.Constant: _constant, ast.Name: _name}
HANDLERS: dict[type, Callable[[Converter, Any], Expr]] = {
    ast.Attribute: _attribute,
    ast.Call: Converter.call,
    ast.List: _display("list"),
    ast.Tuple: _display("tuple"),
    ast.Set: _display("set"),
    ast.Dict: _dict,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.BoolOp: _bool,
    ast.Compare: _compare,
    ast.IfExp: _cond,
    ast.JoinedStr: _joined,
    ast.Subscript: _item,
    ast.Starred: _star,
}
