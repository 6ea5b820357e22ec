"""Implementations that import the facade which imports them."""

from __future__ import annotations

import re

from taskguard.facts.model import Binding
from taskguard.facts.questions import finds
from taskguard.facts.selections import own_imports
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name, live
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Import
    from taskguard.project.facades.facades import Facade
    from taskguard.project.python.project import Module

GUARDED = frozenset(("type_checking", "try", "except"))


class Cycle(Record):
    """An import of the facade that runs when `module` is loaded. `via` is the source that needs `module`, None where `module` is one itself.

    `closed` says that the facade imports the source when it is loaded, so that neither can be loaded without the other. `inside` says that the
    facade is the package around `module`, so that it is always loaded first.
    """

    module: Module
    imported: Import
    via: Module | None
    closed: bool
    inside: bool


def import_cycles(facade: Facade) -> Iterator[Cycle]:
    """The modules behind the facade that import it when they are loaded, each once."""
    loaded = set(_loads(facade.module))
    told = {facade.module}
    for source in facade.sources:
        back = next(_back(source, facade.module), None)
        if back is not None and not around(source, facade.module) and not _loaded_first(facade.module, source, back):
            yield Cycle(source, back, None, source in loaded, around(facade.module, source))
        told.add(source)
    if not facade.declared:
        return
    users = {user for found in imports_of(facade.module.project).importers(facade.module).values() for user, _ in found}
    for source in facade.sources if loaded else ():
        for helper in _loads(source):
            back = next(_back(helper, facade.module), None) if helper in users and helper not in told else None
            if back is not None and source in loaded and not around(helper, facade.module):
                yield Cycle(helper, back, source, True, around(facade.module, helper))
                told.add(helper)


def _loaded_first(facade: Module, source: Module, back: Import) -> bool:
    """Whether Django loads the facade before anything else may, and the name that `source` asks it for is bound there by then.

    `django.setup()` loads the module `models` of each installed application.
    """
    app, _, last = facade.name.rpartition(".")
    if last != "models" or not app or not back.name or back.name == "*":
        return False
    begun = [one.span for one in _at_load(facade) if source in _meant(facade, one)]
    if not begun or any(not entry.span < min(begun) for entry in live(facade, back.name)):
        return False
    project, listed = facade.project, re.compile(rf"[\"']{re.escape(app)}(?:\.apps\.\w+)?[\"']")
    return any(finds(project, path, listed) for path in project.search("INSTALLED_APPS"))


def around(package: Module, module: Module) -> bool:
    """Whether `package` is a package around `module`, and so always loaded before it."""
    return package.is_package and module.name.startswith(f"{package.name}.")


def _at_load(module: Module) -> Iterator[Import]:
    """The imports that run when the module is loaded: not those in functions."""
    for one in own_imports(module.facts, module.project.heads):
        if one.guard not in GUARDED and (not one.scope or module.klass(one.scope) is not None):
            yield one


def _loads(module: Module) -> Iterator[Module]:
    """The project modules that a module imports when it is loaded."""
    for one in _at_load(module):
        yield from _meant(module, one)


def _meant(module: Module, one: Import) -> Iterator[Module]:
    """The project module that an import loads."""
    absolute = absolute_name(module, one.module)
    inside = module.project.find(f"{absolute}.{one.name}", module) if one.name else None
    target = inside or module.project.find(absolute, module)
    if target is not None and target is not module:
        yield target


def _back(module: Module, facade: Module) -> Iterator[Import]:
    """The imports of `module` that take something from the facade when it is loaded."""
    for one in _at_load(module):
        absolute = absolute_name(module, one.module)
        target = module.project.find(absolute, module)
        if target is facade:
            if _takes(module, facade, one):
                yield one
        elif one.name and module.project.find(f"{absolute}.{one.name}", module) is facade:
            yield one


def _takes(module: Module, facade: Module, one: Import) -> bool:
    """Whether an import from the facade needs what the facade imports. A package is loaded before its modules, with what it holds until then."""
    inside = around(facade, module)
    if not one.name:
        return not inside
    if one.name == "*":
        return True
    if one.name.startswith("__"):
        return False
    entries = live(facade, one.name)
    if not entries:
        return facade.submodule(one.name) is None
    return not (inside and isinstance(entries[-1], Binding))
