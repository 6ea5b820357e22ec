"""Imports that no `sys.path` makes good: by dots out of a module that is imported without a package, or with too few above it, and below a module beside a folder
of its name.

Of `jobs.py` and a folder `jobs/` without `__init__.py` in one place Python takes the module, and there is no `jobs.mail` (run).
"""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.questions import holds
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.loaded import importing
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.facades.broken import GUARDED, settled
from taskguard.project.facades.loaded_with import suspects
from taskguard.project.facades.switched_off import not_run
from taskguard.project.facades.worker_side import worker_side
from taskguard.project.python.aside import kept_for_reading
from taskguard.project.python.copied import copied_doubt
from taskguard.project.python.imports import leading_out
from taskguard.project.python.names import absolute_name
from taskguard.project.python.old_python import speaks_python_2
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Import
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project


def unreachable(system: System, everything: bool = False) -> Iterator[Fault]:
    """All such imports of what a worker loads first, or in it; of anything below a module if `everything`."""
    own = worker_side(system.project)
    yield from _without_parent(system, own)
    yield from _beyond_top(system, own)
    yield from _below_modules(system.project, None if everything else own)


# -- by dots, out of a module without a package ----------------------------------------------------------------------------


def _without_parent(system: System, own: set[Module]) -> Iterator[Fault]:
    project = system.project
    if speaks_python_2(project) is not False:
        return  # there `import tasks` in a package means the module beside
    deep = {module: found for module in own for found in [_too_deep(module)] if found is not None}
    if not deep:
        return
    for module, (path, line, how) in _named_alone(system, deep).items():
        one = deep[module]
        doubt = not_run(module)
        if doubt or kept_for_reading(module) or holds(project, module.path, "__package__"):
            yield Fault(module.path, one.span, "", doubt=doubt or "whether it runs cannot be told")
            continue
        yield Fault(
            module.path, one.span,
            f"{how} `{module.name}`, which has no package above it: this import by dots fails",
            f"write `from {one.module.lstrip('.') or '…'} import …` here, or name the module with its package", symbol=module.name,
            related=(Related(path, line, "it is named without a package here"),), depends=(path,),
        )  # fmt: skip


def _beyond_top(system: System, own: set[Module]) -> Iterator[Fault]:
    """Imports with more dots than there are packages above a module that a worker loads by its whole name, or one beside it in its top package."""
    project = system.project
    if speaks_python_2(project) is not False:
        return
    loaded = {
        module: found for module in (*own, *suspects(project)) for found in [_leading_out(module)] if found is not None
    }
    tops = _tops(system) if loaded else {}
    for module, one in loaded.items():
        place = tops.get((module.root, module.name.partition(".")[0]))
        if place is None or in_tests(module.path):
            continue
        doubt = not_run(module)
        if doubt or kept_for_reading(module) or holds(project, module.path, "__package__"):
            yield Fault(module.path, one.span, "", doubt=doubt or "whether it runs cannot be told")
            continue
        rest = one.module.lstrip(".")
        yield Fault(
            module.path, one.span,
            f"`{one.module}` leads out of `{module.name.partition('.')[0]}`, which has no package above it: this import by dots fails",
            f"write `from {rest} import …` here" if rest and project.find(rest, module) is not None else "name the module with its package", symbol=module.name,
            related=(Related(place[0], place[1], "a module of that package is named here"),) if place[0] != module.path else (),
            depends=(place[0],) if place[0] != module.path else (),
        )  # fmt: skip


def _leading_out(module: Module) -> Import | None:
    """The first import, at the head of a module in a package, that leads out of all packages around it."""
    return leading_out(module) if module.is_package or "." in module.name else None


