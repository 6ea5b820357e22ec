"""Selections asked again of other facts than those that a run has asked."""

from __future__ import annotations

from taskguard.facts import changes, placed, selections
from taskguard.facts.import_selections import ASKED_OF_HEADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.facts.model import Facts


def selected(facts: Facts, name: str, args: tuple[Any, ...], heads: Callable[[], frozenset[str]]) -> Any:
    """What the selection of that name picks of facts that nobody watches; `heads` gives those of the project (`module_heads`). Raises KeyError
    where there is none by now."""
    with_heads = ASKED_OF_HEADS.get(name)
    if with_heads is not None:
        return with_heads(facts, heads(), *args)
    room = next((room for room in (selections, changes, placed) if hasattr(room, name)), None)
    if room is None:
        raise KeyError(name)
    return getattr(room, name).of(facts, *args)
