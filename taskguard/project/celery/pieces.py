"""Dicts and lists of the configuration, piece by piece: everything that may be in them, with its place.

`evaluate` tells what a value surely is; here branches, updates and subscripts are joined, so that a schedule under `if` is seen as well.
"""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.comprehensions import sifted
from taskguard.facts.model import Binding, Call, Cond, Const, Dict, Expr, Import, Item, Op, Opaque, Ref, Seq, Star
from taskguard.project.python.calls import returns
from taskguard.project.python.changes import touched
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, rounds, value_of
from taskguard.project.python.flow import body_of, returned
from taskguard.project.python.names import absolute_name, resolve
from taskguard.project.python.values import Known, Unknown, Value
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module

DEEPEST = 25
MOST = 5000
ONCE_EACH = ("dict.fromkeys", "OrderedDict.fromkeys", "collections.OrderedDict.fromkeys")
SAME = frozenset(("copy", "copy.copy", "copy.deepcopy", "deepcopy", "list", "tuple", "set", "frozenset", "sorted"))


class Piece(Record):
    """One entry of a dict, or one item of a list (then `key` is its value and `value` the item). `path` is the file of `span`.

    `display` is where the dict display stands that writes the entry out; None where none does."""

    key: Value
    span: Span
    path: str
    value: Bound
    guard: str
    key_bound: Bound | None = None
    display: Span | None = None


class Pieces:
    """Pieces in order, and why there may be more of them."""

    __slots__ = ("_left", "files", "items", "open")

    def __init__(self) -> None:
        self.items: list[Piece] = []
        self.open = ""
        self.files: dict[str, None] = {}
        self._left = MOST

    def shut(self, why: str) -> None:
        """Says that there may be more than these pieces."""
        self.open = self.open or why

    def goes_on(self, depth: int) -> bool:
        """Whether one more expression may be followed; where names lead round in circles the walk ends."""
        self._left -= 1
        if depth <= DEEPEST and self._left > 0:
            return True
        self.shut("too deep to follow")
        return False


def dict_pieces(bound: Bound | Value | Mapping, guard: str = "") -> Pieces:
    """All entries that a dict may have."""
    made = Pieces()
    _dict(bound, guard, made)
    return made


def entries_in(bound: Bound | Value | Mapping) -> list[Piece]:
    """The entries that a dict may have, or the dicts in a list of them: `task_annotations = [{…}, …]`."""
    held = dict_pieces(bound).items
    if held or not isinstance(bound, Bound):
        return held
    return [inner for one in list_pieces(bound).items for inner in dict_pieces(one.value, one.guard).items]


def added_pieces(module: Module, name: str) -> Pieces:
    """The entries that one file adds to a dict that it reaches as `name`: `app.conf.beat_schedule["x"] = …`."""
    made = Pieces()
    made.files[module.path] = None
    _changes(module, name, "", "", made, _dict, 0)
    return made


def list_pieces(bound: Bound | Value | Mapping, guard: str = "") -> Pieces:
    """All items that a list, tuple or set may have; a single string counts as a list of one."""
    made = Pieces()
    _list(bound, guard, made)
    return made


def _entry(made: Pieces, key: Bound, value: Bound, guard: str, display: Span | None = None) -> None:
    made.files[key.module.path] = None
    made.items.append(Piece(value_of(key), key.expr.span, key.module.path, value, guard, key, display))


def _dict(bound: Bound | Value | Mapping, guard: str, made: Pieces) -> None:
    if not isinstance(bound, Bound):
        _settled(bound, guard, made)
        return
    expr = bound.expr
    if not made.goes_on(bound.depth):
        return
    if isinstance(expr, Dict):
        for key, value in expr.items:
            if key is None:
                _dict(bound.other(value), guard, made)
            else:
                _entry(made, bound.other(key), bound.other(value), guard, expr.span)
    elif isinstance(expr, Ref):
        _named(bound, expr, guard, made, _dict)
    elif isinstance(expr, Op) and expr.op in ("|", "or"):
        for one in expr.operands:
            _dict(bound.other(one), guard, made)
    elif isinstance(expr, Cond):
        _dict(bound.other(expr.body), guard or "if", made)
        _dict(bound.other(expr.orelse), guard or "if", made)
    elif isinstance(expr, Call):
        _dict_call(bound, expr, guard, made)
    elif isinstance(expr, Item):
        _dict_item(bound, expr, guard, made)
    elif isinstance(expr, Opaque) and (every := rounds(bound, keyed=True)) is not None:
        for made_in_round in every:
            _dict(made_in_round, guard, made)
    elif not (isinstance(expr, Const) and expr.value is None):
        made.shut("a dict that cannot be followed")