def _tops(system: System) -> dict[tuple[str, str], tuple[str, int]]:
    """The packages of which a worker loads a module by its whole name, each with its import root, and where that is said."""
    made: dict[tuple[str, str], tuple[str, int]] = {}
    for service in system.live:
        for one in discovery_of(service).wanted:
            target = system.project.modules.get(one.path)
            if target is not None and one.name == target.name and "." in one.name and one.place:
                made.setdefault((target.root, one.name.partition(".")[0]), (one.place, one.span.line))
    return made


def _too_deep(module: Module) -> Import | None:
    """The first import of a module that leads out of the package which its name has above it."""
    if module.is_package or "." in module.name or not module.name:
        return None
    found = [one for one in module.facts.imports if one.module.startswith(".") and not one.scope and not one.guard]
    return min(found, key=lambda one: one.span) if found else None


def _named_alone(system: System, deep: dict[Module, Import]) -> dict[Module, tuple[str, int, str]]:
    """Where each of these modules is imported by its bare name: by a module that a worker loads, by `include` or by `celery -A`."""
    project = system.project
    made: dict[Module, tuple[str, int, str]] = {}
    for launch in project.evidence.deployment.launches:
        name = launch.app.partition(":")[0]
        held = [one for one in project.modules.values() if one.path.rpartition("/")[2] == f"{name}.py"]
        packages = any(
            path.endswith(f"/{name}/__init__.py") or path == f"{name}/__init__.py" for path in project.modules
        )
        copied = packages or "__init__.py" in project.modules or copied_doubt(project, name)
        if len(held) == 1 and held[0] in deep and not copied and not in_tests(launch.path):
            made.setdefault(held[0], (launch.path, 1, "Celery is started from"))
    for service in system.live:
        for one in discovery_of(service).wanted:
            target = project.modules.get(one.path)
            if one.how in ("include", "imports") and target in deep and one.name == target.name and one.place:
                made.setdefault(target, (one.place, one.span.line, f"{one.how} names"))
    for target in deep:
        for module in importing(project, target):
            written = [one for one in module.facts.imports if one.module == target.name and one.guard not in GUARDED]
            if written and settled(module, target.name, target) and not kept_for_reading(module):
                made.setdefault(target, (module.path, written[0].span.line, f"{module.path} imports"))
    return made


# -- below a module that has the name of a folder ----------------------------------------------------------------------------


@query
def hiding_module(module: Module) -> str:
    """The file that has the name of the folder around a module, and lies beside it: nothing is found in the folder by its name. Empty where there is none."""
    folder = module.path.rpartition("/")[0]
    project, package = module.project, f"{folder}/__init__.py"
    if f"{folder}.py" not in project.modules or package in project.modules:
        return ""
    return "" if project.left_out(package) or project.is_readable(package) else f"{folder}.py"


def _below_modules(project: Project, own: set[Module] | None) -> Iterator[Fault]:
    hidden = {module: hider for module in project.modules.values() if (hider := hiding_module(module))}
    if not hidden:
        return
    for path in project.importing_from({one.path.rpartition("/")[2].removesuffix(".py") for one in hidden}):
        module = project.modules[path]
        told: set[Module] = set()
        for one in module.facts.imports:
            if one.guard in GUARDED or module in hidden:
                continue
            absolute = absolute_name(module, one.module)
            target = project.find(absolute, module)
            if target not in hidden or target in told or not names_within(target, absolute):
                continue
            if own is not None and module not in own and target not in own:
                continue
            told.add(target)
            if not settled(module, one.module, target) or kept_for_reading(module):
                continue
            hider = hidden[target]
            yield Fault(
                path, one.span, f"there is no module `{absolute}`: Python finds {hider}, and the folder of that name has no __init__.py",
                "give one of the two another name, or put the file into the folder as its __init__.py", symbol=absolute,
                related=(Related(hider, 1, "this is what Python finds"),), depends=(hider, target.path),
            )  # fmt: skip


def names_within(module: Module, name: str) -> bool:
    """Whether a dotted name of a module names the folder around it, too."""
    return name.split(".")[-2:] == module.path.removesuffix(".py").split("/")[-2:]
