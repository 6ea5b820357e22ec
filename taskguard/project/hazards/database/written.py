"""Rows that a function writes, by the names that it has for them."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Expr, Item, Op, Ref, Seq
from taskguard.facts.statements import If, Inner, Let, Loop, Match
from taskguard.project.python.flow import below, body_of, expressions, spots_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module

# What names the row itself that a task is to work on: a key of another row (`order.user_id`) was there before.
KEYS = frozenset("id pk uuid guid uid key public_id external_id slug".split())
# What gives back a row that it has written.
MAKING = frozenset(
    "create acreate get_or_create aget_or_create update_or_create aupdate_or_create bulk_create abulk_create"
    " create_user acreate_user create_superuser save asave save_form".split()
)
# What writes the row that it is called on.
WRITING = frozenset("save asave full_save refresh_from_db add set remove clear adelete delete".split())


@query
def written_in(module: Module, qualname: str) -> frozenset[str]:
    """The dotted names of the rows that a function writes, those that come of another one of them included."""
    return _written(_spots(module, qualname))


def written_with(module: Module, qualname: str, spot: Spot) -> frozenset[str]:
    """Those that it may have written, or may write yet, where it comes to a statement: nothing of what other branches do."""
    return _written(one for one in _spots(module, qualname) if not _apart(one, spot))


def _spots(module: Module, qualname: str) -> Iterable[Spot]:
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    return spots_of(body) if body is not None else ()


def _apart(one: Spot, other: Spot) -> bool:
    """Whether two statements stand in different branches of one `if`, so that only one of them is done; in a loop, the next round may do the other."""
    for first, second in zip(one.around, other.around, strict=False):
        if first.statement is not second.statement or isinstance(first.statement, Loop):
            return False
        if isinstance(first.statement, If | Match) and (first.part, first.number) != (second.part, second.number):
            return True
    return False


def _written(spots: Iterable[Spot]) -> frozenset[str]:
    made: set[str] = set()
    bound: set[str] = set()
    for spot in spots:
        one = spot.statement
        if isinstance(one, Let) and (_makes(one.value) or _of(one.value, made | bound)):
            bound.update(name for target in one.targets for name in _names(target))
        for expr in expressions(one):
            for call, _ in below(expr):
                head, _, method = call.callee.rpartition(".") if isinstance(call, Call) else ("", "", "")
                if method in WRITING and head and not head.endswith("super"):
                    made.add(head)
    # A `form` that saves is no row; what it gives back is one, whatever it is called (`request = form.save()`).
    return frozenset((made - {"request", "form", "serializer"} | bound) - {"self", "cls", "super"})


@query
def made_in(module: Module, qualname: str) -> frozenset[str]:
    """The names of the rows that a function has made, those of their keys among them: `row = Row.objects.create(…)`, `pk = row.pk`."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    made: set[str] = set()
    for spot in spots_of(body) if body is not None else ():
        one = spot.statement
        if isinstance(one, Let) and (_makes(one.value) or _of(one.value, made)):
            made.update(name for target in one.targets for name in _names(target) if "." not in name)
    return frozenset(made - {"self", "cls"})


def _makes(expr: Expr) -> bool:
    if isinstance(expr, Inner) and expr.kind == "await":
        return _makes(expr.parts[0])
    if not isinstance(expr, Call):
        return False
    name = getattr(expr.func, "name", "")
    return str(name).rpartition(".")[2] in MAKING


def _of(expr: Expr, made: set[str]) -> bool:
    """Whether a value is a written row under another name, or its key: `pk = row.pk`, `pk = str(row.pk)`."""
    if isinstance(expr, Call) and expr.callee in ("str", "int") and len(expr.args) == 1:
        return _of(expr.args[0], made)
    return isinstance(expr, Ref) and mentions(expr.name, made)


def _names(target: Expr) -> Iterator[str]:
    if isinstance(target, Ref):
        yield target.name
    elif isinstance(target, Seq) and target.items:
        yield from _names(target.items[0])  # `row, created = …`


def mentions(name: str, held: set[str] | frozenset[str]) -> bool:
    """Whether a dotted name is one of these, or an attribute of one."""
    return any(name == one or name.startswith(f"{one}.") for one in held)


def given(call: Call) -> Iterator[str]:
    """The names that a call is given, wherever they stand in its arguments, those in prose and addresses left out: nobody loads a row by these."""
    for arg in (*call.args, *(one.value for one in call.keywords)):
        for one, within in below(arg):
            if isinstance(one, Ref) and not any(map(is_prose, within)):
                yield one.name


def is_prose(expr: Expr) -> bool:
    """Whether an expression is prose or an address with a value in it; `f"row:{row.pk}"` may well be a key."""
    if isinstance(expr, Call):
        held = expr.func
        if isinstance(held, Attr) and held.name == "format":
            return (
                isinstance(held.of, Const)
                and isinstance(held.of.value, str)
                and not set(held.of.value).isdisjoint(" /\n")
            )
        return expr.callee.endswith(".format")  # a template that stands elsewhere is one of a notice, and not of a key
    if not isinstance(expr, Op) or expr.op not in ("f", "%", "+"):
        return isinstance(expr, Inner) and expr.kind == "f-string"
    texts = [one.value for one in expr.operands if isinstance(one, Const) and isinstance(one.value, str)]
    return any(letter in " /\n" for text in texts for letter in text)


@query
def rows_named(module: Module, qualname: str, rows: frozenset[str]) -> frozenset[str]:
    """Other names that a function has for these rows or their keys: `pk = instance.pk`, `row = kwargs["instance"]`."""
    function = module.function(qualname)
    body = body_of(module, function) if function is not None else None
    made: set[str] = set()
    for spot in spots_of(body) if body is not None else ():
        one = spot.statement
        if isinstance(one, Let) and len(one.targets) == 1 and isinstance(one.targets[0], Ref):
            if is_handed(one.value):
                made.add(one.targets[0].name)
            elif _of(one.value, set(rows | made)) and _is_key_or_row(one.value, rows | made):
                made.add(one.targets[0].name)
    return frozenset(made)


def is_handed(expr: Expr) -> bool:
    """Whether an expression is the row that a receiver is told of: `kwargs["instance"]`, `kwargs.get("instance")`."""
    if isinstance(expr, Item):
        return isinstance(expr.of, Ref) and expr.of.name in ("kwargs", "kw") and _says_instance(expr.index)
    return (
        isinstance(expr, Call)
        and expr.callee in ("kwargs.get", "kw.get", "kwargs.pop")
        and bool(expr.args and _says_instance(expr.args[0]))
    )


def _says_instance(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value == "instance"


def _is_key_or_row(expr: Expr, rows: frozenset[str]) -> bool:
    name = expr.args[0] if isinstance(expr, Call) else expr
    return isinstance(name, Ref) and is_told(name.name, rows)


def is_told(name: str, rows: frozenset[str]) -> bool:
    """Whether a dotted name is one of these rows, or its key."""
    first, _, rest = name.partition(".")
    return first in rows and (not rest or rest in KEYS)
