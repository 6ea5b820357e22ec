"""Known values as text: what is equal has one text."""

from __future__ import annotations

from taskguard.project.python.values import Instance, Known, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.values import Value


def shown(value: object) -> str:
    """A known value as text: what is equal has one text."""
    if isinstance(value, Name):
        return f"⟪{value.dotted}⟫"
    if isinstance(value, Instance):
        given = [_argument(one) for one in value.args]
        given += sorted(f"{key}={_argument(one)}" for key, one in value.kwargs)
        return f"⟪{value.name}⟫({', '.join(given)})"
    if isinstance(value, list | tuple):
        return f"({', '.join(map(shown, value))})"
    if isinstance(value, set):
        return f"{{{', '.join(sorted(map(shown, value)))}}}"
    if isinstance(value, dict):
        return f"{{{', '.join(sorted(f'{shown(key)}: {shown(one)}' for key, one in value.items()))}}}"
    if isinstance(value, float) and value.is_integer():
        return repr(int(value))
    return repr(value)


def _argument(value: Value) -> str:
    return shown(value.value) if isinstance(value, Known) else f"⟪?{value.name}⟫"
