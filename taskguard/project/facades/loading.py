"""What happens while a package is loaded: imports that ask it, or a package in it, for a name that it does not have yet.

A package is always begun before its modules. So what its own lines import, in their order, runs in that order whoever asks first: an import that
asks for a name which a later line binds fails each time. Only modules within the package are followed; those outside may be loaded by then.
"""

from __future__ import annotations

from taskguard.facts.model import Import
from taskguard.facts.questions import holds
from taskguard.project.celery.system import celery_of
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name, attribute, live, running_stars, star_offers
from taskguard.project.python.own_names import writes_own_names
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Binding
    from taskguard.project.python.project import Module, Project


class Early(Record):
    """An import in `module` that runs while `package` has not bound the name yet; `line` is where it does so.

    Where `star` is set, the name is there by luck: a star import of that module has brought what the module itself only imports. Since the package is
    loaded in the same order whoever asks first, nothing fails of that today: it counts where the name is a Celery app, without which no worker starts.
    `through` are the modules that are being loaded between the two.
    """

    module: Module
    imported: Import
    package: Module
    line: int
    star: Module | None
    through: tuple[Module, ...]


def early_imports(project: Project) -> Iterator[Early]:
    """The imports that come too early, or just in time by luck, each once; of packages with modules that ask them for names."""
    told: set[tuple[str, Span]] = set()
    named: dict[Module, frozenset[str] | None] = {}
    for package in _asked(project):
        if not project.wants(package.path) and project.wanted is not None and not _near(project, package):
            continue
        for one in _Load(package, named).run():
            if (one.module.path, one.imported.span) not in told:
                told.add((one.module.path, one.imported.span))
                yield one


def _near(project: Project, package: Module) -> bool:
    """Whether what is wanted lies in the package."""
    folder = package.path.rpartition("/")[0]
    return any(path.startswith(f"{folder}/") for path in project.wanted or ())


def _asked(project: Project) -> list[Module]:
    """The packages that import something and that one of their own modules asks for a name, by path: told by the texts."""
    found: set[Module] = set()
    importing = {
        module
        for path, module in project.modules.items()
        if module.is_package and path.endswith(".py") and module.name and holds(project, path, "import")
    }
    if not importing:
        return []
    names = {one.name for one in importing}
    lasts = {name.rpartition(".")[2] for name in names}
    for path in project.importing_from({*lasts, "", ".", ".."}):
        module = project.modules[path]
        around = [one for one in _around(module) if one in importing]
        if not around:
            continue
        lines = imports_of(project).lines(path)
        for written, listed in lines or ():
            if not written.startswith(".") and written not in names:
                continue
            target = project.find(absolute_name(module, written), module)
            if target in around and any(name and (name == "*" or target.submodule(name) is None) for name in listed):
                found.add(target)
    return sorted(found, key=lambda one: one.path)


def _around(module: Module) -> Iterator[Module]:
    """The packages around a module."""
    name = module.name
    while name := name.rpartition(".")[0]:
        package = module.project.find(name, module)
        if package is not None and package.is_package:
            yield package


