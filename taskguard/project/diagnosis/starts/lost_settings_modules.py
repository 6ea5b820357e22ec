"""The Django settings that the module of an app names and that the project has no more: it was renamed, and this one line was left."""

from __future__ import annotations

import sys

from taskguard.facts.model import Const
from taskguard.project.celery.django import literals, reads_settings
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.imports.letter_case import said_by_the_app
from taskguard.project.python.copied import copied_as
from taskguard.project.python.letter_case import in_other_case
from taskguard.project.python.requirements import is_installed, is_listed
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

# What settings are called that come with the code: others are made for each machine.
LAST = "settings"


def lost_settings(service: Service) -> Iterator[Fault]:
    """`DJANGO_SETTINGS_MODULE` where the app is made, if the rest of the project names other settings, which it has, and no deployment says which."""
    project = service.project
    if service.test or project.evidence.deployment.settings:
        return
    for origin, span, value in said_by_the_app(service):
        meant = _named_elsewhere(project, origin) if _is_lost(origin, value) else None
        if meant is not None and reads_settings(service):
            yield Fault(
                origin.path,
                span,
                f'DJANGO_SETTINGS_MODULE is "{value}", and the project has no such module: the worker stops when it starts',
                f'write "{meant.name}", as the rest of the project does',
                symbol=value,
                depends=(meant.path,),
                certain=False,
            )


def former_names(service: Service) -> Iterator[str]:
    """What the module of an app may still say of a project that was renamed: its label, and the settings."""
    label = service.call.args[0] if service.call.args else service.call.keyword("main")
    if isinstance(label, Const) and isinstance(label.value, str):
        yield label.value
    yield from (one.symbol for one in lost_settings(service) if one.symbol)


def _is_lost(module: Module, value: str) -> bool:
    """Whether a dotted name leads to nothing that the project, a library or the machine may have."""
    project, (head, _, rest) = module.project, value.partition(".")
    if not rest or not all(one.replace("-", "_").isidentifier() for one in value.split(".")):
        return False
    if (
        "-" in head
    ):  # the name of a distribution, or of a folder elsewhere: no package that can be imported in code is called so
        return not _is_folder(project, head)
    if project.find(value, module) is not None:
        return False
    if in_other_case(project, value) is not None or copied_as(project, value) is not None:
        return False
    package = project.find(head, module)
    if package is None:
        return not (_is_folder(project, head) or head in sys.stdlib_module_names or _may_be_installed(project, head))
    folder = f"{package.path.removesuffix('/__init__.py')}/{rest.replace('.', '/')}"
    return (
        rest == LAST
        and package.path.endswith("/__init__.py")
        and package.entry("__path__") is None
        and not _is_folder(project, LAST, f"{head}/")
        and not project.left_out(f"{folder}.py")
        and not project.beside(folder)
    )


def _is_folder(project: Project, name: str, above: str = "") -> bool:
    """Whether a folder or file of the project, wherever it lies, is called so."""
    return any(
        f"/{above}{name}/" in f"/{path}" or f"/{path}".endswith(f"/{above}{name}.py") for path in project.modules
    )


def _may_be_installed(project: Project, head: str) -> bool:
    return bool(is_installed(project, head)) or is_listed(project, head) or bool(project.beside(head))


def _named_elsewhere(project: Project, origin: Module) -> Module | None:
    """The settings module that all other code names."""
    named = {name: module for module, name in literals(project) if module is not origin and not in_tests(module.path)}
    found = {project.find(name, module) if name else None for name, module in named.items()}
    return next(iter(found)) if len(found) == 1 else None
