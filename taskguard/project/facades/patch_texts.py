"""Which test files may patch what is not there or is not looked up, told by their texts: parsing all tests would take long."""

from __future__ import annotations

import re

from taskguard.facts.model import Import
from taskguard.facts.questions import every, finds, holds
from taskguard.patterns import regex
from taskguard.project.facades.lookups import looked_up
from taskguard.project.facades.text_questions import NAME, PATCH, SETS, built_paths
from taskguard.project.python import text_questions as texts
from taskguard.project.python.exported import binds_name
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name, attribute, live
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from taskguard.project.python.project import Module, Project

_DOTTED = tuple(regex(rf"{word}\s*\(\s*[\"']({NAME}(?:\.\w+)+)[\"']") for word in (rf"{PATCH}(?:\.dict)?", SETS))
_OBJECT = tuple(
    regex(rf"{word}\s*\(\s*((?:\w+\.)*\w+)\s*,\s*[\"']({NAME})[\"']")
    for word in (rf"{PATCH}\.object", r"mocker(?<!\wmocker)\.spy", SETS)
)


class Suspicions:
    """Answers for one project, with what was read remembered."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.memo: dict[object, object] = {}

    def suspicious(self, user: Module) -> bool:
        """Whether a file has a patch of a name that the module does not show to be there and in use."""
        path = user.path
        plain = (one for pattern in _DOTTED for one in every(self.project, path, pattern))
        for dotted in dict.fromkeys((*plain, *built_paths(self.project, path))):
            parts = dotted.split(".")
            for cut in range(len(parts) - 1, 0, -1):
                holder = self.project.find(".".join(parts[:cut]), user)
                if holder is not None:
                    last = cut == len(parts) - 1
                    if not self._has(holder, parts[cut], last) or self._shadowed(user, parts[:cut]):
                        return True
                    if last and self.taken(user, holder, parts[cut]):
                        return True
                    break
        objects = dict.fromkeys(one for pattern in _OBJECT for one in every(self.project, path, pattern))
        return any(not self._has(one, name, True) for of, name in objects for one in self._meant(user, of))

    def _meant(self, user: Module, of: str) -> Collection[Module]:
        """The modules that an expression may be, by what the file imports."""
        last = of.rpartition(".")[2]
        called = self._called(last)
        if not called or of.startswith(("self.", "cls.")) or not texts.may_import(self.project, user.path, last):
            return ()
        told = texts.sources_of(self.project, user.path, last)
        if told is None or "." in of or told[2]:
            return called
        named = {last, *(f"{absolute_name(user, written)}.{last}" for written in told[0])}
        return {found for name in named if (found := self.project.find(name, user)) in called and found is not None}

    def cleared(self, user: Module, holder: Module, name: str, inside: bool) -> bool:
        """Whether nothing is to be said of a patch of the name, or of something inside of what it is."""
        if not inside and self.taken(user, holder, name):
            return False
        return self._has(holder, name, not inside) and not self._shadowed(user, holder.name.split("."))

    def taken(self, user: Module, holder: Module, name: str) -> bool:
        """Whether a test names a module that has taken a function from `holder`, whose own code has no use for it."""
        return any(
            holds(self.project, user.path, one.name.rpartition(".")[2]) and self._has_taken(one, holder, name)
            for one in self._takers(holder, name)
        )

    @query
    def _takers(self, holder: Module, name: str) -> list[Module]:
        defined = texts.defines_function(self.project, holder.path, name)
        alone = defined and texts.times_used(self.project, holder.path, name) == 1
        return possible_takers(holder, name) if alone and not in_tests(holder.path) else []

    @query
    def _has_taken(self, user: Module, holder: Module, name: str) -> bool:
        return takes(user, holder, name)

    def _called(self, last: str) -> list[Module]:
        """The modules whose names end so."""
        return self._by_last().get(last, [])

    @query
    def _by_last(self) -> dict[str, list[Module]]:
        made: dict[str, list[Module]] = {}
        for one in self.project.modules.values():
            if one.name and not in_tests(one.path):
                made.setdefault(one.name.rpartition(".")[2], []).append(one)
        return made

    @query
    def _has(self, holder: Module, name: str, last: bool) -> bool:
        """Whether a patch of the name is surely none of nothing. `last`: nothing inside of it is patched."""
        return self._shows(holder, name, last) or _binds(holder, name, last)

    def _shows(self, holder: Module, name: str, last: bool) -> bool:
        """Whether a text shows that the module has the name, and that its own code uses it where it is only imported."""
        project, path = self.project, holder.path
        if not holds(project, path, name):
            return False
        if texts.defines(project, path, name):
            return True
        plain = texts.bound_in_try(project, path, name)
        if plain is not None and (last or (plain and project.find(name, holder) is None)):
            return True
        return texts.imports_and_says(project, path, name)

    def _shadowed(self, user: Module, parts: list[str]) -> bool:
        """Whether a package on the way binds the name of its submodule to something else."""
        for cut in range(1, len(parts)):
            package = self.project.find(".".join(parts[:cut]), user)
            if package is None or not package.is_package:
                continue
            if self._hides(package, parts[cut]):
                return True
        return False

    @query
    def _hides(self, package: Module, name: str) -> bool:
        """Whether a package binds the name of its submodule to something else."""
        shadows = texts.may_shadow(self.project, package.path, name) and not self._imports_submodule(package, name)
        return shadows and _hides(package, name)

    def _imports_submodule(self, package: Module, name: str) -> bool:
        """Whether a package imports the submodule itself under its name, and does nothing else that might bind that."""
        told = texts.sources_of(self.project, package.path, name)
        renamed = re.compile(rf"\bas\s+{re.escape(name)}\b")
        path = package.path
        if told is None or holds(self.project, path, f"def {name}") or finds(self.project, path, renamed):
            return False
        return {absolute_name(package, written) for written in told[0]} == {package.name}


def _hides(package: Module, name: str) -> bool:
    """Whether a package has a function under the name of its submodule."""
    found = attribute(package, name) if live(package, name) else None
    return (
        found is not None
        and found.kind == "symbol"
        and found.module is not None
        and found.module.function(found.path) is not None
    )


def _binds(holder: Module, name: str, last: bool) -> bool:
    """Whether the module, parsed, has the name and not by imports alone, which its code may not use."""
    if not binds_name(holder, name):
        return False
    bound = live(holder, name)
    if bound and all(isinstance(one, Import) and not one.guard for one in bound):
        if last:
            return looked_up(holder, name) is not False
        return attribute(holder, name).kind in ("symbol", "external")
    return last or attribute(holder, name).kind != "module"


def possible_takers(holder: Module, name: str) -> list[Module]:
    """The modules, tests left out, that may import a name of `holder` and use it, as their texts show."""
    found = imports_of(holder.project).possible_importers(holder, name)
    return [one for one in found if not in_tests(one.path) and _uses(one, name)]


def _uses(user: Module, name: str) -> bool:
    """Whether the text of a module says a name besides in its imports, or gives it another name."""
    return texts.uses(user.project, user.path, name)


@query
def _running(user: Module) -> dict[str, list[Import]]:
    """What a module imports when it runs, by the name that it asks for."""
    made: dict[str, list[Import]] = {}
    for one in imports_of(user.project).running(user):
        made.setdefault(one.name or "", []).append(one)
    return made


def takes(user: Module, holder: Module, name: str) -> bool:
    """Whether a module imports a name of `holder` when it is loaded, and uses it."""
    project = holder.project
    return any(
        not one.scope
        and project.find(absolute_name(user, one.module), user) is holder
        and texts.times_used(project, user.path, one.bound) > 0
        for one in _running(user).get(name, ())
    )


def takers(holder: Module, name: str) -> list[Module]:
    """The modules, tests left out, that import a name of `holder` when they are loaded and use it."""
    return [one for one in possible_takers(holder, name) if takes(one, holder, name)]
