"""Whether a module binds names of its own by other means than statements, for all that its facts say."""

from __future__ import annotations

from taskguard.facts.model import Assign, Attr, Call, CallSite, Expr, Item, Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Facts

# Functions that only look at the names they are given.
READING = frozenset(
    """
    ChainMap copy deepcopy dict dir eval filter format frozenset getattr getmembers hasattr isinstance iter len list map print render
    render_template render_to_response repr set sorted str testmod tuple update
    """.split()
)


def writes_own_names(facts: Facts) -> bool:
    """Whether the file has `globals()[name] = …`, `setattr(sys.modules[__name__], …)`, `exec` or `fill(globals())`."""
    itself = {one.name for one in facts.bindings if _of_modules(one.value)}
    if any(isinstance(one.value, Call) and _own_names(one.value) for one in facts.bindings):
        return True  # `names = globals()`: whatever is done with it
    return any(_writes_item(one, itself) for one in facts.assigns if not is_local(one)) or any(
        _writes_by_call(one, itself) for one in facts.calls
    )


def sets_by_local_name(facts: Facts) -> bool:
    """Whether a function of the file has `setattr(name, …)`: the facts do not tell what a local name stands for."""
    return any(
        one.scope and one.call.callee == "setattr" and isinstance(next(iter(one.call.args), None), Ref)
        for one in facts.calls
    )


def _writes_item(one: Assign, itself: set[str]) -> bool:
    """`globals()[name] = …`, `sys.modules[name] = …`, `sys.modules[__name__].__class__ = …`, `this.name = …`."""
    target = one.target
    if isinstance(target, Ref):
        return target.name.partition(".")[0] in itself and "." in target.name
    if isinstance(one.value, Call) and _own_names(one.value):
        return True
    if isinstance(target, Attr):
        return _of_modules(target.of)
    if isinstance(target, Item) and isinstance(target.of, Attr) and target.of.name == "__dict__":
        return _of_modules(target.of.of)
    return isinstance(target, Item) and (_own_names(target.of) or _of_modules(target))


def _writes_by_call(one: CallSite, itself: set[str]) -> bool:
    func = one.call.func
    if isinstance(func, Attr):
        return func.name in ("update", "setdefault") and _own_names(func.of)
    given = (*one.call.args, *(keyword.value for keyword in one.call.keywords if keyword.name))
    if one.call.callee != "setattr" and any(_is_handed(each, one.scope) for each in given):
        return one.call.callee.rpartition(".")[2] not in READING
    if one.call.callee == "exec":
        return not one.scope and len(one.call.args) == 1
    if one.call.callee != "setattr" or not one.call.args:
        return False
    first = one.call.args[0]
    return _of_modules(first) or (isinstance(first, Ref) and first.name in itself)


def _is_handed(expr: Expr, scope: str) -> bool:
    """Whether an argument is the names of the module: those of a function are its own."""
    if isinstance(expr, Call):
        return _own_names(expr) and (expr.callee == "globals" or not scope)
    return _of_modules(expr)


def _of_modules(expr: Expr | None) -> bool:
    """`sys.modules[…]`."""
    return isinstance(expr, Item) and isinstance(expr.of, Ref) and expr.of.name == "sys.modules"


def _own_names(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.callee in ("globals", "vars", "locals") and not expr.args


def is_local(one: Assign) -> bool:
    """Whether a statement gives a plain name of a function a value."""
    return bool(one.scope) and one.op == "=" and isinstance(one.target, Ref) and "." not in one.target.name
