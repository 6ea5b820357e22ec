"""Imports of modules that the project does not have any more: they are named, and nothing is there."""

from __future__ import annotations

import re

from taskguard.discovery.markers import WINDOWS
from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import own_imports
from taskguard.patterns import regex
from taskguard.project.celery.django import kept_elsewhere
from taskguard.project.facades.broken import MADE, homes_in, settled
from taskguard.project.facades.dispatch import chosen_by_argument
from taskguard.project.facades.facades import facade_modules
from taskguard.project.facades.listed import folders_below
from taskguard.project.facades.loaded_with import suspects
from taskguard.project.facades.readying import is_ready, readying
from taskguard.project.facades.strays import (
    is_of_nobody,
    meant_of_project,
    miscased,
    miscased_imports,
    stray_imports,
)
from taskguard.project.facades.text_questions import TASKS, TASKS_NAME, is_of_tasks, plain_tasks, task_lines
from taskguard.project.facades.tried import never_defined, tried_by_a_task
from taskguard.project.facades.unreached_imports import unasked_for, unreached
from taskguard.project.facades.worker_side import OWN_COPY, packaged_apps, worker_side
from taskguard.project.python.aside import kept_for_reading
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name
from taskguard.project.python.old_python import meant_beside
from taskguard.project.python.requirements import is_listed
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module, Project

# Patterns that begin with letters are searched for much faster than others.
# What builds modules that no file of the checkout shows.
BUILDS = regex(
    r"ext_modules|(?<![\w.:\]])(?-i:Extension)\(|\b(?:cython|cffi|maturin|mesonpy|meson-python|setuptools[-_]rust|scikit[-_]build|pybind11|nanobind|grpcio[-_]tools|swig)\b",
    re.IGNORECASE,
)
# What an example imports to show how it is done.
SHOWN = frozenset("example examples sample samples demo".split())
# What a package may do to give modules another home.
ELSEWHERE = ("__path__", "sys.modules", "meta_path", "extend_path")
PYTHON = (".py", ".pyi")


