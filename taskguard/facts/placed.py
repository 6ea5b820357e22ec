"""What is picked out of one file's facts by where it stands: the tables of `project/python/places.py` are noted by what is looked up in them."""

from __future__ import annotations

from taskguard.facts.model import Call, Ref
from taskguard.facts.selecting import Selection
from taskguard.facts.watched import plain_attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Binding, CallSite, Facts, Function


@Selection
def calls_of(facts: Facts, name: str) -> tuple[CallSite, ...]:
    """The calls of methods of a name of one word."""
    return tuple(one for one in facts.calls if one.call.callee.startswith(f"{name}."))


@Selection
def calls_in(facts: Facts, scope: str) -> tuple[CallSite, ...]:
    """The calls in a function or class itself."""
    return tuple(one for one in facts.calls if one.scope == scope)


@Selection
def functions_in(facts: Facts, scope: str) -> tuple[Function, ...]:
    """The functions below a function, however deep."""
    return tuple(one for one in facts.functions if one.qualname.startswith(f"{scope}.<locals>."))


@Selection
def methods_of(facts: Facts, klass: str) -> tuple[Function, ...]:
    """The functions whose qualified name begins with that of a class, however deep."""
    return tuple(one for one in facts.functions if one.qualname.startswith(f"{klass}."))


@Selection
def bound_to(facts: Facts, name: str) -> tuple[Binding, ...]:
    """The bindings whose value is just a name."""
    return tuple(one for one in facts.bindings if isinstance(one.value, Ref) and one.value.name == name)


@Selection
def class_calls(facts: Facts) -> tuple[tuple[str, Binding], ...]:
    """What bodies of classes bind to what a call gives, each with the qualified name of the class."""
    return tuple(
        (klass.qualname, one)
        for klass in facts.classes
        for one in plain_attributes(klass)
        if isinstance(one.value, Call)
    )


@Selection
def class_binds(facts: Facts, names: frozenset[str]) -> bool:
    """Whether the body of a class binds one of these names."""
    return any(one.name in names for klass in facts.classes for one in plain_attributes(klass))


@Selection
def naming(facts: Facts, names: frozenset[str], *lasts: str) -> tuple[CallSite, ...]:
    """The calls of something whose last name is one of `lasts`, and those that give a value to a keyword of one of the `names`."""
    return tuple(
        one
        for one in facts.calls
        if one.call.callee.rpartition(".")[2] in lasts or any(each.name in names for each in one.call.keywords)
    )


@Selection
def class_binding(facts: Facts, qualname: str, name: str) -> Binding | None:
    """What (last) binds a name in the body of the (last) class of that qualified name."""
    held = next((one for one in reversed(facts.classes) if one.qualname == qualname), None)
    return (
        next((one for one in reversed(plain_attributes(held)) if one.name == name), None) if held is not None else None
    )