def _settled(held: Value | Mapping, guard: str, made: Pieces) -> None:
    if isinstance(held, Mapping):
        made.open = made.open or held.open
        for key, value in held.entries.items():
            if isinstance(value, Bound):
                made.items.append(Piece(Known(key), value.expr.span, value.module.path, value, guard))
            else:
                made.shut("an entry without a place")
    elif isinstance(held, Unknown):
        made.shut(held.why)


def _dict_call(bound: Bound, expr: Call, guard: str, made: Pieces) -> None:
    callee = expr.callee
    if callee == "dict" or callee in SAME:
        for arg in expr.args:
            if isinstance(arg, Seq):
                for item in arg.items:
                    if isinstance(item, Seq) and len(item.items) == 2:
                        _entry(made, bound.other(item.items[0]), bound.other(item.items[1]), guard)
                    else:
                        made.shut("a pair that cannot be followed")
            else:
                _dict(bound.other(arg), guard, made)
        for keyword in expr.keywords:
            if keyword.name is None:
                _dict(bound.other(keyword.value), guard, made)
            else:
                _entry(made, bound.other(Const(keyword.name, keyword.span)), bound.other(keyword.value), guard)
        return
    head, _, method = callee.rpartition(".")
    if head and method == "copy":
        _dict(bound.other(Ref(head, expr.span)), guard, made)
        return
    _returned(bound, expr, guard, made, _dict)


def _dict_item(bound: Bound, expr: Item, guard: str, made: Pieces) -> None:
    whole = mapping_of(bound.other(expr.of))
    index = value_of(bound.other(expr.index))
    held = whole.entries.get(index.value) if isinstance(index, Known) and isinstance(index.value, str | int) else None
    if held is None:
        made.shut("an entry that cannot be followed")
    else:
        _dict(held, guard, made)


def _named(bound: Bound, expr: Ref, guard: str, made: Pieces, walk: Walk) -> None:
    """Whatever a name is bound to, and what its module adds to it."""
    if bound.env is not None and expr.name in bound.env:
        walk(bound.env[expr.name], guard, made)
        return
    found = resolve(bound.module, expr.name, bound.scope)
    if found.kind == "local":
        _local(bound, expr.name, guard, made, walk)
        return
    if found.kind != "symbol" or found.module is None:
        made.shut(f"{expr.name} cannot be followed")
        return
    made.files[found.module.path] = None
    _variable(found.module, found.path, guard, made, walk, bound.depth)
    if found.module is not bound.module:
        _changes(bound.module, expr.name, "", guard, made, walk, bound.depth)


def _variable(module: Module, path: str, guard: str, made: Pieces, walk: Walk, depth: int) -> None:
    first, _, rest = path.partition(".")
    if rest:
        klass = module.klass(path.rpartition(".")[0])
        name = path.rpartition(".")[2]
        values = [one for one in klass.attributes if one.name == name] if klass is not None else []
        scope = klass.qualname if klass is not None else ""
    else:
        values = [one for one in module.entries(first) if isinstance(one, Binding)]
        scope = ""
    plain = [place for place, one in enumerate(values) if not one.guard]
    if not values:
        made.shut(f"{path} cannot be followed")
    for place, one in enumerate(values):
        if plain and place < plain[-1]:
            continue
        if one.value is None:
            made.shut(f"{path} is set to something that cannot be followed")
            continue
        env = _itself(module, path, values[:place], depth + 1) if not rest and _mentions(one.value, path) else None
        walk(Bound(one.value, module, scope, env, depth + 1), guard or one.guard, made)
    _changes(module, path, "", guard, made, walk, depth)


