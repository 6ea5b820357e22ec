"""What is picked out of the imports of one file with what the dotted name of a module of the project may begin with."""

from __future__ import annotations

from taskguard.facts.model import Import
from taskguard.facts.selections import decorated_by_own, leading, of_heads
from taskguard.facts.watched import quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from taskguard.facts.model import Facts


def imports_in(facts: Facts, heads: frozenset[str], scope: str) -> tuple[Import, ...]:
    """As `own_imports`, of a function or class; those of the module itself for an empty scope."""
    return _imports_in(quietly(facts, imports_in.__name__, (scope,)), heads, scope)


def _imports_in(facts: Facts, heads: frozenset[str], scope: str) -> tuple[Import, ...]:
    return tuple(one for one in of_heads(facts, heads) if one.scope == scope)


def running_imports(facts: Facts, heads: frozenset[str]) -> tuple[Import, ...]:
    """As `own_imports`, of those that run when the file is loaded, in whatever branch: in no function, and not for types alone."""
    return _running(quietly(facts, running_imports.__name__), heads)


def _running(facts: Facts, heads: frozenset[str]) -> tuple[Import, ...]:
    classes = {one.qualname for one in facts.classes}
    return tuple(
        one
        for one in of_heads(facts, heads)
        if one.guard != "type_checking" and (not one.scope or one.scope in classes)
    )


# The selections that are asked with the heads of the project's names, behind the facts.
ASKED_OF_HEADS: dict[str, Callable[..., Any]] = {
    "own_imports": of_heads,
    "leading_calls": leading,
    "own_decorated": decorated_by_own,
    "imports_in": _imports_in,
    "running_imports": _running,
}
