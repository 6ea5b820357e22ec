"""Dicts that are partly known: literals, `dict(...)`, spreads, constants, updates, and what a project function returns."""

from __future__ import annotations

from taskguard.facts.changes import base_name
from taskguard.facts.model import Assign, Attr, Binding, Call, CallSite, Cond, Dict, Expr, Item, Op, Ref, Seq
from taskguard.project.python.bound import Bound, Mapping, mapping_of, maps, opened, truth, value_of
from taskguard.project.python.changes import aliases, alternatives, changed, changed_by_calls, touched
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Instance, Known, Unknown, hashes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

UNDER = "it is changed under a condition"


@maps(Dict)
def literal(bound: Bound, expr: Dict) -> Mapping:
    """The dict that a display is."""
    made = Mapping()
    for key, value in expr.items:
        if key is None:
            made.merge(mapping_of(bound.other(value)))
            continue
        known = value_of(bound.other(key))
        if isinstance(known, Known) and hashes(known.value) and not isinstance(known.value, Instance):
            made.entries[known.value] = bound.other(value)
        else:
            made.open = "a computed key"
    return made


@maps(Op)
def _op(bound: Bound, expr: Op) -> Mapping:
    if expr.op == "|":
        made = mapping_of(bound.other(expr.operands[0])).copy()
        made.merge(mapping_of(bound.other(expr.operands[1])))
        return made
    if expr.op == "or":
        first = mapping_of(bound.other(expr.operands[0]))
        return first if first.entries and not first.open else opened("a condition that cannot be told")
    return opened("a value that cannot be followed")


@maps(Cond)
def _cond(bound: Bound, expr: Cond) -> Mapping:
    test = truth(value_of(bound.other(expr.test)))
    if test is not None:
        return mapping_of(bound.other(expr.body if test else expr.orelse))
    return either(mapping_of(bound.other(expr.body)), mapping_of(bound.other(expr.orelse)))


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


@maps(Item)
def _item(bound: Bound, expr: Item) -> Mapping:
    of = mapping_of(bound.other(expr.of))
    index = value_of(bound.other(expr.index))
    if not isinstance(index, Known):
        return opened("a computed index")
    return _entry(of, index.value)


def _entry(of: Mapping, key: object) -> Mapping:
    if not hashes(key):
        return opened("a computed index")
    entry = of.entries.get(key)
    if entry is None:
        return opened(of.open or "a missing key", tuple(of.files))
    made = mapping_of(entry).copy()
    made.files.update(of.files)
    return made


@maps(Ref)
def _ref(bound: Bound, expr: Ref) -> Mapping:
    if bound.env is not None and expr.name in bound.env:
        return mapping_of(bound.env[expr.name])
    found = resolve(bound.module, expr.name, bound.scope)
    if found.kind == "local" and found.module is not None and bound.scope:
        return _local(bound, expr.name)
    if found.kind != "symbol" or found.module is None:
        return opened("a name that cannot be followed", found.files)
    return variable(found.module, found.path, bound.depth, found.files)


def _local(bound: Bound, name: str) -> Mapping:
    """A local dict that is assigned once: `options = {...}` before its use."""
    assigned = [one for one in bound.module.places.assigns_in(bound.scope) if base_name(one.target) == name]
    changing = [one for one in bound.module.places.calls_in(bound.scope) if one.call.callee.startswith(f"{name}.")]
    if len(assigned) != 1 or changing or assigned[0].guard or not isinstance(assigned[0].target, Ref):
        return opened("a local variable")
    return mapping_of(Bound(assigned[0].value, bound.module, bound.scope, None, bound.depth + 1))


def variable(module: Module, path: str, depth: int, files: tuple[str, ...] = ()) -> Mapping:
    """The dict that a module level variable or class attribute holds, with what its module adds to it."""
    via = (*files, module.path)
    first, _, rest = path.partition(".")
    if rest:
        klass = module.klass(first)
        attribute = next((one for one in klass.attributes if one.name == rest), None) if klass else None
        if attribute is None or attribute.value is None:
            return opened("an attribute that cannot be followed", via)
        made = mapping_of(Bound(attribute.value, module, first, None, depth + 1)).copy()
        made.files.update(dict.fromkeys(via))
        return made
    entry = module.entry(first)
    bindings = alternatives(module, first) if isinstance(entry, Binding) else []
    if not bindings or any(one.value is None for one in bindings):
        return opened("a name that cannot be followed", via)
    found = [mapping_of(Bound(one.value, module, "", None, depth + 1)) for one in bindings if one.value is not None]
    made = found[0].copy()
    for other in found[1:]:
        made = either(made, other)
    made.files.update(dict.fromkeys(via))
    for change in in_order(touched(module, first), changed_by_calls(module, first)):
        if isinstance(change, Assign):
            _change(made, change, module, depth)
        else:
            _changing_call(made, change, module, depth)
    if any(changed(module, one) for one in aliases(module, first)):
        blur(made, "it is changed in place")
    return made


def in_order(assigns: list[Assign], calls: list[CallSite]) -> list[Assign | CallSite]:
    """Statements as they stand in the file."""
    changes: list[Assign | CallSite] = [*assigns, *calls]
    return sorted(changes, key=lambda one: one.target.span if isinstance(one, Assign) else one.call.span)


