"""Classes and their ancestors: what is a subclass of what."""

from __future__ import annotations

from taskguard.project.python.names import resolve
from taskguard.project.tasks.app_names import Parent, family, parents
from taskguard.project.tasks.celery_names import CELERY_TASK, DEEPEST, SILENT_TASKS
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class
    from taskguard.project.python.project import Module, Project

MOST = 200
# What can be a base beside a task class and supplies nothing: `Generic[T]`, `ABC`, `Protocol`.
IDLE_BASES = ("builtins.", "typing.", "typing_extensions.", "abc.")


def locate(project: Project, dotted: str, origin: Module | None = None) -> tuple[Module, Class] | None:
    """The class of that dotted name, also through re-exports; None where the project has none."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = project.find(".".join(parts[:cut]), origin)
        if module is None:
            continue
        found = resolve(module, ".".join(parts[cut:]))
        klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
        return (found.module, klass) if klass is not None and found.module is not None else None
    return None


def lineage(project: Project, dotted: str, origin: Module | None = None) -> tuple[list[str], list[str], str]:
    """The dotted names of a class and its ancestors, the files that say so, and why there may be more (empty: there are none).

    Ancestors outside the project are named and not followed.
    """
    files: dict[str, None] = {}
    start = locate(project, dotted, origin)
    if start is None:
        return (
            [dotted],
            [],
            "" if dotted in CELERY_TASK | SILENT_TASKS else f"the class {dotted} is outside the project",
        )
    names = {f"{start[0].name}.{start[1].qualname}": None}
    queue = [start]
    opened = ""
    for module, klass in queue:
        if len(names) >= MOST:
            break
        files[module.path] = None
        for parent in parents(module, klass):
            if not parent.dotted:
                opened = opened or "a base class that cannot be followed"
            elif parent.dotted not in names:
                names[parent.dotted] = None
                if parent.module is not None and parent.klass is not None:
                    queue.append((parent.module, parent.klass))
                elif not _known(parent):
                    opened = opened or f"the class {parent.dotted} is outside the project"
    return list(names), list(files), opened


def _known(parent: Parent) -> bool:
    """Whether a base outside the project is one of which is known what it does."""
    return parent.dotted in CELERY_TASK | SILENT_TASKS or parent.dotted.startswith(IDLE_BASES)


def whole_family(module: Module, klass: Class) -> list[tuple[Module, Class]]:
    """A class and those of the project above it, the nearest first; empty where there is one of another library among them."""
    made = family(module, klass, DEEPEST)
    return made if all(one.klass is not None or _known(one) for held in made for one in parents(*held)) else []


@query
def ancestry(origin: Module, dotted: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """As `lineage`, of the base class of the tasks that are declared in `origin`."""
    names, files, opened = lineage(origin.project, dotted, origin)
    return tuple(names), tuple(files), opened


def is_subclass(project: Project, dotted: str, wanted: tuple[str, ...], origin: Module) -> bool | None:
    """Whether the base class of a task is one of `wanted` (full or bare names) or a subclass; None where that cannot be told.

    A class of a library cannot descend from one that the project itself defines.
    """
    names, _, opened = ancestry(origin, dotted)
    for want in wanted:
        full = canonical(project, want, origin)
        if any(name == full or name.endswith("." + want) for name in names):
            return True
    if not opened:
        return False
    inside = all("." in want and locate(project, want, origin) is not None for want in wanted)
    return False if inside and opened.endswith("outside the project") else None


def canonical(project: Project, dotted: str, origin: Module | None = None) -> str:
    """The name that a class has where it is defined."""
    held = locate(project, dotted, origin) if "." in dotted else None
    return f"{held[0].name}.{held[1].qualname}" if held is not None else dotted
