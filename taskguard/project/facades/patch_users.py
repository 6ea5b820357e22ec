"""Which files may patch one of some modules, told by their texts: tests say the last names of many modules, and to parse all tests would take long."""

from __future__ import annotations

from taskguard.facts.questions import holds
from taskguard.project.python import text_questions as texts
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.python.project import Module, Project

# Words of which one stands where a module itself is handed to what patches, or its name taken from it.
BY_OBJECT = (".object", "setattr", "delattr", ".spy", ".multiple", "__name__")


class Meant:
    """Some modules, and how a text may name them."""

    def __init__(self, project: Project, modules: Iterable[Module]) -> None:
        self._project = project
        self._modules = tuple(modules)
        self._lasts = frozenset(one.name.rpartition(".")[2] for one in self._modules)
        # The last two parts: a module may be named from more than one import root.
        self._tails = frozenset(".".join(one.name.split(".")[-2:]) for one in self._modules)

    def may_be_patched(self, user: Module) -> bool:
        """Whether a file may patch something in one of the modules: a string names one, or one is at hand where objects are patched."""
        project, path = self._project, user.path
        if not self._lasts or not texts.says_any(project, path, self._lasts):
            return False
        if texts.quotes_any(project, path, self._tails, self._lasts):
            return True
        return holds(project, path, *BY_OBJECT) and self._is_at_hand(user)

    def _is_at_hand(self, user: Module) -> bool:
        """Whether a file imports one of the modules, or a package that has one in it."""
        written = imports_of(self._project).written(user.path)
        return written is None or any(self._imports(user, name, member) for name, member in written)

    def _imports(self, user: Module, name: str, member: str | None) -> bool:
        absolute = absolute_name(user, name)
        # After a plain import of `a.b`, all of `a` may be gone through.
        dotted = absolute.partition(".")[0] if member is None else absolute if member == "*" else f"{absolute}.{member}"
        found = self._project.find(dotted, user)
        if found is None:
            return False
        if found in self._modules:
            return True
        folder = found.path.rpartition("/")[0]
        return found.is_package and any(one.path.startswith(f"{folder}/") for one in self._modules)