def _changing_call(made: Mapping, site: CallSite, module: Module, depth: int) -> None:
    here = Bound(site.call, module, "", None, depth + 1)
    if site.guard or site.scope or site.context:
        _perhaps(made, _given_to_update(site.call, here) if not site.scope else opened(UNDER))
        return
    change_by_method(made, site.call, here)


def _given_to_update(call: Call, here: Bound) -> Mapping:
    """What a call of `update` surely adds, and nothing else."""
    if call.callee.rpartition(".")[2] != "update":
        return opened(UNDER)
    made = Mapping()
    change_by_method(made, call, here)
    return made


def _perhaps(made: Mapping, added: Mapping) -> None:
    """Adds entries that are only there under a condition: nothing is known of these."""
    if added.open:
        blur(made, UNDER)
    else:
        made.entries.update(dict.fromkeys(added.entries, Unknown(UNDER)))
        made.files.update(added.files)


def change_by_method(made: Mapping, call: Call, here: Bound) -> None:
    """`x.update(...)`, `x.setdefault(k, v)`, `x.pop(k)`."""
    method = call.callee.rpartition(".")[2]
    if method == "update":
        for arg in call.args:
            made.merge(pairs(here.other(arg)))
        keywords(made, call, here)
        return
    key = value_of(here.other(call.args[0])) if call.args else None
    if not isinstance(key, Known) or not isinstance(key.value, str | int | float | None):
        blur(made, "a computed key")
    elif method == "setdefault" and len(call.args) == 2:
        if key.value not in made.entries:
            made.entries[key.value] = Unknown(made.open) if made.open else here.other(call.args[1])
    elif method == "pop":
        made.entries.pop(key.value, None)
        if made.open:
            made.entries[key.value] = Unknown(made.open)


def blur(made: Mapping, why: str) -> None:
    """Nothing in the dict is sure any more."""
    made.entries = dict.fromkeys(made.entries, Unknown(why))
    made.open = why


def _change(made: Mapping, change: Assign, module: Module, depth: int) -> None:
    target = change.target
    if change.op == "|=" and not change.scope:
        added = mapping_of(Bound(change.value, module, "", None, depth + 1))
        if change.guard:
            _perhaps(made, added)
        else:
            made.merge(added)
        return
    if not isinstance(target, Item) or not isinstance(target.of, Ref) or change.op != "=":
        if isinstance(target, Item) and isinstance(target.of, Item):
            _blur_inner(made, target, module, depth)
        elif change.op == "del" and isinstance(target, Item) and not change.guard and not change.scope:
            key = value_of(Bound(target.index, module, "", None, depth + 1))
            if isinstance(key, Known) and isinstance(key.value, str | int | float):
                made.entries.pop(key.value, None)
        else:
            blur(made, "it is changed in place")
        return
    key = value_of(Bound(target.index, module, "", None, depth + 1))
    if not isinstance(key, Known) or not isinstance(key.value, str | int | float | None):
        blur(made, "a computed key")
    elif change.guard or change.scope:
        made.entries[key.value] = Unknown("it is set under a condition")
    else:
        made.entries[key.value] = Bound(change.value, module, "", None, depth + 1)


def _blur_inner(made: Mapping, target: Item, module: Module, depth: int) -> None:
    """`x["a"]["b"] = 1` changes the dict under "a", or some dict where the key cannot be told."""
    while isinstance(target.of, Item):
        target = target.of
    key = value_of(Bound(target.index, module, "", None, depth + 1))
    if isinstance(key, Known) and isinstance(key.value, str | int | float):
        made.entries[key.value] = Unknown("it is changed in place")
    else:
        blur(made, "it is changed in place")


def keywords(made: Mapping, call: Call, bound: Bound) -> None:
    """Adds the keywords of a call."""
    for keyword in call.keywords:
        if keyword.name is None:
            made.merge(mapping_of(bound.other(keyword.value)))
        else:
            made.entries[keyword.name] = bound.other(keyword.value)


def method_call(call: Call) -> tuple[Expr | None, str]:
    """The object and the name of a method call: `x.get(...)`, `{...}.get(...)`."""
    if isinstance(call.func, Attr):
        return call.func.of, call.func.name
    head, _, method = call.callee.rpartition(".")
    return (Ref(head, call.func.span), method) if head else (None, "")


def entry_by_get(of: Mapping, expr: Call, bound: Bound) -> Mapping:
    """The dict that `of.get(...)` is."""
    if not expr.args:
        return opened("a call that cannot be followed")
    key = value_of(bound.other(expr.args[0]))
    if not isinstance(key, Known) or not hashes(key.value):
        return opened("a computed key")
    if key.value not in of.entries and not of.open:
        return mapping_of(bound.other(expr.args[1])) if len(expr.args) > 1 else opened("a missing key")
    return _entry(of, key.value)


def pairs(bound: Bound) -> Mapping:
    """The dict that a list of pairs makes, or that an expression is."""
    expr: Expr = bound.expr
    if isinstance(expr, Seq) and all(isinstance(item, Seq) and len(item.items) == 2 for item in expr.items):
        pairs = tuple((item.items[0], item.items[1]) for item in expr.items if isinstance(item, Seq))
        return literal(bound, Dict(pairs, expr.span))
    return mapping_of(bound)
