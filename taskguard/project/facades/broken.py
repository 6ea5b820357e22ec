"""Imports of names that the imported module of the project does not bind."""

from __future__ import annotations

import sys

from taskguard.facts.model import Binding
from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import own_imports
from taskguard.patterns import any_dotted
from taskguard.project.celery.django import kept_elsewhere
from taskguard.project.facades.facades import facade_modules, facades_of
from taskguard.project.facades.loaded_with import short_of_names
from taskguard.project.facades.never_loaded import NEVER
from taskguard.project.facades.symbols import kind_of
from taskguard.project.facades.text_questions import TASKS
from taskguard.project.facades.tried import never_defined, tried_by_a_task, tried_to_send
from taskguard.project.facades.unreached_imports import unasked_for, unreached
from taskguard.project.facades.worker_side import app_modules, surely_defines, worker_side
from taskguard.project.python import text_questions as texts
from taskguard.project.python.aside import kept_for_reading
from taskguard.project.python.exported import binds_name, namesake_has
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name, dunder_all, running_stars
from taskguard.project.python.old_python import meant_beside
from taskguard.project.python.rival_folders import has_rivals, nearer_folder
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module, Project

# Imports that are meant to fail sometimes, or that do not run.
GUARDED = frozenset(("type_checking", "try", "except"))
# Modules that a build makes: they may be missing in a checkout.
MADE = ("_pb2", "_pb2_grpc")
# As Celery's guide for Django calls an app in the package that hands it on: whoever asks a module for it cannot do without.
APP = "celery_app"
RELATIVE = ("from . import", "from .. import", "from ... import")


class Broken(Record):
    """An import of a name that `target` does not bind; `again` are the further places in the same file.

    `homes` are the modules that define such a name. `typing` says that `target` has it for type checkers only. `listed` is the line of `target`
    on which its `__all__` has the name, where the import is a star. `doubt` holds why it may be there all the same, `idle` why nobody may miss it as yet.
    """

    module: Module
    imported: Import
    target: Module
    name: str
    again: tuple[Import, ...] = ()
    homes: tuple[Module, ...] = ()
    typing: bool = False
    listed: int = 0
    doubt: str = ""
    idle: str = ""

    @property
    def dotted(self) -> str:
        """The name where it is defined now, else where it is missing."""
        return f"{(self.homes[0] if len(self.homes) == 1 else self.target).name}.{self.name}"

    @property
    def home(self) -> Module | None:
        """The only module that defines a function, class, task or constant of that name, so that it can be imported from there."""
        if len(self.homes) != 1 or self.typing or self.listed:
            return None
        home, target = self.homes[0], self.homes[0].entry(self.name)
        if home is self.module or not binds_name(home, self.name) or not isinstance(target, Binding) or target.guard:
            return None
        if any(
            one.declared and one.module is self.target and home in one.sources
            for one in facades_of(self.module.project)
        ):
            return None  # the facade has to hand it on: that mends all who import it
        return None if kind_of(home, target) == "variable" else home

    @property
    def depends(self) -> tuple[str, ...]:
        """The files that would have to bind the name, that of a submodule included."""
        target = self.target
        base = f"{target.path.rpartition('/')[0]}/{self.name}".lstrip("/")
        submodule = (f"{base}.py", f"{base}/__init__.py") if target.is_package else ()
        return (*(one.path for one in behind(target)), *submodule)


def broken_imports(project: Project, everything: bool = False) -> Iterator[Broken]:
    """What fails of the imports from facades, their sources and task modules, of those in modules that a worker loads first, and of those at the
    head of what these load whenever they are loaded; of all if `everything`.

    Each name once for every file that imports it. What a facade imports when it is loaded is not among them: TG402 says it.
    """
    own = worker_side(project)
    targets = None if everything else task_side(project) | app_modules(project)
    loaded = short_of_names(project) if not everything else frozenset()
    for module in _importers(project, targets, own | loaded):
        if targets is None or module in own or module in loaded or not _surely_whole(module, targets):
            yield from _broken_in(module, targets, own, loaded)


