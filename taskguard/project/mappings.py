"""Dicts that are partly known: literals, `dict(...)`, spreads, constants, updates, and what a project function returns."""

from __future__ import annotations

from taskguard.facts.model import Assign, Binding, Call, Cond, Const, Dict, Expr, Item, Op, Ref, Seq
from taskguard.project.evaluate import DEEPEST, Bound, Mapping, touched, truth, value_of
from taskguard.project.evaluate import _dict as literal
from taskguard.project.evaluate import _opened as opened
from taskguard.project.names import builtin
from taskguard.project.values import Known, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module


def mapping(bound: Bound | Value | Mapping) -> Mapping:
    """The dict that an expression is, as far as it can be told."""
    if isinstance(bound, Mapping):
        return bound
    if isinstance(bound, Known):
        made = Mapping()
        if not isinstance(bound.value, dict):
            return opened("no dict", bound.files)
        made.entries = {key: Known(value) for key, value in bound.value.items()}
        made.files = dict.fromkeys(bound.files)
        return made
    if not isinstance(bound, Bound):
        return opened(bound.why if isinstance(bound, Unknown) else "no value", bound.files)
    if bound.depth > DEEPEST:
        return opened("too deep to follow")
    expr = bound.expr
    if isinstance(expr, Dict):
        return literal(bound, expr)
    if isinstance(expr, Ref):
        return _ref(bound, expr)
    if isinstance(expr, Call):
        return _call(bound, expr)
    if isinstance(expr, Op) and expr.op == "|":
        made = mapping(bound.other(expr.operands[0])).copy()
        made.merge(mapping(bound.other(expr.operands[1])))
        return made
    if isinstance(expr, Op) and expr.op == "or":
        first = mapping(bound.other(expr.operands[0]))
        return first if first.entries and not first.open else opened("a condition that cannot be told")
    if isinstance(expr, Cond):
        return _cond(bound, expr)
    if isinstance(expr, Item):
        return _item(bound, expr)
    if isinstance(expr, Const) and expr.value is None:
        return Mapping()
    return opened("a value that cannot be followed")


def _cond(bound: Bound, expr: Cond) -> Mapping:
    test = truth(value_of(bound.other(expr.test)))
    if test is not None:
        return mapping(bound.other(expr.body if test else expr.orelse))
    return either(mapping(bound.other(expr.body)), mapping(bound.other(expr.orelse)))


def either(one: Mapping, other: Mapping) -> Mapping:
    """What is sure whichever of two dicts it is: entries that are equal in both stay known."""
    made = Mapping()
    made.files = {**one.files, **other.files}
    made.open = one.open or other.open
    for key in dict.fromkeys([*one.entries, *other.entries]):
        if key in one.entries and key in other.entries:
            left, right = value_of(one.entries[key]), value_of(other.entries[key])
            if isinstance(left, Known) and isinstance(right, Known) and left.value == right.value:
                made.entries[key] = left
                continue
        made.entries[key] = Unknown("a condition that cannot be told")
    return made


def _item(bound: Bound, expr: Item) -> Mapping:
    of = mapping(bound.other(expr.of))
    index = value_of(bound.other(expr.index))
    if not isinstance(index, Known):
        return opened("a computed index")
    return _entry(of, index.value)


def _entry(of: Mapping, key: object) -> Mapping:
    try:
        entry = of.entries.get(key)
    except TypeError:
        return opened("a computed index")
    if entry is None:
        return opened(of.open or "a missing key", tuple(of.files))
    made = mapping(entry).copy()
    made.files.update(of.files)
    return made


def _ref(bound: Bound, expr: Ref) -> Mapping:
    if bound.env is not None and expr.name in bound.env:
        return mapping(bound.env[expr.name])
    found = bound.module.find(expr.name, bound.scope)
    if found.kind == "local" and found.module is not None and bound.scope:
        return _local(bound, expr.name)
    if found.kind != "symbol" or found.module is None:
        return opened("a name that cannot be followed", found.files)
    return variable(found.module, found.path, bound.depth, found.files)


def _local(bound: Bound, name: str) -> Mapping:
    """A local dict that is assigned once: `options = {...}` before its use."""
    assigned = [
        one
        for one in bound.module.facts.assigns
        if one.scope == bound.scope and isinstance(one.target, Ref) and one.target.name == name
    ]
    if len(assigned) != 1 or assigned[0].guard:
        return opened("a local variable")
    return mapping(Bound(assigned[0].value, bound.module, bound.scope, None, bound.depth + 1))


