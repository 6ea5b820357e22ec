"""Where a function surely asks the database through Django: a QuerySet is lazy, and some methods, loops and tests have it carried out."""

from __future__ import annotations

from taskguard.facts.model import Call, Cond, Const, Expr, Item, Op, Opaque, Ref, Star
from taskguard.facts.selections import written_name
from taskguard.facts.statements import If, Inner, Let, Loop, Other, With
from taskguard.project.hazards.database.chains import begins_with, called_on, methods_of, root_of, without_await
from taskguard.project.hazards.database.managers import MANAGERS
from taskguard.project.hazards.database.own_queries import manager_adds, writes_row
from taskguard.project.hazards.database.rows import Model, model_at
from taskguard.project.hazards.database.sliced import KEEPING
from taskguard.project.python.flow import below, bound_in, expressions, is_none, is_own, parts_of, spots_of
from taskguard.project.python.names import builtin, resolve
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.statements import Body
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module

# What a QuerySet makes without the database. `none()` is not among them: what it gives never asks.
LAZY = KEEPING | {"alias", "dates", "datetimes", "extra"}
TUPLES = frozenset(("values", "values_list", "dates", "datetimes"))
# What has it carried out, where there is no other way. `bulk_create([])` and `in_bulk([])` ask nothing.
ASKING = frozenset(
    "get create get_or_create update_or_create count exists first last latest earliest aggregate update delete".split()
)
MANY = frozenset(("bulk_create", "bulk_update", "in_bulk"))
ONE = frozenset("get create first last latest earliest aget acreate afirst alast alatest aearliest".split())
OF_ROW = frozenset(("save", "delete", "refresh_from_db"))
THROUGH = frozenset("list tuple set frozenset len sorted bool sum min max any all dict enumerate".split())
SHORTCUTS = frozenset(("django.shortcuts.get_object_or_404", "django.shortcuts.get_list_or_404"))
CURSOR, ATOMIC = "django.db.connection.cursor", "django.db.transaction.atomic"
THREADED = frozenset(("sync_to_async", "database_sync_to_async"))
LATER = frozenset(("lambda", "generator"))


class Query(Record):
    """An expression that has the database asked, where it stands, what it does as people say it, and the expressions around it."""

    span: Span
    said: str
    spot: Spot
    within: tuple[Expr, ...]


class _Rows(Record):
    """What gives rows of a class without having asked for them. `own` are the methods that its manager adds; `whole` says that they are rows, and no values of them."""

    model: Model
    own: frozenset[str]
    whole: bool = True


def queries(module: Module, scope: str, body: Body) -> Iterator[Query]:
    """The places of a function where the database is surely asked while it runs, in order: nothing in lambdas and functions within."""
    asked = _Asked(module, scope, body)
    for spot, expr, within in parts_of(body):
        if any(isinstance(one, Inner) and one.kind in LATER and not asked.gone_through(one, within) for one in within):
            continue
        said = "" if is_own(within, root_of(expr, THROUGH)) else asked.said(spot, expr, within)
        if said:
            yield Query(expr.span, said, spot, within)