def broken_in(module: Module) -> Iterator[Broken]:
    """As `broken_imports`, of one module."""
    project = module.project
    targets = task_side(project) | app_modules(project)
    yield from _broken_in(module, targets, worker_side(project), short_of_names(project))


def broken_at_head(module: Module) -> Iterator[str]:
    """The names, with their modules, that imports at the head of a file surely fail to get, once something loads it."""
    for one in _broken_in(module, None, set(), frozenset(), facades=frozenset()):
        if one.doubt in ("", NEVER) and not (one.imported.scope or one.imported.guard):
            yield f"{one.target.name}.{one.name}"


def _broken_in(
    module: Module, targets: set[Module] | None, own: set[Module], loaded: frozenset[Module], facades: frozenset[Module] | None = None,
) -> Iterator[Broken]:  # fmt: skip
    """What fails of the imports of one module from the targets, or from all modules where there are no targets. `own` are a worker's own modules,
    `loaded` others that these take with them. Of `facades`, those of the project where none are given, what they import when they are loaded is left out."""
    project = module.project
    facades = facade_modules(project) if facades is None else facades
    held: dict[tuple[Module, str], list[Import]] = {}
    for one in own_imports(module.facts, project.heads):
        if not one.name or (module in facades and not one.scope):
            continue
        if (one.guard in GUARDED and not _is_meant(module, one)) or never_defined(module, one):
            continue
        absolute = absolute_name(module, one.module)
        target = project.find(absolute, module)
        if target is None or target is module:
            continue
        asked = targets is None or target in targets or _asked_for(module, one, target, own)
        if not asked and not (module in loaded and _is_needed(module, one, target)):
            continue
        if settled(module, one.module, target):
            held.setdefault((target, one.name), []).append(one)
    for (target, name), places in held.items() if held and not kept_for_reading(module) else ():
        places.sort(key=lambda one: (bool(one.scope), one.span))
        if name == "*" and target in facades:
            continue
        judged = _judged(module, target, name, places) if name != "*" else _starred(module, target, places)
        for broken in judged:
            doubt = broken.doubt or unreached(module, places)
            yield broken.replace(doubt=doubt, idle="" if doubt else unasked_for(module, places))


def _is_meant(module: Module, one: Import) -> bool:
    """Whether an import in a `try` is one that nobody expects to fail."""
    return tried_by_a_task(module, one) or tried_to_send(module, one)


def _asked_for(module: Module, one: Import, target: Module, own: set[Module]) -> bool:
    """Whether an import from any module of the project is one of an app, or one without which a worker does not start, and may fail."""
    if one.name == APP:
        return True
    if (
        module not in own or (one.guard and one.guard != "try") or one.name == TASKS
    ):  # a missing module `tasks` is `gone_imports`' matter
        return False
    return not surely_defines(target, one.name or "*")


def _is_needed(module: Module, one: Import, target: Module) -> bool:
    """Whether an import at the head of a module that a worker loads may fail. What counts from another root may be a library of that name here."""
    return not (one.scope or one.guard or target.root != module.root or surely_defines(target, one.name or "*"))


def _surely_whole(module: Module, targets: set[Module]) -> bool:
    """Whether the text of a file that nobody has parsed shows that each name it may import from the targets is there."""
    project = module.project
    unparsed = module.path not in project.looked_at_paths and project.is_readable(module.path)
    lines = imports_of(project).lines(module.path) if unparsed else None
    if lines is None:
        return False
    for written, names in lines:
        target = project.find(absolute_name(module, written), module)
        if (
            target is not None
            and (target in targets or APP in names)
            and not all(one not in ("", "*") and binds_name(target, one) for one in names)
        ):
            return False
    return True


