"""The import graph as Python runs it: which modules a module imports when it is itself imported."""

from __future__ import annotations

from taskguard.facts.model import Call, Import
from taskguard.project.evaluate import Bound, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskguard.project.module import Module
    from taskguard.project.project import Project

MOST = 400


class Graph:
    """Imports of modules, forwards and backwards. Files are parsed for it only where the way back leads there."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._forward: dict[str, tuple[str, ...]] = {}
        self._above: dict[str, frozenset[str] | None] = {}
        self._back: dict[str, tuple[str, ...]] = {}

    def closure(
        self, starts: Iterable[Module], functions: Callable[[Module], tuple[str, ...]]
    ) -> tuple[set[str], tuple[str, ...]]:
        """The paths of the modules that importing `starts` imports, and the packages whose modules may be imported by a computed name.

        `functions` gives those functions of a module that run at start-up too. Files that nobody parsed are reached, not followed.
        """
        made: dict[str, None] = {}
        dynamic: dict[str, None] = {}
        queue = [one.path for one in starts]
        given = set(queue)
        while queue:
            path = queue.pop()
            if path in made:
                continue
            made[path] = None
            module = self.project.modules[path]
            queue.extend(parent.path for parent in self.parents(module))
            if path in given or self.project.skimmed(path).parsed:
                queue.extend(self.imported(module))
                for scope in functions(module):
                    for one in module.facts.imports:
                        if one.scope == scope:
                            queue.extend(self.targets(module, one))
                self._computed(module, queue, dynamic)
        return set(made), tuple(dynamic)

    def parents(self, module: Module) -> list[Module]:
        """The packages around a module, which are imported before it."""
        made = []
        name = module.name.rpartition(".")[0]
        while name:
            package = self.project.find(name, module)
            if package is not None:
                made.append(package)
            name = name.rpartition(".")[0]
        return made

    def imported(self, module: Module) -> tuple[str, ...]:
        """The paths that the module level code of a module imports."""
        held = self._forward.get(module.path)
        if held is None:
            made: dict[str, None] = {}
            for one in module.facts.imports:
                if one.guard != "type_checking" and (not one.scope or module.klass(one.scope) is not None):
                    made.update(dict.fromkeys(self.targets(module, one)))
            held = self._forward[module.path] = tuple(made)
        return held

    def targets(self, module: Module, one: Import) -> list[str]:
        """The files that one import names."""
        absolute = module.absolute(one.module)
        if not absolute:
            return []
        made = []
        target = self.project.find(absolute, module)
        if target is not None:
            made.append(target.path)
        if one.name and one.name != "*":
            inner = self.project.find(f"{absolute}.{one.name}", module)
            if inner is not None:
                made.append(inner.path)
        return made

    def _computed(self, module: Module, queue: list[str], dynamic: dict[str, None]) -> None:
        """`import_module(...)`: the module it names, or everything below its package where the name is computed."""
        for site in module.facts.calls:
            call: Call = site.call
            if call.callee.rpartition(".")[2] != "import_module" or not call.args:
                continue
            name = value_of(Bound(call.args[0], module, site.scope)).value
            if isinstance(name, str):
                target = self.project.find(module.absolute(name), module)
                if target is not None:
                    queue.append(target.path)
            elif module.package:
                dynamic[module.package] = None

    def importers_of(self, module: Module) -> frozenset[str] | None:
        """The paths of all modules that import a module, directly or through others; None where that leads too far to tell."""
        if module.path not in self._above:
            self._above[module.path] = self._find_above(module)
        return self._above[module.path]

    def _find_above(self, module: Module) -> frozenset[str] | None:
        made: dict[str, None] = {}
        queue = [module.path]
        while queue:
            path = queue.pop()
            for one in self._direct(self.project.modules[path]):
                if one not in made:
                    made[one] = None
                    queue.append(one)
            if len(made) > MOST:
                return None
        return frozenset(made)

    def _direct(self, module: Module) -> tuple[str, ...]:
        """The modules that import a module themselves; a package's `__init__` is imported with each of its modules."""
        held = self._back.get(module.path)
        if held is not None:
            return held
        word = module.name.rpartition(".")[2]
        made: dict[str, None] = {}
        for path in self.project.search(word) if word else ():
            other = self.project.modules[path]
            if other is not module and module.path in self.imported(other):
                made[path] = None
        if module.is_package:
            prefix = module.path.rpartition("/")[0] + "/"
            made.update(dict.fromkeys(path for path in self.project.modules if path.startswith(prefix) and path != module.path))
        held = self._back[module.path] = tuple(made)
        return held