class _Asked:
    """What the expressions of one function ask."""

    def __init__(self, module: Module, scope: str, body: Body) -> None:
        self.module, self.scope, self.body = module, scope, body
        self._params = {one.name for one in body.params}

    def said(self, spot: Spot, expr: Expr, within: tuple[Expr, ...]) -> str:
        """What an expression has the database do where it stands; empty where it asks nothing, as far as can be told."""
        if isinstance(expr, Call):
            found = self._called(spot, expr, within)
            if found:
                return found
        if isinstance(expr, Inner) and expr.kind in ("comprehension", "generator"):
            over = [one for _, one in expr.over if one is not None]
            if expr.is_async or (expr.kind == "generator" and not self.gone_through(expr, within)):
                return ""
            rows = next((held for one in over if (held := self._carried_out(one)) is not None), None)
            return f"going through {_rows(rows)}" if rows is not None else ""
        if isinstance(expr, Item) and isinstance(expr.index, Const) and isinstance(expr.index.value, int):
            rows = self._carried_out(expr.of)
            return f"taking one of {_rows(rows)}" if rows is not None else ""
        if isinstance(expr, Op) and expr.op in ("in", "not in"):
            rows = self._carried_out(expr.operands[-1])
            return f"looking through {_rows(rows)}" if rows is not None else ""
        if isinstance(expr, Star):
            rows = self._carried_out(expr.value)
            return f"going through {_rows(rows)}" if rows is not None else ""
        return self._by_place(spot, expr, within)

    def gone_through(self, expr: Inner, within: tuple[Expr, ...]) -> bool:
        """Whether a generator is handed to a function of the language, which goes through it at once."""
        place = next((number for number, one in enumerate(within) if one is expr), len(within))
        around = within[place - 1] if place else None
        return (
            expr.kind == "generator"
            and isinstance(around, Call)
            and any(one is expr for one in around.args)
            and self._is_builtin(around.callee)
        )

    def _by_place(self, spot: Spot, expr: Expr, within: tuple[Expr, ...]) -> str:
        """Rows that a loop goes through, or a test has counted."""
        one = spot.statement
        if not within and isinstance(one, Loop) and one.kind == "for" and one.head is expr and not one.is_async:
            rows = self._carried_out(expr)
            return f"a loop over {_rows(rows)}" if rows is not None else ""
        if _is_test(spot, expr, within):
            rows = self._carried_out(expr)
            return f"a test of {_rows(rows)}" if rows is not None else ""
        return ""

    def _called(self, spot: Spot, call: Call, within: tuple[Expr, ...]) -> str:
        method = call.method
        if method in ASKING or (method in MANY and call.args):
            of = called_on(call)
            alone = not isinstance(of, Ref) or "." in of.name or self._asked_here_alone(of.name)
            rows = self._lazy(of) if of is not None and alone else None
            if rows is not None and method not in rows.own:
                return f"{method}() of {rows.model.name}"
        if method in OF_ROW:
            of = called_on(call)
            # A row that was never saved is not deleted: a ValueError.
            model = self._row(of, new=method != "delete") if of is not None else None
            if model is not None and writes_row(model, method):
                return f"{method}() of a row of {model.name}"
        if call.args and self._is_builtin(call.callee):
            rows = self._carried_out(call.args[0])
            return f"{call.callee}() of {_rows(rows)}" if rows is not None else ""
        if method in ("get_object_or_404", "get_list_or_404") and self._path(call.callee) in SHORTCUTS and call.args:
            model = self._model(written_name(call.args[0]))
            return f"{method}() of {model.name}" if model is not None else ""
        if method == "cursor" and self._path(call.callee) == CURSOR:
            return "connection.cursor()"
        entered = isinstance(spot.statement, With) and not spot.statement.is_async and not within
        return "transaction.atomic()" if entered and method == "atomic" and self._path(call.callee) == ATOMIC else ""

    def _path(self, name: str) -> str:
        found = resolve(self.module, name, self.scope) if name else None
        return found.path if found is not None and found.kind == "external" else ""

    def _is_builtin(self, name: str) -> bool:
        return name in THROUGH and builtin(resolve(self.module, name, self.scope), self.module)

    def _model(self, name: str) -> Model | None:
        found = model_at(self.module, self.scope, name) if name else None
        return found if found is not None and found.django else None

    def _carried_out(self, expr: Expr) -> _Rows | None:
        """The rows of an expression that nobody has asked for yet, so that who goes through it asks."""
        if isinstance(expr, Call) and expr.method == "iterator":
            of = called_on(expr)
            return self._lazy(of) if of is not None else None
        if isinstance(expr, Ref):
            if "." in expr.name:  # a manager alone cannot be gone through
                return None
            return self._lazy(expr) if self._asked_here_alone(expr.name) else None
        return self._lazy(expr)

    def _lazy(self, expr: Expr, seen: frozenset[str] = frozenset()) -> _Rows | None:
        """`Row.objects`, or what Django's own methods make of it."""
        if isinstance(expr, Call):
            of = called_on(expr) if expr.method in LAZY else None
            rows = self._lazy(of, seen) if of is not None else None
            if rows is None or expr.method in rows.own:
                return None
            return rows.replace(whole=False) if expr.method in TUPLES else rows
        if isinstance(expr, Item):
            return self._lazy(expr.of, seen) if isinstance(expr.index, Opaque) and expr.index.kind == "slice" else None
        if not isinstance(expr, Ref):
            return None
        head, _, last = expr.name.rpartition(".")
        if not head:
            return self._kept(expr.name, seen)
        model = self._model(head) if last in MANAGERS else None
        own = manager_adds(model, last) if model is not None else None
        return _Rows(model, own) if model is not None and own is not None else None

    def _kept(self, name: str, seen: frozenset[str]) -> _Rows | None:
        """What a local name holds, where all that it is bound to is such."""
        values = [value for value, _ in bound_in(self.body, name)] if name not in self._params else []
        made: list[_Rows] = []
        for value in values:
            if not isinstance(value, Call | Item) or name in seen:
                return None
            if begins_with(value, name):  # `rows = rows.filter(…)`: as it was, where the method is Django's own
                made.append(_Rows(Model("", True), methods_of(value), whole=True))
                continue
            rows = self._lazy(value, seen | {name})
            if rows is None:
                return None
            made.append(rows)
        first = next((one for one in made if one.model.name), None)
        if first is None:
            return None
        again = [one for one in made if not one.model.name]
        if any(one.own - LAZY or one.own & first.own for one in again):
            return None
        whole = all(one.whole for one in made) and not any(one.own & TUPLES for one in again)
        own = frozenset().union(*(one.own for one in made if one.model.name))
        return first.replace(own=own, whole=whole)

    def _asked_here_alone(self, name: str) -> bool:
        """Whether a QuerySet that a name holds is handed to nobody who may have it carried out before: it keeps what it has read."""
        for spot in spots_of(self.body, inner=True):
            for expr in expressions(spot.statement):
                for one, within in below(expr):
                    if not isinstance(one, Ref) or one.name.partition(".")[0] != name:
                        continue
                    if any(isinstance(each, Inner) and each.kind == "lambda" for each in within):
                        return False
                    if one.name != name:
                        continue
                    if not within and (_is_target(spot, one) or _is_plain_head(spot, one) or _is_test(spot, one, ())):
                        continue
                    around = within[-1] if within else None
                    if isinstance(around, Call) and around.args[:1] == (one,) and self._is_builtin(around.callee):
                        continue
                    if isinstance(around, Op) and around.op in ("not", "and", "or", "is", "is not"):
                        continue
                    if isinstance(around, Inner) and around.kind == "comprehension" and not around.is_async:
                        continue
                    if isinstance(around, Item):
                        continue
                    return False
            # In functions within somebody else may ask first.
            if any(getattr(one.statement, "kind", "") == "function" for one in spot.around) and _says(spot, name):
                return False
        return True

    def _row(self, expr: Expr, *, new: bool) -> Model | None:
        """The class of the row that an expression is: a new one, one that a manager gives, or that a local name holds."""
        if isinstance(expr, Ref) and "." not in expr.name and expr.name not in self._params:
            models = [
                self._bound_row(value, spot, expr.name, new)
                for value, spot in bound_in(self.body, expr.name)
                if not is_none(value)
            ]
            first = models[0] if models else None
            return (
                first
                if all(one is not None and first is not None and one.name == first.name for one in models)
                else None
            )
        return self._made_row(expr, new)

    def _bound_row(self, value: Expr | None, spot: Spot, name: str, new: bool) -> Model | None:
        if value is not None:
            return self._made_row(value, new)
        one = spot.statement
        if isinstance(one, Loop) and one.target is not None and written_name(one.target) == name:
            head = one.head
            of = called_on(head) if isinstance(head, Call) and head.method in ("iterator", "aiterator") else head
            rows = self._read(of) if of is not None else None
            return rows.model if rows is not None and rows.whole else None
        return None

    def _read(self, expr: Expr) -> _Rows | None:
        """Rows, asked for or not: `list(rows)`, `await sync_to_async(list)(rows)`, and a local name for such."""
        expr = without_await(expr)
        if isinstance(expr, Ref) and "." not in expr.name and expr.name not in self._params:
            values = [value for value, _ in bound_in(self.body, expr.name)]
            if len(values) == 1 and isinstance(values[0], Call | Inner):
                return self._read(values[0])
        if isinstance(expr, Call) and len(expr.args) == 1:
            threaded = expr.func if isinstance(expr.func, Call) else None
            given = threaded.args if threaded is not None and threaded.method in THREADED else (expr.func,)
            if (
                len(given) == 1
                and written_name(given[0]) in ("list", "tuple")
                and self._is_builtin(written_name(given[0]))
            ):
                return self._lazy(expr.args[0])
        return self._lazy(expr)

    def _made_row(self, expr: Expr, new: bool) -> Model | None:
        """`Row(…)`, `Row.objects.get(…)`, `await Row.objects.aget(…)`, `await sync_to_async(Row.objects.get)(…)`."""
        expr = without_await(expr)
        if not isinstance(expr, Call):
            return None
        threaded = expr.func if isinstance(expr.func, Call) else None
        if threaded is not None and threaded.method in THREADED and len(threaded.args) == 1:
            expr = expr.replace(func=threaded.args[0])
        if expr.method in ONE:
            of = called_on(expr)
            rows = self._lazy(of) if of is not None else None
            return rows.model if rows is not None and rows.whole and expr.method not in rows.own else None
        return self._model(expr.callee) if new else None


