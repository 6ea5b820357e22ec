"""What a function does, statement by statement: frozen values that are made of one function when a rule asks for it, and are no part of a file's facts.

Expressions are those of `facts.model`. What these call opaque (a lambda, a comprehension, `await`, `:=`) is an `Inner` here, which has parts.
"""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Expr, Opaque, Param
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    LoopKind = Literal["for", "while"]
    JumpKind = Literal["break", "continue", "pass"]
    PartKind = Literal["body", "branch", "orelse", "handler", "final", "case"]


class Inner(Opaque):
    """An expression around others. `kind` is `lambda`, `comprehension`, `generator`, `await`, `yield`, `assignment`, `comparison` or `f-string`.

    `parts` are the expressions in it, in the order in which they are worked out; `over` are the targets and iterables of a comprehension,
    `params` the parameters of a lambda. An assignment has its name in `over`, without an iterable. A comprehension `is_async` that has an `async for`.
    """

    parts: tuple[Expr, ...] = ()
    over: tuple[tuple[Expr, Expr | None], ...] = ()
    params: tuple[Param, ...] = ()
    is_async: bool = False


class Do(Record):
    """An expression that stands by itself: mostly a call. A docstring is left out."""

    expr: Expr
    span: Span


class Let(Record):
    """An assignment: `a = b = value`, `a: int = value`, `a += value`. `op` is `=`, or the operator of an augmented one."""

    targets: tuple[Expr, ...]
    op: str
    value: Expr
    span: Span


class Return(Record):
    value: Expr | None
    span: Span


class Raise(Record):
    """`value` is None where what is being handled is raised again."""

    value: Expr | None
    cause: Expr | None
    span: Span


class If(Record):
    """`branches` are the tests, that of each `elif` among them, with what is done where one holds."""

    branches: tuple[tuple[Expr, tuple[Statement, ...]], ...]
    orelse: tuple[Statement, ...]
    span: Span


class Loop(Record):
    """`head` is the iterable of a `for`, the test of a `while`; `target` is what a `for` binds; `is_async` says that it is an `async for`."""

    kind: LoopKind
    target: Expr | None
    head: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    span: Span
    is_async: bool = False


class With(Record):
    """`items` are the context managers and what each is bound to; `is_async` says that it is an `async with`."""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Statement, ...]
    span: Span
    is_async: bool = False


class Handler(Record):
    """An `except`. `types` is None for a bare one, and has the members of a tuple of types one by one."""

    types: tuple[Expr, ...] | None
    name: str
    body: tuple[Statement, ...]
    span: Span


class Try(Record):
    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Statement, ...]
    final: tuple[Statement, ...]
    span: Span


class Match(Record):
    """`whole` says that one of the cases surely matches."""

    subject: Expr
    cases: tuple[tuple[Statement, ...], ...]
    whole: bool
    span: Span


class Define(Record):
    """A function or class within the function. Its body is run when somebody calls it; that of a class at once."""

    kind: Literal["function", "class"]
    name: str
    decorators: tuple[Expr, ...]
    params: tuple[Param, ...]
    body: tuple[Statement, ...]
    span: Span


class Jump(Record):
    """`break`, `continue` or `pass`."""

    kind: JumpKind
    span: Span


class Other(Record):
    """`assert`, `del`, `global`, an import: `kind` is the word, `parts` are its expressions."""

    kind: str
    parts: tuple[Expr, ...]
    span: Span


Statement = Do | Let | Return | Raise | If | Loop | With | Try | Match | Define | Jump | Other


class Body:
    """What a function does. `is_async` and `is_generator` are those of the function itself. `memo` holds what queries have worked out of it."""

    __slots__ = ("is_async", "is_generator", "memo", "params", "span", "statements")

    def __init__(
        self,
        params: tuple[Param, ...],
        statements: tuple[Statement, ...],
        is_async: bool,
        is_generator: bool,
        span: Span,
    ) -> None:
        self.params = params
        self.statements = statements
        self.is_async = is_async
        self.is_generator = is_generator
        self.span = span
        self.memo: dict[object, Any] = {}
