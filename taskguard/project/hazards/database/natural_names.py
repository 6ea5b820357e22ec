"""What names a row besides its own key: the row that it belongs to one to one, or fields that are unique together."""

from __future__ import annotations

from taskguard.facts.model import Const, Expr, Seq
from taskguard.project.hazards.database.rows import Model, one_to_one, receives, related
from taskguard.project.hazards.database.written import KEYS, given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call
    from taskguard.project.python.project import Module

ENDS = ("_id", "_pk", "_uuid")


def is_named(module: Module, qualname: str, call: Call, rows: frozenset[str]) -> bool:
    """Whether a receiver tells a task by other attributes which row was saved: `profile.user_id`, `verse.version.slug` with `verse.reference`."""
    told = {rest for name in given(call) for first, _, rest in (name.partition("."),) if first in rows and rest}
    held = receives(module, qualname) if told else None
    model = held.model if held is not None else None
    if model is None or model.klass is None:
        return False
    names = {_field_of(one) for one in told}
    if any(one_to_one(model, _field_of(one)) and _is_key(one) for one in told):
        return True
    return any(
        len(group) > 1 and group <= names and not all(related(model, one) for one in group)
        for group in _together(model)
    )


def _field_of(rest: str) -> str:
    """The field by which a row is asked: `version` of `version.slug` and of `version_id`."""
    first = rest.partition(".")[0]
    return next((first.removesuffix(end) for end in ENDS if first.endswith(end)), first)


def _is_key(rest: str) -> bool:
    head, _, last = rest.rpartition(".")
    return last in KEYS if head else rest.endswith(ENDS)


def _together(model: Model) -> Iterator[set[str]]:
    """The fields that a class of rows says to be unique together."""
    if model.module is None or model.klass is None:
        return
    meta = model.module.klass(f"{model.klass.qualname}.Meta")
    for one in meta.attributes if meta is not None else ():
        if one.name == "unique_together" and isinstance(one.value, Seq):
            groups = one.value.items if any(isinstance(item, Seq) for item in one.value.items) else (one.value,)
            for group in groups:
                yield {str(item.value) for item in _items(group) if isinstance(item, Const)}


def _items(expr: Expr) -> tuple[Expr, ...]:
    return expr.items if isinstance(expr, Seq) else ()
