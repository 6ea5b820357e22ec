"""Packages that are facades by the evidence that makes a module one: their `__init__.py` imports from the project, and does nothing else.

Most packages that hand on something hand on all that they mean to, so they are parsed only where their text imports what may not be there.
That one of them hands on a part alone says nothing (TG401): packages mostly mean to.
"""

from __future__ import annotations

from taskguard.facts.questions import holds
from taskguard.project.facades.facades import Facade, facade_modules, imported_sources, looks_like_facade
from taskguard.project.facades.worker_side import worker_side
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project


def failing_packages(project: Project) -> Iterator[Facade]:
    """The packages among which are all that import a name which is not there; those of the worker's side are left out, TG405 tells of them."""
    known = facade_modules(project) | worker_side(project)
    for module in _packages(project):
        if module not in known and _may_fail(module) and looks_like_facade(module):
            yield Facade(module, "recognised", imported_sources(module))


def _packages(project: Project) -> Iterator[Module]:
    for path, module in project.modules.items():
        if (
            module.is_package
            and path.endswith(".py")
            and module.name
            and not in_tests(module.path)
            and project.wants(path)
        ):
            yield module


def _may_fail(module: Module) -> bool:
    """Whether the text of a package imports a name that the text of its module does not hold, or a module that is not there."""
    project = module.project
    lines = imports_of(project).lines(module.path) if holds(project, module.path, "import") else []
    if lines is None:
        return True
    for written, names in lines:
        target = project.find(absolute_name(module, written), module)
        if target is None:
            if written.startswith(".") or project.find(written.partition(".")[0], module) is not None:
                return True
            continue
        if any(one != "*" and not holds(project, target.path, one) and target.submodule(one) is None for one in names):
            return True
    return False