def _mentions(expr: Expr, name: str) -> bool:
    """Whether an expression rests on a name."""
    if isinstance(expr, Ref):
        return expr.name == name
    if isinstance(expr, Op):
        return any(_mentions(one, name) for one in expr.operands)
    if isinstance(expr, Star):
        return _mentions(expr.value, name)
    if isinstance(expr, Seq):
        return any(_mentions(one, name) for one in expr.items if isinstance(one, Star))
    if isinstance(expr, Dict):
        return any(_mentions(value, name) for key, value in expr.items if key is None)
    return isinstance(expr, Call) and any(
        _mentions(one, name) for one in (*expr.args, *(k.value for k in expr.keywords))
    )


def _itself(module: Module, name: str, before: list[Binding], depth: int) -> dict[str, Bound | Value | Mapping] | None:
    """What `NAME` is in `NAME = NAME + […]`: the binding before it, or that of an import."""
    earlier = next((place for place in reversed(range(len(before))) if before[place].value is not None), None)
    if earlier is not None:
        value = before[earlier].value
        assert value is not None
        env = _itself(module, name, before[:earlier], depth) if _mentions(value, name) else None
        return {name: Bound(value, module, "", env, depth)}
    for star in reversed(module.stars):
        target = module.project.find(absolute_name(module, star.module), module)
        if target is not None and target is not module and resolve(target, name).kind == "symbol":
            return {name: Bound(Ref(name, star.span), target, "", None, depth)}
    for one in module.entries(name):
        if isinstance(one, Import) and one.name:
            target = module.project.find(absolute_name(module, one.module), module)
            if target is not None:
                return {name: Bound(Ref(one.name, one.span), target, "", None, depth)}
    return {name: Unknown(f"{name} rests on itself")}


def _local(bound: Bound, name: str, guard: str, made: Pieces, walk: Walk) -> None:
    scope = bound.scope
    values = [
        one
        for one in bound.module.places.assigns_to(name)
        if one.scope == scope and isinstance(one.target, Ref) and one.op == "="
    ]
    if not values:
        made.shut(f"{name} is a local variable")
    for one in values:
        walk(Bound(one.value, bound.module, scope, bound.env, bound.depth + 1), guard or one.guard, made)
    _changes(bound.module, name, scope, guard, made, walk, bound.depth)


def _changes(module: Module, name: str, scope: str, guard: str, made: Pieces, walk: Walk, depth: int) -> None:
    """`NAME["x"] = …`, `NAME.update(…)`, `NAME += […]`, `NAME.append(…)` in one file."""
    for change in touched(module, name) if not scope else module.places.assigns_in(scope):
        if not scope and change.scope and module.local(change.scope, name.partition(".")[0]) is True:
            continue
        target, under = change.target, guard or change.guard or ("function" if change.scope and not scope else "")
        value = Bound(change.value, module, change.scope, None, depth + 1)
        if isinstance(target, Ref) and target.name == name and change.op in ("+=", "|="):
            walk(value, under, made)
        elif isinstance(target, Item) and isinstance(target.of, Ref) and target.of.name == name and change.op == "=":
            _entry(made, value.other(target.index), value, under)
    for site in module.places.calls_of(name.partition(".")[0]):
        head, _, method = site.call.callee.rpartition(".")
        if head != name or (scope and site.scope != scope):
            continue
        if not scope and site.scope and module.local(site.scope, name.partition(".")[0]) is True:
            continue
        under = guard or site.guard or ("function" if site.scope and not scope else "")
        here = Bound(site.call, module, site.scope, None, depth + 1)
        if method in ("update", "extend"):
            for arg in site.call.args:
                walk(here.other(arg), under, made)
            for keyword in site.call.keywords:
                if keyword.name is not None:
                    _entry(made, here.other(Const(keyword.name, keyword.span)), here.other(keyword.value), under)
        elif method == "setdefault" and len(site.call.args) == 2:
            _entry(made, here.other(site.call.args[0]), here.other(site.call.args[1]), under)
        elif method in ("append", "insert") and site.call.args:
            _item(here.other(site.call.args[-1]), under, made)


