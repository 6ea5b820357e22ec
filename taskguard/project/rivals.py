"""Modules of one name under several import roots: which of them is meant."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module


def nearest_of(rivals: list[Module], origin: Module) -> Module | None:
    """The module whose import root shares most folders with that of `origin`; None where two share as many."""
    own = origin.root.split("/")

    def shared(one: Module) -> int:
        pairs = zip(one.root.split("/"), own)
        return next(
            (number for number, (left, right) in enumerate(pairs) if left != right),
            min(len(own), one.root.count("/") + 1),
        )

    ordered = sorted(rivals, key=shared, reverse=True)
    return ordered[0] if shared(ordered[0]) > shared(ordered[1]) else None
