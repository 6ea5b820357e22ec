"""Imports that name the project's code by a package that there is nowhere: `from app.config import settings` beside `from backend.workers import app`."""

from __future__ import annotations

from taskguard.facts.import_selections import imports_in
from taskguard.facts.selections import imports_among, imports_from, imports_head
from taskguard.project.python.exported import binds_name
from taskguard.project.python.letter_case import heads_in_other_case, in_other_case
from taskguard.project.python.names import absolute_name
from taskguard.project.python.requirements import is_pinned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module

# What people call the package of their own code, and nobody a library.
OWN_NAMES = ("app", "apps", "backend", "server", "src")
# What people call a folder of their own code, and nobody a package for others (`shared` and `common` are libraries here and there).
FOLDERS = ("helpers", "jobs", "services", "tasks", "utils")


def stray_imports(module: Module) -> tuple[Import, ...]:
    """The imports of a file from packages with such names, of which neither a folder nor a module is anywhere in the project."""
    project = module.project
    heads = [one for one in (*OWN_NAMES, *FOLDERS) if one not in project.heads and imports_head(module.facts, one)]
    return tuple(one for head in heads for one in imports_from(module.facts, head))


def miscased_imports(module: Module) -> tuple[Import, ...]:
    """The imports of a file from packages that are called like one of the project in another case."""
    return imports_among(module.facts, heads_in_other_case(module.project))


def miscased(module: Module, one: Import) -> Module | None:
    """The module that such an import means, which has what is imported; None where that is not sure: `import google` may take a library."""
    target = in_other_case(module.project, one.module) if one.name and one.name != "*" else None
    if target is None or one.name is None:
        return None
    return target if binds_name(target, one.name) or target.submodule(one.name) is not None else None


def meant_of_project(module: Module, head: str, one: Import) -> Module | None:
    """The module that such an import means, by another name than the file itself has for the package; None where that is not sure, or where
    a package called `head` may be installed."""
    project = module.project
    if head not in OWN_NAMES or head in project.heads or is_pinned(project, head) is not False or not one.name:
        return None
    rest = one.module.partition(".")[2]
    found = {
        target for own in _own_heads(module) if rest and (target := project.find(f"{own}.{rest}", module)) is not None
    }
    target = found.pop() if len(found) == 1 else None
    return target if target is not None and (binds_name(target, one.name) or _is_below(target, one.name)) else None


def is_of_nobody(module: Module, head: str, one: Import) -> bool:
    """Whether an import asks a top-level folder of the project for a module, where neither that folder is there nor such a module in any folder of its name,
    and no package called so may be installed."""
    project, parts = module.project, one.module.split(".")
    if (
        head not in FOLDERS
        or one.module.startswith(".")
        or len(parts) < 2
        or not one.name
        or is_pinned(project, head) is not False
    ):
        return False
    ends = f"/{head}/{parts[1]}.", f"/{head}/{parts[1]}/"
    return not any(end in f"/{path}" for path in project.modules for end in ends)


def _is_below(target: Module, name: str) -> bool:
    """Whether a module of a package surely binds a name that the package itself does not hand on."""
    below = f"{target.name}."
    return target.is_package and any(
        binds_name(target.project.modules[path], name) is True
        for path in target.project.search(name)
        if target.project.modules[path].name.startswith(below)
    )


def _own_heads(module: Module) -> set[str]:
    """The packages of the project that a file surely imports from when it is loaded."""
    held = {
        absolute_name(module, one.module) for one in imports_in(module.facts, module.project.heads, "") if not one.guard
    }
    return {one.partition(".")[0] for one in held if "." in one and module.project.find(one, module) is not None}
