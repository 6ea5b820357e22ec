"""Modules that `celery -A` loads at the top, or so near to it that their imports ask for a package in which they are not under that name."""

from __future__ import annotations

import re

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.deployment.images_without_module import modules_ending
from taskguard.project.diagnosis.deployment.launch_texts import is_written, place
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.imports.mutual import sure_imports
from taskguard.project.python.testing import in_tests

# What a Procfile may put on the path, or go to, by words of the command.
PUT_ON_PATH = regex(r"PYTHONPATH|--workdir|--chdir")
# Files in which platforms that run Procfiles are told variables.
OF_PLATFORMS = frozenset(
    (".env", ".profile", "app.json", "nixpacks.toml", "railway.json", "railway.toml", "project.toml")
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Import
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Module


def beyond_top(system: System) -> Iterator[Fault]:
    """Each start of Celery once whose module imports from a package that it is not in under that name."""
    told: set[tuple[str, str]] = set()
    for launch in system.project.evidence.deployment.launches:
        if (launch.path, launch.app) in told or in_tests(launch.path) or not is_written(system.project, launch):
            continue
        told.add((launch.path, launch.app))
        name = launch.app.partition(":")[0]
        module = _only(system, name)
        found = _leading_out(module, name) if module is not None else None
        if module is not None and found is not None and not _makes_a_package(system, module):
            yield _said(system, launch, name, module, found)
        elif module is not None and found is None and _is_named_from_within(system, launch, module, name):
            yield _from_above(system, launch, module)


def _only(system: System, name: str) -> Module | None:
    """The module that a name means, where no other one of the project may be meant: of a folder without `__init__` Celery could only take a `celery` in it."""
    inside = "/" + name.replace(".", "/")
    held = modules_ending(system.project, f"{inside}.py", f"{inside}/__init__.py", f"{inside}/celery.py")
    return held[0] if len(held) == 1 and f"/{held[0].path}".endswith(f"{inside}.py") else None


def _leading_out(module: Module, name: str) -> Import | None:
    """The first import that surely runs and has more dots than there are packages around a module of that name."""
    above = name.count(".")
    for one in sure_imports(module):
        if len(one.module) - len(one.module.lstrip(".")) > above:
            return one
    return None


def _is_named_from_within(system: System, launch: Launch, module: Module, name: str) -> bool:
    """Whether a Procfile runs the command in a folder above the package that the module is in, and names it as if it ran in the package: the module itself imports by the package's name."""
    own, _, file = launch.path.rpartition("/")
    evidence, project = system.project.evidence, system.project
    if file != "Procfile" or "." in name or "." not in module.name:
        return False
    written = [one for one, path in evidence.deployment.folders if path == launch.path]
    starts = evidence.worked_in(launch.path) if written else [own]
    if len(starts) != len(written or starts) or finds(project, launch.path, PUT_ON_PATH):
        return False
    home, package = module.path.rpartition("/")[0], module.name.partition(".")[0]
    if not all(f"{home}/".startswith(f"{one}/" if one else "") and one != home for one in starts):
        return False
    if any(path.rpartition("/")[2] in OF_PLATFORMS for path in project.search("PYTHONPATH")):
        return False
    return any(one.module == package or one.module.startswith(f"{package}.") for one in sure_imports(module))


def _from_above(system: System, launch: Launch, module: Module) -> Fault:
    span = place(system.project.text(launch.path) or "", launch.app)
    message = f'-A names "{launch.app}", and from the folder in which the command runs {module.path} is called {module.name}: the command fails when it starts'
    related = (Related(module.path, 1, "the module"),)
    return Fault(
        launch.path, span, message, f'write "{module.name}"', launch.app, related, (module.path,), certain=False
    )


def _makes_a_package(system: System, module: Module) -> bool:
    """Whether the file itself says that it is in a package."""
    return finds(system.project, module.path, re.compile(r"\b__package__\s*="))


def _said(system: System, launch: Launch, name: str, module: Module, found: Import) -> Fault:
    span = place(system.project.text(launch.path) or "", launch.app)
    package = (
        f"is in no package under that name: `{found.module}` is"
        if "." not in name
        else f"is in {name.rpartition('.')[0]} alone: `{found.module}` leads out of it,"
    )
    message = f'-A names "{launch.app}", and {module.path} {package} an ImportError in line {found.span.line}, and the command fails when it starts'
    advice = f'write "{module.name}" and start it from the folder above the package, or import by the whole name'
    return Fault(
        launch.path,
        span,
        message,
        advice,
        launch.app,
        (Related(module.path, found.span.line, "the import"),),
        (module.path,),
    )
