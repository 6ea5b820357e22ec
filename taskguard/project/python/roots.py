"""Import roots and module names: which dotted name Python gives to which file."""

from __future__ import annotations

from taskguard.discovery.markers import ROOTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection


def import_roots(
    paths: list[str], markers: Collection[str], src: tuple[str, ...] = (".",), refuted: Collection[str] = ()
) -> list[str]:
    """The folders from which imports count, the most specific first.

    `paths` are the files, `markers` the paths of marker files, `src` the folders that the settings name. The project root is always one.
    `refuted` are folders called `src` that are no root although their name says so.
    """
    roots = {"" if one in (".", "") else one.strip("/") for one in src} | {""}
    folders = {path.rpartition("/")[0] for path in paths}
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    for marker in markers:
        folder, _, name = marker.rpartition("/")
        if name in ROOTS and (
            name != "setup.py" or folder not in packages
        ):  # in a package it is a module that happens to have that name
            roots.add(folder)
    for path in paths:
        if path.endswith("/manage.py"):
            roots.add(path.rpartition("/")[0])
    ancestors = {""}
    for folder in folders:
        while folder and folder not in ancestors:
            ancestors.add(folder)
            folder = folder.rpartition("/")[0]
    for root in list(roots):
        source = f"{root}/src" if root else "src"
        if source in ancestors and source not in refuted:
            roots.add(source)
    return sorted(roots, key=lambda root: (-root.count("/") - bool(root), root))


def module_names(paths: list[str], roots: list[str], proved: Collection[str] = ()) -> dict[str, tuple[str, str]]:
    """For each path its import root and its dotted name counted from there. `proved` are roots although an `__init__.py` lies in them."""
    packages = {path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")}
    known = set(roots)
    tops: dict[str, str] = {}

    def top(folder: str) -> str:
        """The folder that holds the outermost package around `folder`."""
        if folder in tops:
            return tops[folder]
        made = folder
        if folder in packages and folder and folder not in proved:
            made = top(folder.rpartition("/")[0])
        tops[folder] = made
        return made

    def nearest(folder: str) -> str:
        """The import root at or above a folder."""
        while folder not in known:
            folder = folder.rpartition("/")[0]
        return folder

    made: dict[str, tuple[str, str]] = {}
    for path in paths:
        folder = path.rpartition("/")[0]
        root = nearest(top(folder))
        while root in packages and root and root not in proved:
            # a folder without `__init__` within a package: its name goes on from the packages around
            root = nearest(top(root))
        made[path] = (root, dotted_name(path, root))
    return made


def dotted_name(path: str, root: str) -> str:
    """The module name of `path` counted from the folder `root`; `__init__` is its package."""
    inside = path[len(root) + 1 :] if root else path
    stem = inside.rsplit(".", 1)[0]
    parts = stem.split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)
