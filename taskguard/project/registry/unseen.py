"""Modules that a name speaks of and that may lie on the disks of those who work on the project alone: git ignores them."""

from __future__ import annotations

from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.python.project import Project


def unseen(project: Project, roots: Iterable[str], dotted: str) -> str:
    """Why the module of this dotted name may be there, counted from one of `roots`, though no file of the project is it; empty where nothing says so.

    The project has the first part of the name at least; what it has of the rest, it has in full.
    """
    for root in dict.fromkeys(roots):
        base = root
        for place, part in enumerate(dotted.split(".")):
            base = f"{base}/{part}" if base else part
            if f"{base}.py" in project.modules:
                break
            if base not in _folders(project):
                why = project.beside(base) if place else ""
                if why:
                    return why
                break
    return ""


@query
def _folders(project: Project) -> frozenset[str]:
    """The folders that hold modules, at whatever depth."""
    made: set[str] = set()
    for path in project.modules:
        folder = path.rpartition("/")[0]
        while folder and folder not in made:
            made.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(made)
