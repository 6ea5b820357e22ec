"""Whether two values of a setting, given at two places, are surely one."""

from __future__ import annotations

from taskguard.facts.model import Const
from taskguard.project.python.changes import touched
from taskguard.project.python.evaluate import Bound, Mapping, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known, Value


def origin(one: Bound | Value | Mapping) -> object:
    """What tells two values apart by where they stand."""
    if isinstance(one, Bound):
        found = (
            resolve(one.module, one.expr.name, one.scope)
            if hasattr(one.expr, "name") and not isinstance(one.expr, Const)
            else None
        )
        if (
            found is not None
            and found.kind == "symbol"
            and found.module is not None
            and not _changed_in(one, found.module.path)
        ):
            return found.module.path, found.path
        return one.module.path, one.expr.span
    return id(one)


def _changed_in(one: Bound, defined_in: str) -> bool:
    """Whether a settings module changes in place what it imports."""
    name = getattr(one.expr, "name", "")
    module = one.module
    if module.path == defined_in:
        return False
    return bool(touched(module, name)) or any(
        site.call.callee == f"{name}.update" for site in module.places.calls_of(name.partition(".")[0])
    )


def same(one: Bound | Value | Mapping, other: Bound | Value | Mapping) -> bool:
    """Whether two values are surely equal."""
    if origin(one) == origin(other):
        return True
    left, right = value_of(one), value_of(other)
    return isinstance(left, Known) and isinstance(right, Known) and bool(left.value == right.value)
