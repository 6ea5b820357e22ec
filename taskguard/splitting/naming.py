"""Names and places of the modules of a split: dotted names, paths, and how one imports from another."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.splitting.god import God

INIT = "__init__.py"


def import_root(god: God) -> str:
    """The folder that the dotted names count from, empty for the root of the project."""
    parts = god.path.split("/")[:-1]
    depth = len(god.package.split(".")) if god.package else 0
    return "/".join(parts[: len(parts) - depth])


def dotted_of(god: God, path: str) -> str:
    """The dotted name of a module that is written at a path."""
    root = import_root(god)
    inside = path[len(root) + 1 :] if root and path.startswith(root + "/") else path
    return inside.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def package_of(god: God, path: str) -> str:
    """The package that the relative imports of a module count from."""
    name = dotted_of(god, path)
    return name if path.endswith("/" + INIT) else name.rpartition(".")[0]


def reference(package: str, target: str, relative: bool) -> str:
    """What stands behind `from` in a module of `package` that imports from `target`."""
    if not relative or not package:
        return target
    own, other = package.split("."), target.split(".")
    common = 0
    while common < min(len(own), len(other)) and own[common] == other[common]:
        common += 1
    if not common:
        return target
    return "." * (len(own) - common + 1) + ".".join(other[common:])


def rerooted(dots: str, old: str, new: str) -> str:
    """A relative module as it is written in package `new`, where package `old` wrote it `dots`."""
    if new == old:
        return dots
    if not old or new.startswith(old + "."):
        return "." * (new[len(old) :].strip(".").count(".") + 1) + dots if new != old else dots
    level = len(dots) - len(dots.lstrip("."))
    parts = old.split(".")
    base = parts[: len(parts) - level + 1]
    return reference(new, ".".join([*base, *([dots[level:]] if dots[level:] else [])]), relative=True)