class Gone(Record):
    """Imports in `module` of a module `dotted` that is not there; `paths` are where it would be.

    `imports` are all places in that file. `homes` are the modules that define the only name which is imported. It is not `certain`
    where a whole package is gone and the requirements may bring one of that name by now. `doubt` says why the module may be there all the same.
    `remedy` is what helps where that is known of its kind.
    """

    module: Module
    dotted: str
    imports: tuple[Import, ...]
    paths: tuple[str, ...]
    homes: tuple[Module, ...] = ()
    certain: bool = True
    doubt: str = ""
    idle: str = ""
    remedy: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What is imported from it, each name once."""
        last = self.dotted.rpartition(".")[2]
        return tuple(dict.fromkeys(one.name for one in self.imports if one.name and one.name not in ("*", last)))

    @property
    def home(self) -> Module | None:
        """The one module that surely defines what is imported."""
        home = self.homes[0] if len(self.homes) == 1 else None
        names = self.names
        bound = home is not None and len(names) == 1 and binds_name(home, names[0])
        return home if bound and home is not self.module else None


def gone_imports(project: Project, everything: bool = False) -> Iterator[Gone]:
    """The imports of modules that are gone, one for every such module and file that imports it, by path.

    Gone is what the change that is judged deletes; and what is called like a module of tasks, or is imported by a module that a worker loads, or
    anything if `everything`, and is not in a package that is surely the project's own. What a facade imports when it is loaded is not among them: TG402 says it.
    """
    seeker = _Seeker(project, everything)
    for module in seeker.importers():
        yield from seeker.gone_in(module)


def gone_in(module: Module, everything: bool = False, any_root: bool = False) -> Iterator[Gone]:
    """As `gone_imports`, of one module; with `any_root` also of packages that lie below another import root, where no other has their name, and of a facade."""
    yield from _Seeker(module.project, everything, any_root).gone_in(module)


class _Seeker:
    """What is looked for in one project."""

    def __init__(self, project: Project, everything: bool, any_root: bool = False) -> None:
        self.project = project
        self.everything = everything
        self.any_root = any_root
        wanted = project.wanted or ()
        self.deleted = frozenset(
            path
            for path in wanted
            if path not in project.modules and path.endswith(PYTHON) and not path.startswith("../")
        )
        self.own = worker_side(project)
        self.loaded = suspects(project) if not everything else frozenset()
        self.ready = readying(project) if not everything else frozenset()
        self.starting = self.own | self.loaded
        self.apps = packaged_apps(project)
        self.memo: dict[object, object] = {}

    def gone_in(self, module: Module) -> Iterator[Gone]:
        """What one module imports that is gone."""
        held: dict[str, list[Import]] = {}
        is_facade = not self.any_root and module in facade_modules(self.project)
        # What was deleted may have been all that had such a name.
        all_of_them = self.deleted or self.everything
        strays = stray_imports(module) if module in self.own and not all_of_them else ()
        cased = miscased_imports(module) if module in self.starting and not all_of_them else ()
        written = (*own_imports(module.facts, self.project.heads), *strays, *cased)
        for one in module.facts.imports if all_of_them else dict.fromkeys(written):
            if one.guard and not self._runs(module, one):
                continue
            if (is_facade and not one.scope) or (module in self.loaded and one.scope):
                continue
            dotted = self.missing(module, one) if not never_defined(module, one) else ""
            if dotted:
                held.setdefault(dotted, []).append(one)
        for dotted, places in held.items() if held and not kept_for_reading(module) else ():
            places.sort(key=lambda one: (bool(one.scope), one.span))
            found = self.judged(module, dotted, places)
            if found is not None:
                doubt = found.doubt or unreached(module, places)
                yield found.replace(doubt=doubt, idle="" if doubt else unasked_for(module, places))

    def _runs(self, module: Module, one: Import) -> bool:
        """Whether an import under a condition is one that runs all the same; what names an app as a module is wrong under any."""
        if chosen_by_argument(module, one) or tried_by_a_task(module, one) or self._miscounts(module, one):
            return True
        above, _, last = one.module.rpartition(".")
        return one.guard == "if" and (self.project.find(above, module), last) in self.apps

    def _miscounts(self, module: Module, one: Import) -> bool:
        """Whether an import by dots, in a function, has a dot too few: a package farther up has a module of that name, with what is imported in it."""
        last = one.module.lstrip(".")
        if one.guard != "if" or not one.scope or last == one.module or not last or not one.name:
            return False
        absolute = absolute_name(module, one.module)
        if self.project.find(absolute, module) is not None:
            return False
        above = absolute.removesuffix(f".{last}").rpartition(".")[0]
        while above:
            target = self.project.find(f"{above}.{last}", module)
            if target is not None:
                return target is not module and binds_name(target, one.name) is True
            above = above.rpartition(".")[0]
        return False

    def importers(self) -> list[Module]:
        """The modules that may import what is gone; of these only what can matter to the diagnostics that are wanted."""
        project = self.project
        if project.importing is not None:
            paths = {*(project.importing & project.modules.keys())}
        elif project.wanted is not None:
            paths = {*(project.wanted & project.modules.keys()), *self._importers_of_deleted()}
            paths.update(one.path for one in self.starting | self.ready)
        elif self.everything:
            paths = set(project.modules)
        else:
            paths = {path for path in project.search(TASKS) if self._suspicious(project.modules[path])}
            paths.update(one.path for one in self.starting | self.ready)
            paths.update(path for package, name in self.apps for path in project.search(f"{package.name}.{name}"))
        return [project.modules[path] for path in sorted(paths)]

    def _suspicious(self, module: Module) -> bool:
        """Whether the text of a file imports a module of tasks that the project does not have, or may do so: parsing all of them would take long."""
        project = self.project
        for written, listed in task_lines(project, module.path, project.heads):
            if TASKS in written:
                if project.find(absolute_name(module, written), module) is None:
                    return True
            elif TASKS in listed:
                target = project.find(absolute_name(module, written), module)
                if target is not None and any(target.submodule(one) is None for one in TASKS_NAME.findall(listed)):
                    return True
        named = (one.split() for listed in plain_tasks(project, module.path) for one in listed.split(","))
        return any(words and project.find(words[0], module) is None for words in named)

    def _importers_of_deleted(self) -> Iterator[str]:
        words = {_stem(path).rpartition("/")[2] for path in self.deleted}
        if not words:
            return
        word = rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b"
        imported = re.compile(rf"\bfrom\b[^\n]*{word}|\bimport\b[^\n(]*{word}|\bimport\s*\([^)]*{word}")
        for path in self.project.search(*words):
            if finds(self.project, path, imported):
                yield path

    def missing(self, module: Module, one: Import) -> str:
        """The first part of what an import names that is no module of the project, though it may have been one; empty where there is none."""
        project, absolute = self.project, absolute_name(module, one.module)
        if not absolute or meant_beside(module, one.module) is None:
            return ""
        target = project.find(absolute, module)
        if target is None:
            parts = absolute.split(".")
            for length in range(1, len(parts) + 1):
                dotted = ".".join(parts[:length])
                if project.find(dotted, module) is None and dotted not in folders_below(project):
                    return dotted
            dotted = f"{absolute}.{one.name}"
            is_folder = bool(one.name) and one.name != "*"
            return (
                dotted if is_folder and self._was_deleted(module, dotted) and not project.find(dotted, module) else ""
            )
        if not one.name or one.name == "*" or not target.is_package or self.everything:
            return ""  # what a package does not have is `broken_imports`' matter where that looks at all modules
        if module in self.own and one.name != TASKS:
            return ""  # and there, too
        dotted = f"{target.name}.{one.name}"
        if not (self._was_deleted(module, dotted) or is_of_tasks(one.name) or self._starts(module, one)):
            return ""
        return dotted if binds_name(target, one.name) is False and dotted not in folders_below(project) else ""

    def _starts(self, module: Module, one: Import) -> bool:
        """Whether Django runs an import before anything else: it stands in the `ready` of an application's configuration."""
        return module in self.ready and is_ready(module, one)

    def judged(self, module: Module, dotted: str, places: list[Import]) -> Gone | None:
        """What is to be said of a dotted name that leads nowhere; None where it is nothing of ours."""
        project = self.project
        above, _, last = dotted.rpartition(".")
        package = project.find(above, module) if above else None
        deleted = self._was_deleted(module, dotted)
        if not deleted and not self._is_ours(module, package, places[0], last):
            return (
                self._miscased(module, dotted, places)
                or self._strayed(module, dotted, places)
                or self._of_nobody(module, dotted, places)
            )
        paths = (
            self._paths(module, dotted) if deleted else _files(f"{(package or module).path.rpartition('/')[0]}/{last}")
        )
        doubt = self._doubt(paths, last, package, places)
        if not doubt and not deleted and dotted in kept_elsewhere(project):
            doubt = f"{dotted} are the settings that each machine has its own of"
        certain = package is not None or above in folders_below(project) or (deleted and not is_listed(project, dotted))
        made = Gone(module, dotted, tuple(places), paths, certain=certain, doubt=doubt)
        names = made.names
        if package is not None and (package, last) in self.apps:
            remedy = f"{last} is the app in it: `from {package.name} import {last}`"
            return made.replace(homes=(package,), remedy=remedy)
        if doubt or len(names) != 1:
            return made
        return made.replace(homes=homes_in(project, names[0], module))

    def _miscased(self, module: Module, dotted: str, places: list[Import]) -> Gone | None:
        """Imports that name a module of the project in another case than it has."""
        found = {one: target for one in places if (target := miscased(module, one)) is not None}
        if not found or (module not in self.starting and not self.everything):
            return None
        homes = tuple(dict.fromkeys(found.values()))
        remedy = f"it is called `{homes[0].name}`: names of modules are told apart by case"
        return Gone(module, dotted, tuple(found), self._paths(module, dotted), homes, remedy=remedy)

    def _strayed(self, module: Module, dotted: str, places: list[Import]) -> Gone | None:
        """Imports of the project's code by a package that there is not."""
        found = [(one, meant_of_project(module, dotted, one)) for one in places if module in self.own]
        strays = tuple(one for one, target in found if target is not None)
        if not strays:
            return None
        homes = tuple(
            dict.fromkeys(target for one, target in found if target is not None and binds_name(target, one.name or ""))
        )
        return Gone(module, dotted, strays, self._paths(module, dotted), homes, certain=False)

    def _of_nobody(self, module: Module, dotted: str, places: list[Import]) -> Gone | None:
        """Imports from a folder of helpers that there is not."""
        found = tuple(one for one in places if module in self.own and is_of_nobody(module, dotted, one))
        paths = self._paths(module, dotted)
        # A folder that git ignores, or that is left out, may hold it.
        return (
            Gone(module, dotted, found, paths, certain=False)
            if found and not self._doubt(paths, "", None, places)
            else None
        )

    def _is_ours(self, module: Module, package: Module | None, one: Import, last: str) -> bool:
        """Whether a name that leads nowhere lies in a package that is surely this project's, and is one that is asked for."""
        if package is None and one.module.startswith(".") and not one.module.startswith(".."):
            # Of a folder without `__init__.py` below a package there is no other part.
            above = self.project.find(module.package.rpartition(".")[0], module)
            package = above if above is not None and _stem(above.path) == module.path.rsplit("/", 2)[0] else None
        if package is None or not package.path.endswith("/__init__.py") or package.unreadable:
            return False
        if last in SHOWN:
            return False
        named = is_of_tasks(last) or (package, last) in self.apps
        if not (self.everything or named or module in self.starting or self._starts(module, one)):
            return False
        elsewhere = package.root != module.root and not self.any_root
        if not one.module.startswith(".") and (elsewhere or not settled(module, one.module, package)):
            return False
        if any(holds(self.project, package.path, word) for word in ELSEWHERE):
            return False
        return not ((self.everything or not named) and self._has_builds())

    @query
    def _has_builds(self) -> bool:
        """Whether the project builds modules from something else than Python."""
        # What scripts for Windows call extensions are endings of files.
        return any(finds(self.project, path, BUILDS) for path in self.project.markers if not path.endswith(WINDOWS))

    def _was_deleted(self, module: Module, dotted: str) -> bool:
        return not self.deleted.isdisjoint(self._paths(module, dotted)) or self._was_folder(module, dotted)

    def _was_folder(self, module: Module, dotted: str) -> bool:
        """Whether a whole package of that name is deleted."""
        folders = [f"{root}/{dotted.replace('.', '/')}/".lstrip("/") for root in (module.root, *self.project.roots)]
        return any(path.startswith(tuple(folders)) for path in self.deleted)

    def _paths(self, module: Module, dotted: str) -> tuple[str, ...]:
        """Where a module of that name may have been, first where the importing module would look."""
        roots = dict.fromkeys((module.root, *self.project.roots))
        bases = [f"{root}/{dotted.replace('.', '/')}".lstrip("/") for root in roots]
        hits = [
            base for base in bases if any(path == f"{base}.py" or path.startswith(f"{base}/") for path in self.deleted)
        ]
        made: dict[str, None] = {}
        for base in hits[:1] or bases[:1]:
            made.update(dict.fromkeys(_files(base)))
            made.update(dict.fromkeys(sorted(path for path in self.deleted if path.startswith(f"{base}/"))))
        return tuple(made)

    def _doubt(self, paths: Iterable[str], last: str, package: Module | None, places: list[Import]) -> str:
        """Why the module may be there although the project has no such file."""
        project = self.project
        first = next(iter(paths))
        base = first.removesuffix(".py")
        if any(project.left_out(path) for path in _files(base)):
            return f"{base} is left out by the settings"
        if package is not None and package.entry("__path__") is not None:
            return f"{package.path} says itself where its submodules are"
        own = OWN_COPY.search(last) and self.deleted.isdisjoint(paths) and not all(_is_class(one) for one in places)
        if last.startswith("_") or last.endswith(MADE) or own:
            return f"{base} may be made by a build"
        return project.beside(base)


def _is_class(one: Import) -> bool:
    """Whether an import takes a class by its looks: what each machine has its own of are values."""
    name = one.name or ""
    return name[:1].isupper() and not name.isupper() and "_" not in name


def _files(base: str) -> tuple[str, str]:
    base = base.lstrip("/")
    return f"{base}.py", f"{base}/__init__.py"


def _stem(path: str) -> str:
    """The path of a module without its ending; that of the folder for a package."""
    return path.rpartition(".")[0].removesuffix("/__init__")
