"""Which modules are facades, and what their sources are."""

from __future__ import annotations

from taskguard.errors import nearest
from taskguard.facts import changes, selections
from taskguard.facts.model import Logic, Ref
from taskguard.project.python.names import absolute_name, resolve, resolved_name
from taskguard.project.python.testing import TEST_WORDS
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from taskguard.project.python.project import Module, Project
    from taskguard.settings.model import FacadeSetting, Settings

    FacadeKind = Literal["comment", "declared", "recognised"]


class Facade(Record):
    """A module that exists to re-export the symbols of its sources.

    `how` is `declared` (settings), `comment` (`# taskguard: facade`) or `recognised`. `sources` are in order of path.
    `private` says whether names with a leading underscore count as well.
    """

    module: Module
    how: FacadeKind
    sources: tuple[Module, ...]
    private: bool = False

    @property
    def declared(self) -> bool:
        """Whether somebody said that it is a facade."""
        return self.how != "recognised"

    def doing(self) -> list[Logic]:
        """Its statements that do something, beside a warning that the code has gone elsewhere."""
        return doing(self.module)


class FacadeFault(Record):
    """A facade setting that names what is not there.

    `name` is the module or pattern that names nothing. `sources` are empty where it is a source pattern, `facade` is None where it is the facade
    itself; `near` is a module name that may have been meant. `file` is the settings file, relative to the project root.
    """

    name: str
    facade: Module | None
    sources: tuple[Module, ...]
    near: str | None
    file: str


@query
def facade_modules(project: Project) -> frozenset[Module]:
    """The modules that are facades."""
    return frozenset(one.module for one in facades_of(project))


@query
def facades_of(project: Project) -> tuple[Facade, ...]:
    """All facades of the project, by path."""
    made: dict[str, Facade] = {}
    for module in project.looked_at:
        facts = module.facts
        if any(one.kind == "facade" for one in facts.directives):
            made[module.path] = Facade(module, "comment", imported_sources(module))
        elif not module.is_package and looks_like_facade(module):
            made[module.path] = Facade(module, "recognised", imported_sources(module))
    for settings, setting in facade_settings(project):
        for module in named_modules(project, setting.module, settings.folder):
            sources = setting_sources(project, setting, module) if setting.sources else imported_sources(module)
            made[module.path] = Facade(module, "declared", sources, setting.private)
    return tuple(made[path] for path in sorted(made))


def setting_sources(project: Project, setting: FacadeSetting, facade: Module | None) -> tuple[Module, ...]:
    """The modules that the source patterns of a setting name, without the facade itself, by path."""
    found = {
        module: None
        for pattern in setting.sources
        for module in named_modules(project, pattern)
        if module is not facade
    }
    own = [one for one in found if facade is not None and one.root == facade.root]
    return tuple(sorted(own or found, key=lambda one: one.path))


def settings_in_force(project: Project) -> list[Settings]:
    """The settings that hold somewhere in the project, those of the project itself first."""
    folders = {path.rpartition("/")[0]: path for path in project.modules}
    everywhere = {id(project.settings): project.settings}
    for folder in sorted(folders):
        settings = project.settings_at(folders[folder])
        everywhere.setdefault(id(settings), settings)
    return list(everywhere.values())


def facade_settings(project: Project) -> list[tuple[Settings, FacadeSetting]]:
    """The facade settings of all settings files that hold somewhere in the project."""
    everywhere = settings_in_force(project)
    return list({(one.folder, facade): (one, facade) for one in everywhere for facade in one.facades}.values())


def facade_faults(project: Project) -> list[FacadeFault]:
    """The facade settings that name no module of the project: a facade that is gone, or a name that is wrong."""
    made = []
    for settings, setting in facade_settings(project) if project.complete else ():
        file = _settings_file(settings)
        facades = named_modules(project, setting.module, settings.folder)
        if not facades and not module_left_out(project, setting.module):
            sources = setting_sources(project, setting, None)
            near = nearest(setting.module, {name for name in project.by_name if not _around(name, sources)})
            made.append(FacadeFault(setting.module, None, sources, near, file))
        for pattern in setting.sources if facades else ():
            if not named_modules(project, pattern) and not module_left_out(project, pattern):
                near = nearest(pattern.removesuffix(".*"), project.by_name)
                if near is not None and pattern.endswith(".*"):
                    near += ".*"
                made.append(FacadeFault(pattern, facades[0], (), near, file))
    return made


