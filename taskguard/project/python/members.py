"""Attributes of classes: constants, nested classes, members of enums."""

from __future__ import annotations

from taskguard.facts.model import Expr, Ref
from taskguard.project.python.bound import DEEPEST, Bound, bound_value
from taskguard.project.python.changes import later_values
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Instance, Known, Name, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

ENUMS = frozenset(
    "enum.Enum enum.IntEnum enum.StrEnum django.db.models.TextChoices django.db.models.IntegerChoices"
    " django.db.models.enums.TextChoices django.db.models.enums.IntegerChoices django.db.models.Choices".split()
)
PLAIN_ENUMS = frozenset(("enum.Enum",))


# Django gives each model exceptions of its own.
MODEL_ERRORS = ("DoesNotExist", "MultipleObjectsReturned", "NotUpdated")


def class_member(module: Module, name: str, rest: str, depth: int, via: tuple[str, ...]) -> Value:
    klass = module.klass(name)
    dotted = f"{module.name}.{name}.{rest}"
    member, _, more = rest.partition(".")
    if module.klass(f"{name}.{member}") is not None:
        return (
            class_member(module, f"{name}.{member}", more, depth + 1, via) if more else Known(Name(dotted), via, dotted)
        )
    attribute = module.attribute(name, member)
    if attribute is None and klass is not None and depth <= DEEPEST:
        for base in klass.bases:
            found = resolve(module, base.name) if isinstance(base, Ref) else None
            if (
                found is not None
                and found.kind == "symbol"
                and found.module is not None
                and found.module.klass(found.path)
            ):
                value = class_member(found.module, found.path, rest, depth + 1, (*via, found.module.path))
                if value.known:
                    return value
    if klass is not None and klass.bases and attribute is None and rest in MODEL_ERRORS:
        return Known(Name(dotted), via, dotted)
    if klass is None or attribute is None or more not in ("", "value", "name"):
        return Unknown("an attribute of a class", via, dotted)
    if later_values(module, f"{name}.{member}"):
        return Unknown("it is set in several places", via, dotted)
    kinds = enum_kinds(module, name)
    if more == "name" and kinds:
        return Known(member, via, dotted)
    value = bound_value(module, attribute, depth, via)
    if not isinstance(value, Known) or attribute.guard:
        return Unknown("a class attribute that cannot be followed", via, dotted)
    inner = value.value
    if isinstance(inner, Instance) and inner.name == "enum.auto":
        return Known(member.lower(), via, dotted) if "enum.StrEnum" in kinds else Unknown("enum.auto()", via, dotted)
    if isinstance(inner, tuple) and inner and any("Choices" in kind for kind in kinds):
        inner = inner[0]
    if not more and kinds and all(kind in PLAIN_ENUMS for kind in kinds):
        return Unknown("a member of a plain Enum", via, dotted)
    if more and not kinds:
        return Unknown("an attribute of a value", via, dotted)
    return Known(inner, via, dotted)


def enum_kinds(module: Module, name: str, depth: int = 0) -> tuple[str, ...]:
    """The names of the bases that make a class an enum, with `str` and `int` mixed in; empty where it is none."""
    klass = module.klass(name)
    if klass is None or depth > 10:
        return ()
    kinds: list[str] = []
    for base in klass.bases:
        if not isinstance(base, Ref):
            continue
        found = resolve(module, base.name)
        if found.kind == "symbol" and found.module is not None:
            kinds.extend(enum_kinds(found.module, found.path, depth + 1))
        elif found.kind == "external":
            kinds.append(found.path)
        elif base.name in ("str", "int"):
            kinds.append(base.name)
    return tuple(kinds) if any(kind in ENUMS or kind.endswith("Enum") for kind in kinds) else ()


def prints_name(expr: Expr, bound: Bound) -> bool:
    """Whether an expression is an enum member whose `str()` is its name, or depends on the version of Python."""
    if not isinstance(expr, Ref):
        return False
    found = resolve(bound.module, expr.name, bound.scope)
    holder = found.path.rpartition(".")[0]
    kinds = enum_kinds(found.module, holder) if holder and found.kind == "symbol" and found.module is not None else ()
    return bool(kinds) and not any("StrEnum" in kind or "Choices" in kind for kind in kinds)