@query
def task_side(project: Project) -> set[Module]:
    """The facades, their sources, the modules that declare tasks, packages called `tasks` around these, at any depth, or in place of one, and
    the package around one that hands on what it has."""
    made = {task.module for task in all_tasks(project)}
    for module in tuple(made):
        made.update(packages_of_tasks(module))
        package = project.find(module.name.rpartition(".")[0], module)
        if package is not None and _hands_on(package, module):
            made.add(package)
    for facade in facades_of(project):
        made.update((facade.module, *facade.sources))
    return made


def packages_of_tasks(module: Module) -> Iterator[Module]:
    """The packages called `tasks` in which a module lies, the nearest first: a split leaves `tasks/orders/sending.py` two levels below."""
    name = module.name.rpartition(".")[0]
    while name:
        package = module.project.find(name, module) if name.rpartition(".")[2] == TASKS else None
        if package is not None:
            yield package
        name = name.rpartition(".")[0]


def _hands_on(package: Module, module: Module) -> bool:
    """Whether a package takes names from a module of its own when it is loaded."""
    return package is not module and any(
        not one.scope and one.name and absolute_name(package, one.module) == module.name
        for one in own_imports(package.facts, package.project.heads)
    )


def behind(target: Module) -> dict[Module, None]:
    """The module and those that it takes names from by star imports, in turn."""
    made = {target: None}
    waiting = [target]
    while waiting:
        module = waiting.pop()
        for star in running_stars(module):
            source = module.project.find(absolute_name(module, star.module), module)
            if source is not None and source not in made:
                made[source] = None
                waiting.append(source)
    return made


def settled(module: Module, written: str, target: Module) -> bool:
    """Whether `target` is surely the module that an import in `module` means: not a library of that name, nor another service's module."""
    if written.startswith("."):
        return True
    if target.path.endswith(".pyi") or module.path.endswith(".pyi"):
        return False
    if "." not in target.name and (target.name in sys.stdlib_module_names or _imports_itself(target)):
        return False
    if nearer_folder(module, target):
        return False
    if target.root == module.root:
        return True
    if has_rivals(module, target):
        return False
    same = [one for one in module.project.modules.values() if one.name == target.name]
    return "." in target.name and len(same) == 1


def _imports_itself(target: Module) -> bool:
    """Whether a module `celery` imports from `celery`: then a library has that name, and others mean it as well."""
    names = {one.module for one in target.facts.imports}
    return target.name in names or any(name.startswith(f"{target.name}.") for name in names if not target.is_package)


def _judged(module: Module, target: Module, name: str, places: list[Import]) -> Iterator[Broken]:
    bound = binds_name(target, name)
    if bound:
        return
    first, again = places[0], tuple(places[1:])
    doubt = f"what {target.path} binds cannot be told" if bound is None else may_be_module(target, name)
    if not doubt and not first.module.startswith(".") and namesake_has(target, name):
        doubt = f"another module than {target.path} may be meant"
    if not doubt and meant_beside(module, first.module) is None:
        doubt = "Python 2 finds a module of the same package"
    if doubt:
        yield Broken(module, first, target, name, again, doubt=doubt)
        return
    yield Broken(module, first, target, name, again, homes_in(target.project, name, target), bool(target.entries(name)))


def _starred(module: Module, target: Module, places: list[Import]) -> Iterator[Broken]:
    """`from target import *` takes every name that the `__all__` of target lists, and fails at the first that is not there."""
    listed = dunder_all(target)
    for name, span in listed.names if listed is not None else ():
        if binds_name(target, name) is False and not may_be_module(target, name):
            yield Broken(module, places[0], target, name, tuple(places[1:]), listed=span.line)