class _Load:
    """One package being loaded from its first line."""

    def __init__(self, package: Module, named: dict[Module, frozenset[str] | None]) -> None:
        self.package = package
        self.project = package.project
        self._named = named
        self._found: dict[tuple[str, str, str], Module | None] = {}
        self.reached: dict[Module, Span | None] = {}  # where each module that is being loaded is; None where it is done
        self.stack: list[Module] = []

    def run(self) -> Iterator[Early]:
        yield from self._load(self.package)

    def _load(self, module: Module) -> Iterator[Early]:
        if module in self.reached or module.path.endswith(".pyi") or not self._leads_inside(module):
            return
        self.stack.append(module)
        for one in imports_of(self.project).running(module):
            self.reached[module] = one.span
            yield from self._import(module, one)
        self.reached[module] = None
        self.stack.pop()

    def _leads_inside(self, module: Module) -> bool:
        """Whether a module imports something of the package, for all that its text shows."""
        named, inside = self._names(module), f"{self.package.name}."
        return (
            named is None
            or any(one.startswith(inside) or inside.startswith(one) for one in named)
            or holds(self.project, module.path, f"import {self.package.name}")
        )

    def _import(self, module: Module, one: Import) -> Iterator[Early]:
        absolute = absolute_name(module, one.module)
        parts = absolute.split(".")
        for length in range(1, len(parts) + 1):
            part = self._own(".".join(parts[:length]), module)
            if part is not None:
                yield from self._load(part)
        if not one.name or one.name == "*":
            return
        target = self._own(absolute, module)
        position = self.reached.get(target) if target is not None else None
        if target is None or position is None or target is module:
            inside = self._own(f"{absolute}.{one.name}", module)
            if inside is not None and (target is None or not self._binds(target, one.name)):
                yield from self._load(inside)
            return
        if one.name.startswith("__"):
            return
        submodule = target.submodule(one.name)
        before = [entry for entry in live(target, one.name) if entry.span < position]
        if not before and submodule is not None:
            yield from self._load(submodule)
        elif not before and target.is_package:
            yield from self._judged(module, one, target, position)

    def _binds(self, module: Module, name: str) -> bool:
        """Whether a module binds a name: where nobody has parsed it, an import that runs tells."""
        unparsed = module.path not in self.project.looked_at_paths and self.project.is_readable(module.path)
        kept = unparsed and not holds(self.project, module.path, "del ")
        if kept and any(one.bound == name for one in imports_of(self.project).running(module)):
            return True
        return module.entry(name) is not None

    def _names(self, module: Module) -> frozenset[str] | None:
        """The modules from which a module may import names, each with a dot behind; None where that takes a parser to tell."""
        if module not in self._named:
            lines = imports_of(self.project).lines(module.path)
            self._named[module] = (
                None if lines is None else frozenset(f"{absolute_name(module, one)}." for one, _ in lines)
            )
        return self._named[module]

    def _own(self, name: str, module: Module) -> Module | None:
        """The module of that name, if it is the package that is loaded or lies in it."""
        key = name, module.root, module.path.rpartition("/")[0]
        if key not in self._found:
            self._found[key] = self._find(name, module)
        return self._found[key]

    def _find(self, name: str, module: Module) -> Module | None:
        found = self.project.find(name, module)
        inside = found is not None and (found is self.package or found.name.startswith(f"{self.package.name}."))
        return found if inside else None

    def _judged(self, module: Module, one: Import, target: Module, position: Span) -> Iterator[Early]:
        """What is to be said of a name that no statement of `target` has bound so far."""
        if any(loaded.unreadable for loaded in self.stack):
            return
        name = one.name or ""
        served = target.facts.getattr_names
        if served is None or name in served or writes_own_names(target):
            return
        through = tuple(self.stack[self.stack.index(target) + 1 : -1])
        for star in running_stars(target):
            source = self.project.find(absolute_name(target, star.module), target)
            if not star.span < position:
                continue
            if source is None or star_offers(source, name) is None:
                return
            if star_offers(source, name):
                if (
                    celery_of(self.project).apps.is_app(source, name, "")
                    and self.reached.get(source, position) is None
                    and _only_passes(source, name)
                    and not self._brought_anyhow(target, source, name, position)
                ):
                    yield Early(module, one, target, star.span.line, source, through)
                return
        later: list[Import | Binding] = [entry for entry in live(target, name) if not entry.guard]
        stars = [one for one in running_stars(target) if not one.guard and self._brings(target, one, name)]
        lines = [entry.span.line for entry in (*later, *stars)]
        if lines:
            yield Early(module, one, target, lines[0], None, through)

    def _brought_anyhow(self, target: Module, first: Module, name: str, position: Span) -> bool:
        """Whether another star import that comes before brings a name from the module that defines it, or from one that means to hand it on."""
        for star in running_stars(target):
            source = self.project.find(absolute_name(target, star.module), target)
            if not star.span < position or source is None or source is first:
                continue
            if star_offers(source, name) and not _only_passes(source, name):
                return True
        return False

    def _brings(self, target: Module, star: Import, name: str) -> bool:
        source = self.project.find(absolute_name(target, star.module), target)
        return source is not None and star_offers(source, name) is True


def _only_passes(source: Module, name: str) -> bool:
    """Whether a module has a name by an import alone and does not say that it means to hand it on."""
    found = attribute(source, name)
    return source.facts.exports is None and found.kind == "symbol" and found.module is not source