def _is_target(spot: Spot, expr: Expr) -> bool:
    one = spot.statement
    held = one.targets if isinstance(one, Let) else (one.target,) if isinstance(one, Loop) else ()
    return any(each is expr for each in held)


def _is_plain_head(spot: Spot, expr: Expr) -> bool:
    one = spot.statement
    return isinstance(one, Loop) and not one.is_async and one.head is expr


def _is_test(spot: Spot, expr: Expr, within: tuple[Expr, ...]) -> bool:
    """Whether it is asked of an expression whether it is true: there it counts as a test, whatever `not`, `and` or `or` is around."""
    around = within[-1] if within else None
    if isinstance(around, Op) and around.op == "not":
        return True
    if isinstance(around, Op) and around.op in ("and", "or") and around.operands[-1] is not expr:
        return True
    if isinstance(around, Cond):
        return around.test is expr
    one = spot.statement
    if around is not None:
        return False
    if isinstance(one, If):
        return any(test is expr for test, _ in one.branches)
    if isinstance(one, Loop):
        return one.kind == "while" and one.head is expr
    return isinstance(one, Other) and one.kind == "assert" and one.parts[:1] == (expr,)


def _says(spot: Spot, name: str) -> bool:
    return any(
        isinstance(one, Ref) and one.name.partition(".")[0] == name
        for expr in expressions(spot.statement)
        for one, _ in below(expr)
    )


def _rows(rows: _Rows) -> str:
    return f"rows of {rows.model.name}"
