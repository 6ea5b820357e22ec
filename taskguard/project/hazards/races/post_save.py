"""Receivers of `post_save`, where they know that the row was there before: Django tells them by `created`."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Expr, Function, Item, Op, Ref
from taskguard.facts.statements import If, Let, Raise, Return
from taskguard.project.hazards.database.transactions import atomic_requests
from taskguard.project.python import text_questions as texts
from taskguard.project.python.flow import Spot, below, body_of, spots_of, tests_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Statement
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module

WORD = "created"
HANDED = ("kwargs", "kw")


def long_there(module: Module, function: Function, called: Called) -> bool:
    """Whether the row of a receiver was committed long before a call in it, and nothing says that it is changed in a transaction."""
    return (
        only_updated(module, function, called)
        and atomic_requests(module.project) is None
        and changed_at_ease(module, function)
    )


def changed_at_ease(module: Module, function: Function) -> bool:
    """Whether a receiver says whose rows it is told of, and no file that begins transactions names these."""
    name = _sender(function)
    if not name.isidentifier() or name.isupper():
        return False
    project = module.project
    return not any(
        texts.says_any(project, path, frozenset((name,)))
        for path in project.search("atomic")
        if not in_tests(path) and "migrations" not in path.split("/")
    )


def _sender(function: Function) -> str:
    """The last name of the model in `@receiver(post_save, sender=Row)` or `sender="shop.Row"`; empty where there is none, or one that is computed."""
    for one in function.decorators:
        given = one.keyword("sender") if isinstance(one, Call) else None
        if isinstance(given, Ref):
            return given.name.rpartition(".")[2]
        if isinstance(given, Const) and isinstance(given.value, str):
            return given.value.rpartition(".")[2]
    return ""


def only_updated(module: Module, function: Function, called: Called) -> bool:
    """Whether a call in a receiver stands where the row was saved before: behind `if not created`, or where `created` has left."""
    body = body_of(module, function)
    if body is None or called.later:
        return False
    held = list(spots_of(body))
    if any(_binds(one.statement) for one in held):
        return False
    if any(_says(test, new=not came_true) for test, came_true in tests_of(called.spot)):
        return True
    return any(_left(one, called.spot) for one in held)


def _binds(one: Statement) -> bool:
    return isinstance(one, Let) and any(
        isinstance(name, Ref) and name.name == WORD for target in one.targets for name, _ in below(target)
    )


def _left(one: Spot, spot: Spot) -> bool:
    """Whether a statement leaves the function where the row is new, before what stands at `spot`."""
    held = one.statement
    return (
        isinstance(held, If)
        and one.around == spot.around[: len(one.around)]
        and held.span < spot.statement.span
        and all(block.statement is not held for block in spot.around)
        and _says(held.branches[0][0], new=True)
        and isinstance(held.branches[0][1][-1], Return | Raise)
    )


def _says(test: Expr, *, new: bool) -> bool:
    """With `new`: whether a test holds for every new row, so that what it passes on was there before (`created or …`). Without: whether it holds for none (`not created and …`)."""
    if isinstance(test, Op) and test.op == ("or" if new else "and"):
        return any(_says(one, new=new) for one in test.operands)
    if isinstance(test, Op) and test.op == "not":
        return not new and _is_created(test.operands[0])
    if isinstance(test, Op) and test.op in ("is", "==") and len(test.operands) == 2:
        first, second = test.operands
        return isinstance(second, Const) and second.value is new and _is_created(first)
    return new and _is_created(test)


def _is_created(expr: Expr) -> bool:
    """`created`, `kwargs["created"]`, `kwargs.get("created")`."""
    if isinstance(expr, Ref):
        return expr.name == WORD
    if isinstance(expr, Item):
        return isinstance(expr.of, Ref) and expr.of.name in HANDED and _is_word(expr.index)
    return (
        isinstance(expr, Call)
        and expr.callee in [f"{one}.get" for one in HANDED]
        and bool(expr.args)
        and _is_word(expr.args[0])
    )


def _is_word(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value == WORD