def variable(module: Module, path: str, depth: int, files: tuple[str, ...] = ()) -> Mapping:
    """The dict that a module level variable or class attribute holds, with what its module adds to it."""
    via = (*files, module.path)
    first, _, rest = path.partition(".")
    if rest:
        klass = module.klass(first)
        attribute = next((one for one in klass.attributes if one.name == rest), None) if klass else None
        if attribute is None or attribute.value is None:
            return opened("an attribute that cannot be followed", via)
        made = mapping(Bound(attribute.value, module, first, None, depth + 1)).copy()
        made.files.update(dict.fromkeys(via))
        return made
    entries = [one for one in module.table().get(first, ()) if isinstance(one, Binding) and one.kind == "variable"]
    entry = module.entry(first)
    if not isinstance(entry, Binding) or entry.value is None:
        return opened("a name that cannot be followed", via)
    made = mapping(Bound(entry.value, module, "", None, depth + 1)).copy()
    if len(entries) > 1 and any(one.guard for one in entries):
        for other in entries:
            if other is not entry and other.value is not None:
                made = either(made, mapping(Bound(other.value, module, "", None, depth + 1)))
    made.files.update(dict.fromkeys(via))
    for change in touched(module, first):
        _change(made, change, module, depth)
    for update in module.facts.calls:
        if not update.scope and update.call.callee == f"{first}.update":
            _update(made, update.call, module, depth)
    return made


def _change(made: Mapping, change: Assign, module: Module, depth: int) -> None:
    target = change.target
    if change.op == "|=" and not change.scope:
        made.merge(mapping(Bound(change.value, module, "", None, depth + 1)))
        return
    if not isinstance(target, Item) or not isinstance(target.of, Ref) or change.op != "=":
        if isinstance(target, Item) and isinstance(target.of, Item):
            return
        made.open = "it is changed in place"
        return
    key = value_of(Bound(target.index, module, "", None, depth + 1))
    if not isinstance(key, Known):
        made.open = "a computed key"
    elif change.guard or change.scope:
        made.entries[key.value] = Unknown("it is set under a condition")
    else:
        made.entries[key.value] = Bound(change.value, module, "", None, depth + 1)


def _update(made: Mapping, call: Call, module: Module, depth: int) -> None:
    for arg in call.args:
        made.merge(mapping(Bound(arg, module, "", None, depth + 1)))
    _keywords(made, call, Bound(call, module, "", None, depth + 1))


def _keywords(made: Mapping, call: Call, bound: Bound) -> None:
    for keyword in call.keywords:
        if keyword.name is None:
            made.merge(mapping(bound.other(keyword.value)))
        else:
            made.entries[keyword.name] = bound.other(keyword.value)


def _call(bound: Bound, expr: Call) -> Mapping:
    callee = expr.callee
    if callee == "dict" and builtin(bound.module.find("dict", bound.scope), bound.module):
        made = Mapping()
        for arg in expr.args:
            made.merge(_pairs(bound.other(arg)))
        _keywords(made, expr, bound)
        return made
    head, _, method = callee.rpartition(".")
    if head and method in ("copy", "get"):
        of = mapping(bound.other(Ref(head, expr.span)))
        if method == "copy":
            return of.copy()
        return _get(of, expr, bound)
    if callee.endswith("deepcopy") or callee in ("copy", "copy.copy"):
        return mapping(bound.other(expr.args[0])) if expr.args else opened("a copy of nothing")
    from taskguard.project.calls import follow

    returned = follow(bound, expr)
    return opened("a call that cannot be followed") if returned is None else mapping(returned)


def _get(of: Mapping, expr: Call, bound: Bound) -> Mapping:
    if not expr.args:
        return opened("a call that cannot be followed")
    key = value_of(bound.other(expr.args[0]))
    if not isinstance(key, Known):
        return opened("a computed key")
    try:
        missing = key.value not in of.entries
    except TypeError:
        return opened("a computed key")
    if missing and not of.open:
        return mapping(bound.other(expr.args[1])) if len(expr.args) > 1 else opened("a missing key")
    return _entry(of, key.value)


def _pairs(bound: Bound) -> Mapping:
    expr: Expr = bound.expr
    if isinstance(expr, Seq) and all(isinstance(item, Seq) and len(item.items) == 2 for item in expr.items):
        pairs = tuple((item.items[0], item.items[1]) for item in expr.items if isinstance(item, Seq))
        return literal(bound, Dict(pairs, expr.span))
    return mapping(bound)