def may_be_module(target: Module, name: str) -> str:
    """Why `name` may be a submodule of a package although the project has no such file; empty where it is none."""
    if not target.is_package:
        return ""
    base = f"{target.path.rpartition('/')[0]}/{name}"
    project = target.project
    if project.left_out(f"{base}.py") or project.left_out(f"{base}/__init__.py"):
        return f"{base} is left out by the settings"
    if any(project.is_readable(f"{base}{end}") for end in (".py", "/__init__.py", ".pyx")):
        return f"{base} is there, and is no part of the project"
    if target.entry("__path__") is not None:
        return f"{target.path} says itself where its submodules are"
    if name.endswith(MADE) or (name.startswith("_") and not _is_left_behind(target, name)):
        return f"{base} may be made by a build"
    if f"{target.name}.{name}" in kept_elsewhere(project):
        return f"{base} are the settings that each machine has its own of"
    return project.beside(base)


def _is_left_behind(package: Module, name: str) -> bool:
    """Whether a module from which a package takes all by a star has a name that no star takes with it."""
    return any(isinstance(one.entry(name), Binding) for one in behind(package) if one is not package)


def homes_in(project: Project, name: str, besides: Module) -> tuple[Module, ...]:
    """The modules that define a function, class or variable of that name, tests and one module left out; by path."""
    found = []
    for path in project.search(name):
        module = project.modules[path]
        if (
            module is not besides
            and not in_tests(module.path)
            and texts.defines(project, path, name)
            and not kept_for_reading(module)
            and project.find(module.name, besides) is module
        ):
            found.append(module)
    return tuple(found)


def _importers(project: Project, targets: set[Module] | None, own: set[Module]) -> list[Module]:
    """The modules that may import from the targets, and `own`, by path; of these only what can matter to the diagnostics that are wanted."""
    wanted = project.wanted
    if project.importing is not None:
        return [project.modules[path] for path in sorted(project.importing & project.modules.keys())]
    if targets is None and wanted is None:
        return list(project.modules.values())
    paths = {one.path for one in own}
    searched: list[Module] = [*(project.modules.values() if targets is None else targets)]
    if wanted is not None:
        paths.update(wanted & project.modules.keys())
        changed = {project.modules[path] for path in paths}
        searched = [*changed, *(one for one in targets or () if not changed.isdisjoint(behind(one)))]
        searched = [one for one in searched if targets is None or one in targets]
    paths.update(path for path in project.search(APP) if wanted is None or path in wanted)
    names = {target.name.rpartition(".")[2] for target in searched}
    found = project.importing_from({name for name in names if name.isidentifier()})
    paths.update(found if wanted is None else _naming(project, found, searched))
    paths.update(_below(project, {target.path.rpartition("/")[0] for target in searched if target.is_package}))
    return [project.modules[path] for path in sorted(paths)]


def _naming(project: Project, paths: list[str], targets: Iterable[Module]) -> Iterator[str]:
    """Those of the files that name one of the targets with the package around it, or lie in that package: many modules are called `tasks`."""
    import re

    targets = list(targets)
    written = re.compile(any_dotted(".".join(target.name.split(".")[-2:]) for target in targets))
    folders = tuple(_folder_around(target) for target in targets)
    for path in paths:
        if path.startswith(folders) or finds(project, path, written):
            yield path


def _folder_around(target: Module) -> str:
    """The folder of the package that holds a module, with `/`; empty at the top."""
    folder = target.path.rpartition("/")[0]
    folder = folder.rpartition("/")[0] if target.is_package else folder
    return f"{folder}/" if folder else ""


def _below(project: Project, folders: set[str]) -> list[str]:
    """The files of these packages, and of packages in them, that import names by dots alone."""
    found = []
    for path in project.modules:
        folder = path.rpartition("/")[0]
        for dots in RELATIVE:
            if folder in folders and any(holds(project, path, dots) for dots in RELATIVE):
                found.append(path)
                break
            folder = folder.rpartition("/")[0]
    return found


def star_paths(module: Module) -> tuple[str, ...]:
    """The other files that the star imports of a module take names from, in turn."""
    return tuple(one.path for one in behind(module) if one is not module)
