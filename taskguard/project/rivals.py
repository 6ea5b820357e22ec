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


def namesake_has(target: Module, name: str) -> bool:
    """Whether another module that an import of `target` may mean has the name: one of the same dotted name under a root around or in that of `target`."""
    own = target.name
    others = (
        one
        for one in target.project.modules.values()
        if one is not target
        and one.name == own
        and (
            f"{one.root}/".startswith(f"{target.root}/")
            or f"{target.root}/".startswith(f"{one.root}/")
            or not one.root
            or not target.root
        )
    )
    return any(one.name and one.binds(name) is not False for one in others)
