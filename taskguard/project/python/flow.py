"""What functions do, asked for one function at a time, and ways to go through it."""

from __future__ import annotations

from taskguard.facts.lines import Lines
from taskguard.facts.model import Attr, Call, Cond, Const, Dict, Expr, Function, Item, Op, Ref, Seq, Star
from taskguard.facts.statements import (
    Body,
    Define,
    Do,
    If,
    Inner,
    Let,
    Loop,
    Match,
    Other,
    Raise,
    Return,
    Statement,
    Try,
    With,
)
from taskguard.project.python import text_questions as texts
from taskguard.project.python.call_questions import lines_about
from taskguard.query import Keyed, query
from taskguard.record import Record, maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.statements import PartKind
    from taskguard.project.python.project import Module


@query
def lines_of(module: Module) -> Lines | None:
    """The text of a file by its lines, None where it cannot be read."""
    text = module.project.text(module.path)
    return None if text is None else Lines(text)


def body_of(module: Module, function: Function) -> Body | None:
    """What a function of a file does; None where the text is not there. Only the lines of that function are parsed, once in a run."""
    return _body(module, Keyed(function, (function.span,)))


@query
def _body(module: Module, keyed: Keyed) -> Body | None:
    from taskguard.facts.flow import body_at

    function: Function = keyed.held
    first, last = function.span.line, function.span.end_line
    named = module.function(function.qualname)
    if named is not None and named.span == function.span:
        return body_at(texts.written_lines(module.project, module.path, function), first)
    lines = lines_of(module)  # another one has the name by now, and questions are remembered by that
    return None if lines is None else body_at(lines.text[lines.start(first) : lines.after(last)], first)


def body_about(module: Module, function: Function, words: Iterable[str], names: Iterable[str] = ()) -> Body | None:
    """As `body_of`, of what in a function has to do with calls whose last name, or one of whose keywords, is one of `words`, and with the local `names`
    (`facts/slices.py`): who asks for it rests on these lines, and on no other."""
    return _body_about(module, Keyed(function, (function.span,)), tuple(sorted(words)), tuple(sorted(names)))


@query
def _body_about(module: Module, keyed: Keyed, words: tuple[str, ...], names: tuple[str, ...]) -> Body | None:
    from taskguard.facts.flow import body_at
    from taskguard.facts.slices import text_of

    function: Function = keyed.held
    named = module.function(function.qualname)
    if named is None or named.span != function.span:
        return body_of(module, function)
    pieces = lines_about(module.project, module.path, function, words, names)
    return body_at(text_of(pieces), function.span.line) if pieces is not None else None


class Around(Record):
    """A block that something stands in. `part` is `body`, `branch`, `orelse`, `handler`, `final` or `case`; `number` says which branch, handler or case."""

    statement: Statement
    part: PartKind
    number: int = 0


class Spot(Record):
    """A statement and the blocks around it, the outermost first."""

    statement: Statement
    around: tuple[Around, ...]


_spot = maker(Spot)
COMPOUND = (If, Loop, With, Try, Match, Define)


class Called(Record):
    """A call in a function. `spot` is the statement that it is part of.

    `later` says that it is no part of what the function does when it runs, but of a lambda or function within: `holder` is that
    lambda or function, None where it is the function itself. `within` are the expressions around the call, the outermost first.
    """

    call: Call
    spot: Spot
    holder: Inner | Define | None
    within: tuple[Expr, ...]

    @property
    def later(self) -> bool:
        return self.holder is not None


def tests_of(spot: Spot) -> Iterator[tuple[Expr, bool]]:
    """The tests of the `if` statements around something, and what each has come to where that is reached."""
    for block in spot.around:
        one = block.statement
        if isinstance(one, If):
            taken = block.number if block.part == "branch" else len(one.branches)
            for number, (test, _) in enumerate(one.branches[: taken + 1]):
                yield test, number == taken


def blocks(statement: Statement) -> Iterator[tuple[Around, tuple[Statement, ...]]]:
    """The blocks of a compound statement, in order; those of a function or class within, too."""
    if isinstance(statement, If):
        for number, (_, block) in enumerate(statement.branches):
            yield Around(statement, "branch", number), block
        yield Around(statement, "orelse"), statement.orelse
    elif isinstance(statement, Loop):
        yield Around(statement, "body"), statement.body
        yield Around(statement, "orelse"), statement.orelse
    elif isinstance(statement, With | Define):
        yield Around(statement, "body"), statement.body
    elif isinstance(statement, Try):
        yield Around(statement, "body"), statement.body
        for number, handler in enumerate(statement.handlers):
            yield Around(statement, "handler", number), handler.body
        yield Around(statement, "orelse"), statement.orelse
        yield Around(statement, "final"), statement.final
    elif isinstance(statement, Match):
        for number, case in enumerate(statement.cases):
            yield Around(statement, "case", number), case


