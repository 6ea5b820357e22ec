"""What the configurations of Django's applications import in their `ready`: without it no process of the project starts."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module, Project

READY = "def ready("
CONFIGURATION = "AppConfig"


@query
def readying(project: Project) -> frozenset[Module]:
    """The modules of such configurations that seem to import what the project lacks: no other one need be parsed."""
    paths = project.holders(CONFIGURATION)
    found = [project.modules[path] for path in project.search(READY) if path in paths]
    return frozenset(one for one in found if not in_tests(one.path) and _lacks(one))


def is_ready(module: Module, one: Import) -> bool:
    """Whether an import is one that `ready` runs, whatever else is the case."""
    holder, _, method = one.scope.rpartition(".")
    klass = module.klass(holder) if method == "ready" and not one.guard else None
    return klass is not None and any(
        isinstance(base, Ref) and base.name.endswith(CONFIGURATION) for base in klass.bases
    )


def _lacks(module: Module) -> bool:
    """Whether the text of a module imports a module, or from a package, what does not seem to be there."""
    project = module.project
    pairs = imports_of(project).written(module.path)
    for written, name in pairs or ():
        absolute = absolute_name(module, written)
        target = project.find(absolute, module) if absolute else None
        if absolute and target is None:
            return True
        if target is not None and target.is_package and name and target.submodule(name) is None:
            return True
    return pairs is None
