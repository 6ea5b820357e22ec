"""What the values of expressions surely are, as far as it matters for who writes them as JSON."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Cond, Const, Dict, Expr, Function, Item, Op, Ref, Seq, Star
from taskguard.facts.statements import Inner, Let, Loop, Other, Try
from taskguard.project.hazards.calls.dispatched import sending
from taskguard.project.hazards.database.form_rows import saves_above, saves_rows
from taskguard.project.hazards.database.managers import ELSE, MANAGERS, MORE, ONE, PAIR
from taskguard.project.hazards.database.rows import (
    Model,
    gives_user,
    has_own,
    is_request,
    manages,
    many,
    model_at,
    receives,
    related,
    reverse_names,
    view_of,
)
from taskguard.project.hazards.database.transactions import MODEL
from taskguard.project.hazards.payloads.given_through import given_through
from taskguard.project.hazards.payloads.model_dumps import dumped
from taskguard.project.hazards.payloads.objects import (
    BUILTIN,
    OUTSIDE,
    PATHS,
    SET,
    Thing,
    holder,
    made_of,
    named,
    row,
    rows,
)
from taskguard.project.hazards.payloads.parameters import FORM, parameter, saved, shown
from taskguard.project.python.flow import Spot, below, bound_in, expressions, names_bound, spots_of
from taskguard.project.python.names import builtin, resolve
from taskguard.project.python.reaching import reaching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module
    from taskguard.project.python.reaching import Reached

    class Asked(Protocol):
        def __call__(self, one: Expr, around: tuple[Expr, ...] = ...) -> Thing | None: ...

    GivenOut = Callable[[Module, str], Thing | None]


DEEPEST = 8

OF_VIEW = frozenset(("get_object", "get_serializer"))
USERS = frozenset(f"django.contrib.auth.{one}" for one in ("authenticate", "aauthenticate"))
A_MANAGER = Thing("a manager", "manager", each=Thing("an instance of a model", "row"))


class Things:
    """What the expressions of one function are. `given_out` says what other functions of the project give back."""

    def __init__(self, module: Module, function: Function, body: Body, given_out: GivenOut | None = None) -> None:
        self.module, self.project = module, module.project
        self.given_out = given_out
        self.function = function
        self.body = body
        self.scope = function.qualname

    def thing(
        self, expr: Expr, at: Spot, within: tuple[Expr, ...] = (), later: bool = False, depth: int = 0
    ) -> Thing | None:
        """What an expression surely is at a statement; None where it is something else, or cannot be told."""
        if depth > DEEPEST:
            return None

        def inner(one: Expr, around: tuple[Expr, ...] = within) -> Thing | None:
            return self.thing(one, at, around, later, depth + 1)

        if isinstance(expr, Const):
            return None
        if isinstance(expr, Ref):
            return self._ref(expr, at, within, later, depth)
        if isinstance(expr, Call):
            return self._call(expr, inner)
        if isinstance(expr, Seq):
            if expr.kind == "set":
                return SET
            return holder(
                expr.kind,
                (inner(one.value if isinstance(one, Star) else one) for one in expr.items),
                [isinstance(one, Star) for one in expr.items],
            )
        if isinstance(expr, Dict):
            return holder("dict", (inner(value) for key, value in expr.items if key is not None))
        if isinstance(expr, Inner):
            return self._inner(expr, within, inner)
        if isinstance(expr, Op):
            return _operator(expr, inner)
        if isinstance(expr, Cond):
            found = [
                inner(one) for one in (expr.body, expr.orelse) if not (isinstance(one, Const) and one.value is None)
            ]
            return found[0] if found and all(one is not None and one.unfit for one in found) else None
        if isinstance(expr, Item):
            return self._item(expr, inner)
        return None

    # -- names ------------------------------------------------------------------------------------------------------

    def _ref(self, expr: Ref, at: Spot, within: tuple[Expr, ...], later: bool, depth: int) -> Thing | None:
        first, _, rest = expr.name.partition(".")
        if rest.rpartition(".")[2] == "__class__":
            return Thing("a class", "class")
        for around in reversed(within):
            if not isinstance(around, Inner):
                continue
            if any(one.name == first for one in around.params):
                return None
            for target, over in around.over:
                if first in names_bound(target):
                    plain = isinstance(target, Ref) and over is not None and around.kind != "assignment"
                    held = (
                        self.thing(over, at, within[: within.index(around)], later, depth + 1)
                        if plain and over is not None
                        else None
                    )
                    return self._below(held.each, rest) if held is not None and held.each is not None else None
        if expr.name in ("self.request", "request") or expr.name.endswith("request.user"):
            found = self._request(expr.name, at)
            if found is not None:
                return found
        inner_scopes = [one.statement for one in at.around if getattr(one.statement, "kind", "") == "function"]
        if inner_scopes:
            return None  # a name in a function within may be that one's own
        if not self.function.binds(first):
            return named(self.module, self.scope, expr.name)
        return self._below(self._local(first, at, later, depth), rest) or named(self.module, self.scope, expr.name)

    def _request(self, name: str, at: Spot) -> Thing | None:
        head = name.removesuffix(".user")
        if head not in ("request", "self.request") or not is_request(self.module, self.function, head):
            return None
        if head == "request" and any(True for _ in reaching(self.body, "request", at).binds):
            return None
        return Thing("the request") if head == name else Thing("the user of the request, an instance of a model", "row")

    def _local(self, name: str, at: Spot, later: bool, depth: int) -> Thing | None:
        seen = reaching(self.body, name, at, later)
        param = any(one.name == name for one in self.function.params)
        if seen.entry and param:
            return parameter(self.module, self.function, self.body, name) if not seen.binds else None
        made = [
            self._bound(one, name, depth)
            for one in seen.binds
            if not (isinstance(one.value, Const) and one.value.value is None)
        ]
        first = made[0] if made else None
        if made == [None] and not param and len(bound_in(self.body, name)) == 1:
            return shown(self.module, self.function, self.body, name)
        if first is None or not all(
            one is not None and (one.kind, one.unfit) == (first.kind, first.unfit) for one in made
        ):
            return None
        return None if first.kind == "holder" and self._changes(name) else first

    def _changes(self, name: str) -> bool:
        """Whether the function puts something else into a list or dict, or takes something out."""
        for spot in spots_of(self.body, inner=True):
            one = spot.statement
            targets = one.targets if isinstance(one, Let) else one.parts if isinstance(one, Other) else ()
            if any(isinstance(each, Item) and isinstance(each.of, Ref) and each.of.name == name for each in targets):
                return True
            for expr in expressions(one):
                for call, _ in below(expr):
                    if isinstance(call, Call) and call.callee in (
                        f"{name}.pop",
                        f"{name}.clear",
                        f"{name}.update",
                        f"{name}.remove",
                    ):
                        return True
        return False

    def _bound(self, one: Reached, name: str, depth: int) -> Thing | None:
        held = one.spot.statement
        if one.value is not None:
            return self.thing(one.value, one.spot, (), False, depth + 1)
        if isinstance(held, Loop) and held.target is not None:
            if not isinstance(held.target, Ref):
                return None
            over = self.thing(held.head, one.spot, (), False, depth + 1)
            return over.each if over is not None else None
        if isinstance(held, Try):
            return Thing("an exception")
        if isinstance(held, Let) and held.op == "=" and len(held.targets) == 1:
            target = held.targets[0]
            first = target.items[0] if isinstance(target, Seq) and target.items else None
            if isinstance(first, Ref) and first.name == name:
                pair = self.thing(held.value, one.spot, (), False, depth + 1)
                return pair.each if pair is not None and pair.kind == "pair" else None
        return None

    def _below(self, thing: Thing | None, rest: str) -> Thing | None:
        """What an attribute of a thing is."""
        if not rest or thing is None:
            return thing
        first, _, more = rest.partition(".")
        if thing.kind == "row" and thing.model is not None and not more:
            if related(thing.model, first):
                return Thing(f"an instance of a model ({first})", "row")
            return A_MANAGER if many(thing.model, first) else None
        return None

    # -- calls ------------------------------------------------------------------------------------------------------

    def _call(self, expr: Call, inner: Asked) -> Thing | None:
        func = expr.func
        if isinstance(func, Attr):
            if saves_above(self.module, self.function, expr):
                return Thing("an instance of a model", "row")
            return self._method(inner(func.of), func.name, expr) or self._sent(expr)
        if not isinstance(func, Ref):
            return None
        name = func.name
        head, _, method = name.rpartition(".")
        if head:
            told = self._told(head, expr.args[0]) if method in ("get", "pop", "getlist") and expr.args else None
            if method == "getlist":
                told = Thing(f"a list with {told.text}", "holder", each=told) if told is not None else None
            found = (
                told
                or dumped(self.module, self.function, self.body, head, expr)
                or self._of_view(head, method)
                or self._method(self.manager(head) or inner(Ref(head, func.span)), method, expr)
            )
            if found is not None:
                return found
        return self._made(name, expr, inner) or self._sent(expr)

    def _sent(self, expr: Call) -> Thing | None:
        sent = sending(self.module, self.scope, expr)
        return Thing("the result of a task") if sent is not None else None

    def _of_view(self, head: str, method: str) -> Thing | None:
        """`self.get_object()` and `self.get_serializer()` of a view."""
        klass = view_of(self.module, self.function) if head == "self" and method in OF_VIEW else None
        if klass is None or has_own(self.module, klass, method):
            return None
        if method == "get_object":
            return Thing("an instance of a model", "row")
        held = self.module.attribute(klass.qualname, "serializer_class")
        found = resolve(self.module, held.value.name) if held is not None and isinstance(held.value, Ref) else None
        saving = found is not None and found.kind == "symbol" and found.module is not None
        home = found.module if saving and found is not None else None
        return FORM if home is not None and found is not None and saves_rows(home, found.path) else None

    def manager(self, name: str) -> Thing | None:
        """`Order.objects`, `Order.query` of SQLAlchemy, `order.item_set`, `order.items`."""
        head, _, last = name.rpartition(".")
        own = last.endswith("_set") and last not in ("_set", "data_set", "result_set")
        if head and (own or (self.function.binds(head.partition(".")[0]) and last in reverse_names(self.project))):
            return A_MANAGER
        model = self._model(head) if head else None
        if model is None:
            return None
        if (last in MANAGERS or manages(model, last)) if model.django else last == "query":
            return rows(model, row(model)).replace(kind="manager")
        return None

    def _model(self, name: str) -> Model | None:
        if self.function.binds(name):
            values = [value for value, _ in bound_in(self.body, name)]
            if values and all(isinstance(one, Call) and gives_user(self.module, self.scope, one) for one in values):
                return Model("User", True)
            if values:
                return None
        return model_at(self.module, self.scope, name)

    def _method(self, of: Thing | None, method: str, call: Call) -> Thing | None:
        if of is None:
            return None
        if of.kind == "form" and method == "save":
            return Thing("an instance of a model", "row")
        if of.kind in ("rows", "manager"):
            if method in ("all", "fetchall") and of.model is not None and not of.model.django and of.each is not None:
                return Thing(f"a list with {of.each.text}", "holder", each=of.each)
            if method in MORE:
                return of.replace(kind="rows") if of.model is not None else rows(None, of.each)
            if method in ELSE:
                return Thing("a QuerySet", "rows")
            if of.each is None:
                return None
            if method in ONE:
                return of.each
            if method in PAIR:
                return Thing("a pair", "pair", each=of.each)
        if of.kind == "set" and method in ("union", "intersection", "difference", "symmetric_difference", "copy"):
            return SET
        if of.kind == "dict" and method in ("keys", "values", "items"):
            return Thing(f"a view of a dict ({method}())")
        return None

    def _made(self, name: str, call: Call, inner: Asked) -> Thing | None:
        """What the call of a class or function makes."""
        found = resolve(self.module, name, self.scope)
        if found.kind == "external":
            return self._made_outside(found.path, call)
        if builtin(found, self.module) and not self.function.binds(name):
            if name in ("list", "tuple", "sorted") and len(call.args) >= 1:
                of = inner(call.args[0])
                each = of.each if of is not None else None
                return (
                    Thing(f"a list with {each.text}", "holder", each=each) if each is not None and each.unfit else None
                )
            if name == "type" and len(call.args) == 1:
                return Thing("a class", "class")
            return Thing(BUILTIN[name], "set" if name in ("set", "frozenset") else "") if name in BUILTIN else None
        if found.kind != "symbol" or found.module is None:
            return None
        is_class = found.module.klass(found.path) is not None
        model = self._model(name) if is_class else None
        if model is not None:
            return row(model)
        if is_class and saves_rows(found.module, found.path):
            return FORM
        same = given_through(found.module, found.path, call)
        if same is not None:
            return inner(same)
        made = made_of(found.module, found.path)
        return self.given_out(found.module, found.path) if made is None and self.given_out and not is_class else made

    def _made_outside(self, path: str, call: Call) -> Thing | None:
        if path in ("django.shortcuts.get_object_or_404", "django.shortcuts.aget_object_or_404"):
            first = call.args[0] if call.args else None
            model = self._model(first.name) if isinstance(first, Ref) else None
            return row(model) if model is not None else Thing(OUTSIDE["django.shortcuts.get_object_or_404"], "row")
        if path in PATHS:
            return Thing("a Path", "path")
        if path in USERS:
            return Thing("an instance of a model, the user", "row")
        if path in OUTSIDE:
            return Thing(OUTSIDE[path])
        if path.startswith("django.contrib.") and MODEL.match(path):
            return Thing(f"an instance of {path.rpartition('.')[2]}", "row")
        return None

    def _item(self, expr: Item, inner: Asked) -> Thing | None:
        index = expr.index
        of = inner(expr.of)
        if of is not None and of.kind == "pair" and isinstance(index, Const) and index.value == 0:
            return of.each
        if of is not None and of.kind == "rows":
            plain = isinstance(index, Const) and isinstance(index.value, int)
            return of.each if plain else of if getattr(index, "kind", "") == "slice" else None
        return self._told(expr.of.name, index) if isinstance(expr.of, Ref) else None

    def _told(self, name: str, key: Expr) -> Thing | None:
        """`kwargs["instance"]` of a receiver, `request.FILES["picture"]`, `request.files["picture"]` of Flask."""
        if name in ("request.FILES", "self.request.FILES", "request.files"):
            asked = is_request(self.module, self.function, name.rpartition(".")[0])
            return Thing("an uploaded file") if asked else None
        if name in ("kwargs", "kw") and isinstance(key, Const) and key.value == "instance":
            held = receives(self.module, self.function.qualname)
            return saved(held.model) if held is not None else None
        return None

    def _inner(self, expr: Inner, within: tuple[Expr, ...], inner: Asked) -> Thing | None:
        around = (*within, expr)
        if expr.kind == "lambda":
            return Thing("a lambda")
        if expr.kind == "generator":
            return Thing("a generator", each=inner(expr.parts[-1], around) if expr.parts else None)
        if expr.kind in ("await", "assignment"):
            held = inner(expr.parts[0])
            return None if held is not None and (held.kind, expr.kind) == ("coroutine", "await") else held
        if expr.kind == "comprehension":
            if expr.text == "SetComp":
                return SET
            each = inner(expr.parts[-1] if expr.text == "DictComp" else expr.parts[0], around) if expr.parts else None
            if each is not None and each.unfit:
                return Thing(f"a {'dict' if expr.text == 'DictComp' else 'list'} with {each.text}", "holder", each=each)
        return None


def _operator(expr: Op, inner: Asked) -> Thing | None:
    first = inner(expr.operands[0]) if expr.operands else None
    if first is None:
        return None
    if expr.op in ("-", "|", "&", "^") and first.kind == "set":
        return SET
    if expr.op == "/" and first.kind == "path":
        return first
    return first if expr.op == "or" and first.unfit else None