def spots(statements: tuple[Statement, ...], around: tuple[Around, ...] = (), *, inner: bool = False) -> Iterator[Spot]:
    """All statements below, in order, heads before what they hold. `inner`: those of functions within, too."""
    made: list[Spot] = []
    _add_spots(made, statements, around, inner)
    return iter(made)


def _add_spots(made: list[Spot], statements: tuple[Statement, ...], around: tuple[Around, ...], inner: bool) -> None:
    for one in statements:
        made.append(_spot((one, around)))
        if isinstance(one, COMPOUND) and (inner or not (isinstance(one, Define) and one.kind == "function")):
            for block, held in blocks(one):
                if held:
                    _add_spots(made, held, (*around, block), inner)


def expressions(statement: Statement) -> tuple[Expr, ...]:
    """The expressions of a statement itself (of a compound one: of its head), in the order in which they are worked out."""
    if isinstance(statement, Do):
        return (statement.expr,)
    if isinstance(statement, Let):
        return (statement.value, *statement.targets)
    if isinstance(statement, Return):
        return () if statement.value is None else (statement.value,)
    if isinstance(statement, Raise):
        return tuple(one for one in (statement.value, statement.cause) if one is not None)
    if isinstance(statement, If):
        return tuple([test for test, _ in statement.branches])
    if isinstance(statement, Loop):
        return (statement.head,) if statement.target is None else (statement.head, statement.target)
    if isinstance(statement, With):
        return tuple(one for item in statement.items for one in item if one is not None)
    if isinstance(statement, Try):
        return tuple(one for handler in statement.handlers for one in handler.types or ())
    if isinstance(statement, Match):
        return (statement.subject,)
    if isinstance(statement, Define):
        return (*statement.decorators, *(one.default for one in statement.params if one.default is not None))
    return statement.parts if isinstance(statement, Other) else ()


