"""Modules of one name under several import roots: which of them is meant."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module
    from taskguard.project.project import Project


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


def within_own_package(project: Project, name: str, origin: Module) -> Module | None:
    """The module that a name means for a file in a package of that name (`src/shop/` beside `shop/`): one of its own package."""
    head = name.partition(".")[0]
    if f"/{head}/" not in origin.path:
        return None
    parts = origin.path.split("/")[:-1]
    for depth in range(len(parts) - 1, 0, -1):
        if parts[depth] == head:
            inside = "/".join((*parts[:depth], name.replace(".", "/")))
            found = project.modules.get(f"{inside}.py") or project.modules.get(f"{inside}/__init__.py")
            if found is not None:
                return found
    return None


def from_outer_root(project: Project, name: str, second: str = "") -> Module | None:
    """The module that a name leads to from a folder on the path around the one that it is named from: `src.shop.jobs`, which is called
    `shop.jobs`. `second` is the path that is known for it."""
    if second:
        return project.modules.get(second)
    inside = name.replace(".", "/")
    for root in project.roots if "." in name else ():
        base = f"{root}/{inside}" if root else inside
        found = project.modules.get(f"{base}/__init__.py") or project.modules.get(f"{base}.py")
        if found is not None:
            return found
    return None


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