def module_left_out(project: Project, pattern: str) -> bool:
    """Whether the settings exclude the place of a module, so that nobody can tell whether it is there."""
    place = pattern.removesuffix(".*").replace(".", "/")
    bases = [f"{root}/{place}" if root else place for root in project.roots]
    return any(project.left_out(f"{base}{end}") for base in bases for end in (".py", "/__init__.py"))


def _around(name: str, sources: tuple[Module, ...]) -> bool:
    """Whether `name` is a source or a package around one, so that nobody can have meant it as the facade."""
    return any(f"{one.name}.".startswith(f"{name}.") for one in sources)


def _settings_file(settings: Settings) -> str:
    name = settings.sources[-1].replace("\\", "/").rpartition("/")[2] if settings.sources else "pyproject.toml"
    return f"{settings.folder}/{name}" if settings.folder else name


def looks_like_facade(module: Module) -> bool:
    """Docstring, imports of project modules, `__all__` and aliases, and nothing else."""
    facts = module.facts
    if facts.failure or facts.classes or changes.assigns_something(facts) or not facts.parsed or doing(module):
        return False
    if selections.defines_besides(facts, "__getattr__", "__dir__"):
        return False
    if not selections.aliases_only(facts):
        return False
    sources = imported_sources(module)
    return bool(sources) and all(_of_project(module, one.module) for one in facts.imports if not _harmless(one.module))


def doing(module: Module) -> list[Logic]:
    """The statements at module level that do something, `warnings.warn` left out: a facade may say where the code has gone."""
    logic = module.facts.logic
    if not logic:
        return []
    told = {
        one.call.span
        for one in selections.calling(module.facts, "warn")
        if resolved_name(module, one.call.callee) == "warnings.warn"
    }
    return [one for one in logic if one.span not in told]


def hands_on(module: Module) -> bool:
    """Whether a module defines nothing itself: it imports, gives other names to what there is, and says at most that it is deprecated."""
    facts = module.facts
    if facts.functions or facts.classes:
        return False
    lines = (module.project.text(module.path) or "").splitlines()
    return all(
        isinstance(one.value, Ref) or one.guard == "except" or (one.name.startswith("__") and one.name.endswith("__"))
        for one in facts.bindings
    ) and all(
        one.kind in ("if", "try") or lines[one.span.line - 1].lstrip().startswith("sys.modules[__name__]")
        for one in doing(module)
    )


def _harmless(name: str) -> bool:
    return name in ("__future__", "typing", "typing_extensions", "importlib", "collections.abc", "warnings")


def _of_project(module: Module, name: str) -> bool:
    """Whether an import of `name` leads into the project, also where the file that it names is gone."""
    absolute = absolute_name(module, name)
    while absolute:
        if module.project.find(absolute, module) is not None:
            return True
        absolute = absolute.rpartition(".")[0]
    return name.startswith(".")


def imported_sources(module: Module) -> tuple[Module, ...]:
    """The project modules that a module takes names from, by path: by `from` imports, or by aliases of what an imported module holds."""
    made: dict[Module, None] = {}
    for one in module.facts.imports:
        if one.scope or not one.name:
            continue
        target = module.project.find(absolute_name(module, one.module), module)
        if target is not None and (
            one.name == "*" or target.submodule(one.name) is None or target.entry(one.name) is not None
        ):
            made[target] = None
    for binding in module.facts.bindings:
        if isinstance(binding.value, Ref) and "." in binding.value.name:
            found = resolve(module, binding.value.name.rpartition(".")[0])
            if found.kind == "module" and found.module is not None:
                made[found.module] = None
    made.pop(module, None)
    return tuple(sorted(made, key=lambda one: one.path))


def named_modules(project: Project, pattern: str, folder: str = "") -> list[Module]:
    """The modules that a dotted name or `pkg.*` names; those in `folder`, where there are any.

    `pkg.*` are the submodules of pkg at every depth: not pkg itself, no tests, no `__main__`.
    """
    fits = _inside(pattern[:-1]) if pattern.endswith(".*") else pattern.__eq__
    found = [one for one in project.modules.values() if fits(one.name) and project.find(one.name, one) is one]
    return [one for one in found if one.path.startswith(f"{folder}/")] or found if folder else found


def _inside(prefix: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(prefix) and not _apart(name[len(prefix) :].split("."))


def _apart(parts: list[str]) -> bool:
    """Whether a submodule with these names is no part of what its package offers."""
    last = parts[-1]
    return (
        last in ("__main__", "conftest")
        or last.startswith("test_")
        or last.endswith("_test")
        or not TEST_WORDS.isdisjoint(parts)
    )