PLAIN = (Ref, Const)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that an expression is made of, in the order in which they are worked out."""
    if isinstance(expr, Call):
        return (expr.func, *expr.args, *(one.value for one in expr.keywords))
    if isinstance(expr, Attr):
        return (expr.of,)
    if isinstance(expr, Item):
        return (expr.of, expr.index)
    if isinstance(expr, Seq):
        return expr.items
    if isinstance(expr, Dict):
        return tuple(one for pair in expr.items for one in pair if one is not None)
    if isinstance(expr, Op):
        return expr.operands
    if isinstance(expr, Cond):
        return (expr.test, expr.body, expr.orelse)
    if isinstance(expr, Star):
        return (expr.value,)
    if isinstance(expr, Inner):
        return (
            *(one for pair in expr.over for one in pair[::-1] if one is not None),
            *expr.parts,
            *(one.default for one in expr.params if one.default is not None),
        )
    return ()


def below(expr: Expr, within: tuple[Expr, ...] = ()) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    """An expression and all in it, inner ones first as they are worked out; with those around each, the outermost first."""
    made: list[tuple[Expr, tuple[Expr, ...]]] = []
    _add_below(made, expr, within)
    return iter(made)


def is_choice(expr: Expr) -> bool:
    """Whether an expression works out a part of it under a condition: `a if b else c`, `a and b`, `a or b`."""
    return isinstance(expr, Cond) or (isinstance(expr, Op) and expr.op in ("and", "or"))


def _add_below(made: list[tuple[Expr, tuple[Expr, ...]]], expr: Expr, within: tuple[Expr, ...]) -> None:
    if not isinstance(expr, PLAIN):
        around = (*within, expr)
        for one in parts(expr):
            _add_below(made, one, around)
    made.append((expr, within))


def spots_of(body: Body, *, inner: bool = False) -> tuple[Spot, ...]:
    """All statements of a function, as `spots` gives them, worked out once."""
    return _with_inner(body) if inner else _outer(body)


@query
def _outer(body: Body) -> tuple[Spot, ...]:
    return tuple(spots(body.statements))


@query
def _with_inner(body: Body) -> tuple[Spot, ...]:
    return tuple(spots(body.statements, inner=True))


@query
def parts_of(body: Body) -> tuple[tuple[Spot, Expr, tuple[Expr, ...]], ...]:
    """All expressions of a function without those of functions within, in order: the statement, the expression, and those around it."""
    return tuple(
        [
            (spot, one, within)
            for spot in _outer(body)
            for expr in expressions(spot.statement)
            for one, within in below(expr)
        ]
    )


@query
def calls_of(body: Body) -> tuple[Called, ...]:
    """All calls of a function in order, those of lambdas and functions within among them (`later`)."""
    made = []
    for spot in _with_inner(body):
        holder: Inner | Define | None = None
        for block in spot.around:
            if isinstance(block.statement, Define) and block.statement.kind == "function":
                holder = block.statement
        for expr in expressions(spot.statement):
            for one, within in below(expr):
                if isinstance(one, Call):
                    lazy = [each for each in within if isinstance(each, Inner) and each.kind == "lambda"]
                    made.append(Called(one, spot, lazy[-1] if lazy else holder, within))
    return tuple(made)


def returned(body: Body) -> list[Expr | None]:
    """What a function gives back, by each `return` of it; None where that says nothing."""
    return [one.statement.value for one in spots_of(body) if isinstance(one.statement, Return)]


def is_none(expr: Expr | None) -> bool:
    """Whether an expression is the word `None`."""
    return isinstance(expr, Const) and expr.value is None


def is_plain(module: Module, function: Function) -> bool:
    """Whether the name of a function at module level means what stands there, and a call of it is a run of its body."""
    changed = function.decorators or function.guard or function.is_async or function.is_generator
    return not changed and "." not in function.qualname and len(module.entries(function.name)) == 1


def names_bound(target: Expr) -> Iterator[str]:
    """The plain names that a target binds."""
    if isinstance(target, Ref):
        if "." not in target.name:
            yield target.name
    elif isinstance(target, Seq):
        for one in target.items:
            yield from names_bound(one)
    elif isinstance(target, Star):
        yield from names_bound(target.value)


def is_own(within: tuple[Expr, ...], name: str) -> bool:
    """Whether a lambda or comprehension around has a name of its own."""
    around = [one for one in within if isinstance(one, Inner)]
    return any(one.name == name for held in around for one in held.params) or any(
        name in names_bound(target) for held in around for target, _ in held.over
    )


def values_bound(statements: tuple[Statement, ...], name: str) -> list[tuple[Expr | None, Spot]]:
    """What a local name is bound to, in order, with where: None for what is no plain `name = value` (a loop, `with … as`, a part of a tuple)."""
    return _bindings(spots(statements)).get(name, [])


def bound_in(body: Body, name: str) -> list[tuple[Expr | None, Spot]]:
    """The same for a name of a function."""
    return _bound(body).get(name, [])


@query
def _bound(body: Body) -> dict[str, list[tuple[Expr | None, Spot]]]:
    return _bindings(_outer(body))


def _bindings(found: Iterable[Spot]) -> dict[str, list[tuple[Expr | None, Spot]]]:
    """What each name is bound to."""
    made: dict[str, list[tuple[Expr | None, Spot]]] = {}
    for spot in found:
        one = spot.statement
        names: Iterable[str] = ()
        if isinstance(one, Let):
            for target in one.targets:
                if isinstance(target, Ref):
                    made.setdefault(target.name, []).append((one.value if one.op == "=" else None, spot))
                else:
                    for name in dict.fromkeys(names_bound(target)):
                        made.setdefault(name, []).append((None, spot))
        elif isinstance(one, Loop):
            names = names_bound(one.target) if one.target is not None else ()
        elif isinstance(one, With):
            names = [name for _, bound in one.items if bound is not None for name in names_bound(bound)]
        elif isinstance(one, Try):
            names = [handler.name for handler in one.handlers]
        elif isinstance(one, Define):
            names = (one.name,)
        for name in dict.fromkeys(names):
            made.setdefault(name, []).append((None, spot))
        for expr in expressions(one):
            for inner, _ in below(expr):
                if isinstance(inner, Inner) and inner.kind == "assignment":
                    for name in dict.fromkeys(names_bound(inner.over[0][0])):
                        made.setdefault(name, []).append((inner.parts[0], spot))
    return made
