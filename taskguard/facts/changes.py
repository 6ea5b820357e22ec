"""What is picked out of the statements of one file that give something a value, beside those that bind names of the module and of classes."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Item, Ref
from taskguard.facts.own_names import is_local
from taskguard.facts.selecting import Selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Assign, Expr, Facts


def base_name(expr: Expr) -> str:
    """The name that an expression is, or is a part of."""
    while isinstance(expr, Item | Attr):
        expr = expr.of
    return expr.name if isinstance(expr, Ref) else ""


def perhaps_makes(call: Call, makers: frozenset[str], classes: frozenset[str] | None = None) -> bool:
    """Whether what is called may make an app by its name: a class (one of these, where they are given), one of the makers, or a name that speaks of it."""
    last = call.callee.rpartition(".")[2]
    is_class = not last[:1].islower() if classes is None else last in classes
    return bool(last) and (is_class or last in makers or "celery" in last.lower() or "app" in last.lower())


@Selection
def locals_named(facts: Facts, names: frozenset[str], ends: str = "") -> tuple[Assign, ...]:
    """The statements that give one of these names of a function a value, or one that ends so."""
    return tuple(
        one
        for one in facts.assigns
        if is_local(one)
        and isinstance(one.target, Ref)
        and (one.target.name in names or (ends != "" and one.target.name.endswith(ends)))
    )


@Selection
def given_parts(facts: Facts, end: str) -> tuple[Assign, ...]:
    """The statements that give a name what a dotted name with this end is."""
    return tuple(
        one
        for one in facts.assigns
        if isinstance(one.target, Ref) and isinstance(one.value, Ref) and one.value.name.endswith(end)
    )


@Selection
def given_apps(facts: Facts, makers: frozenset[str], classes: frozenset[str]) -> tuple[Assign, ...]:
    """The statements of functions that give a name what a call makes which may make an app: of the `classes` only these do."""
    return tuple(
        one
        for one in facts.assigns
        if one.scope
        and isinstance(one.target, Ref)
        and isinstance(one.value, Call)
        and perhaps_makes(one.value, makers, classes)
    )


@Selection
def assigns_something(facts: Facts) -> bool:
    """Whether there is any statement that gives a value to something else than a name of the module or of a class."""
    return bool(facts.assigns)


@Selection
def assigns_to(facts: Facts, name: str) -> tuple[Assign, ...]:
    """The statements that change a name, or a part of what it holds."""
    return tuple(one for one in facts.assigns if base_name(one.target) == name)


@Selection
def assigns_below(facts: Facts, name: str) -> tuple[Assign, ...]:
    """The statements that give a value to a dotted name that begins with the word `name`."""
    return tuple(
        one for one in facts.assigns if isinstance(one.target, Ref) and one.target.name.partition(".")[0] == name
    )


@Selection
def assigns_in(facts: Facts, scope: str) -> tuple[Assign, ...]:
    """The statements that stand in the function or class `scope` itself."""
    return tuple(one for one in facts.assigns if one.scope == scope)


@Selection
def assigns_last(facts: Facts, names: frozenset[str], ends: str) -> tuple[Assign, ...]:
    """The statements that give a value to one of these names, or to one that ends so, whatever stands before it."""

    def counts(target: Expr) -> bool:
        last = target.name.rpartition(".")[2] if isinstance(target, Ref) else ""
        return last in names or (last != "" and last.endswith(ends))

    return tuple(one for one in facts.assigns if counts(one.target))


@Selection
def assigns_through(facts: Facts, parts: frozenset[str]) -> tuple[Assign, ...]:
    """The statements that give a value to something in whose dotted name one of these parts is, or to an item of it."""

    def counts(target: Expr) -> bool:
        of = target.of if isinstance(target, Item) else target
        return isinstance(of, Ref) and not parts.isdisjoint(of.name.split("."))

    return tuple(one for one in facts.assigns if not is_local(one) and counts(one.target))


@Selection
def sets_one(facts: Facts, names: frozenset[str], keys: frozenset[str]) -> bool:
    """Whether a statement gives a value to something of one of these names: `task_routes` of `app.conf.task_routes`, and of
    `app.conf["task_routes"]` where it is among the `keys`."""
    return any(_last(one.target, keys) in names for one in facts.assigns if not is_local(one))


def _last(target: Expr, keys: frozenset[str]) -> str:
    while isinstance(target, Item):
        if isinstance(target.index, Const) and str(target.index.value) in keys:
            return str(target.index.value)
        target = target.of
    if isinstance(target, Ref):
        return target.name.rpartition(".")[2]
    return target.name if isinstance(target, Attr) else ""


@Selection
def augmented(facts: Facts) -> frozenset[str]:
    """The plain names that a statement outside of functions adds to."""
    return frozenset(
        one.target.name for one in facts.assigns if one.op != "=" and isinstance(one.target, Ref) and not one.scope
    )