def _returned(bound: Bound, expr: Call, guard: str, made: Pieces, walk: Walk) -> None:
    """Everything that a project function may return."""
    from taskguard.project.python.calls import arguments

    found = resolve(bound.module, expr.callee, bound.scope) if expr.callee else None
    function = found.module.function(found.path) if found and found.kind == "symbol" and found.module else None
    given = _given_back(found.module, function) if found and found.module and function is not None else None
    if found is None or found.module is None or function is None or given is None:
        made.shut(f"what {expr.callee or 'a call'}() returns cannot be followed")
        return
    env = arguments(bound, expr, function, found.module)
    for value in given:
        walk(Bound(value, found.module, function.qualname, env, bound.depth + 1), guard, made)


def _given_back(module: Module, function: Function) -> list[Expr] | None:
    """What a function may return, also one of which facts keep no steps since it does more than work out a value; None where that cannot be told."""
    if function.steps is not None:
        return returns(function.steps)
    body = None if function.is_async or function.is_generator or function.decorators else body_of(module, function)
    if body is None:
        return None
    return [one for one in returned(body) if one is not None]


def _item(bound: Bound, guard: str, made: Pieces) -> None:
    made.files[bound.module.path] = None
    made.items.append(Piece(value_of(bound), bound.expr.span, bound.module.path, bound, guard))


def _list(bound: Bound | Value | Mapping, guard: str, made: Pieces) -> None:
    if not isinstance(bound, Bound):
        made.shut(bound.why if isinstance(bound, Unknown) else "a list that cannot be followed")
        return
    expr = bound.expr
    if not made.goes_on(bound.depth):
        return
    if isinstance(expr, Seq):
        for item in expr.items:
            if isinstance(item, Star):
                _list(bound.other(item.value), guard, made)
            else:
                _item(bound.other(item), guard, made)
    elif isinstance(expr, Ref):
        _named(bound, expr, guard, made, _list)
    elif isinstance(expr, Op) and expr.op in ("+", "|", "or"):
        for one in expr.operands:
            _list(bound.other(one), guard, made)
    elif isinstance(expr, Cond):
        _list(bound.other(expr.body), guard or "if", made)
        _list(bound.other(expr.orelse), guard or "if", made)
    elif isinstance(expr, Call) and (expr.callee in SAME or expr.callee in ONCE_EACH) and len(expr.args) == 1:
        _list(bound.other(expr.args[0]), guard, made)
    elif isinstance(expr, Call):
        if expr.callee not in SAME:
            _returned(bound, expr, guard, made, _list)
    elif isinstance(expr, Const) and isinstance(expr.value, str):
        _item(bound, guard, made)
    elif isinstance(expr, Opaque) and (each := rounds(bound)) is not None:
        for made_in_round in each:
            _item(made_in_round, guard, made)
    elif isinstance(expr, Opaque) and (over := sifted(expr)) is not None:
        _list(bound.other(over), guard, made)  # what the condition leaves out is mostly there by another way
    elif isinstance(expr, Op) and expr.op == "-":
        _list(bound.other(expr.operands[0]), guard, made)
    elif not (isinstance(expr, Const) and expr.value is None):
        made.shut("a list that cannot be followed")


def of_function(bound: Bound) -> Bound:
    """What a function of the project returns, where its name stands for it; anything else as it is."""
    expr = bound.expr
    if isinstance(expr, Ref):
        found = resolve(bound.module, expr.name, bound.scope)
        function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
        given = returns(function.steps) if function is not None and function.steps is not None else []
        if function is not None and found.module is not None and len(given) == 1:
            return Bound(given[0], found.module, function.qualname)
    return bound


if TYPE_CHECKING:
    from collections.abc import Callable

    Walk = Callable[[Bound | Value | Mapping, str, Pieces], None]
