"""Django's INSTALLED_APPS resolved to packages of the project."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Const, Opaque, Ref
from taskguard.facts.questions import every
from taskguard.project.celery.django import setting_pieces
from taskguard.project.celery.model import Service
from taskguard.project.python.names import resolve, resolved_name
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


class App(Record):
    """One installed application: its entry, the package that its configuration names, the module of the configuration (empty: none named), and where it is listed."""

    written: str
    package: str
    config: str
    place: str
    span: Span


class Installed(Record):
    """The installed applications, foreign ones included. `admin` says that Django's admin is one: it imports each `admin` module."""

    apps: tuple[App, ...]
    admin: bool
    open: str


def installed_apps(service: Service) -> Installed:
    """The applications of all deployments of a service."""
    pieces = setting_pieces(service, "INSTALLED_APPS")
    opened = pieces.open
    made: dict[str, App] = {}
    admin = False
    for one in pieces.items:
        written = one.key.value
        if not isinstance(written, str):
            opened = opened or "an installed application cannot be told"
            continue
        admin = admin or written.startswith("django.contrib.admin")
        package, config = package_of(service, written)
        made.setdefault(package, App(written, package, config, one.path, one.span))
    if not pieces.items and not pieces.files:
        opened = opened or "INSTALLED_APPS is not found"
    return Installed(tuple(made.values()), admin, opened)


def package_of(service: Service, written: str) -> tuple[str, str]:
    """The package of an entry, which may name a package or an AppConfig class, and the module that holds the class."""
    project, origin = service.project, service.module
    if project.reached_by(written, origin) is not None:
        return written, ""
    module, _, name = written.rpartition(".")
    holder = project.reached_by(module, origin) if module and name[:1].isupper() else None
    if holder is None:
        return written, ""
    found = resolve(holder, name)
    klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
    for attribute in klass.attributes if klass is not None else ():
        if attribute.name == "name" and isinstance(attribute.value, Const) and isinstance(attribute.value.value, str):
            return attribute.value.value, module
    return module.rpartition(".")[0] or module, module


def written_out(packages: object, module: Module) -> object:
    """The list of the installed applications where it was given a name before: `names = [one.name for one in apps.get_app_configs()]`, `lambda: names`."""
    if isinstance(packages, Opaque) and packages.kind == "lambda":
        name = packages.text.removeprefix("lambda:").strip()
    else:
        name = packages.name if isinstance(packages, Ref) else ""
    if not isinstance(packages, Opaque | Ref) or not name.isidentifier():
        return packages
    given = re.compile(
        rf"^[ \t]*{name}[ \t]*=(?!=)[ \t]*(\[\s*\w+\.name\s+for\s+\w+\s+in\s+(?:\w+\.)*get_app_configs\(\)\s*\])?", re.M
    )
    held = every(module.project, module.path, given)
    return Opaque("lambda", f"lambda: {held[0]}", packages.span) if len(held) == 1 and held[0] else packages


def gives_packages(packages: object) -> bool:
    """Whether the names are those of the configured applications, and not the entries of INSTALLED_APPS as they are written."""
    return isinstance(packages, Opaque) and "get_app_configs()" in packages.text


def is_installed_apps(packages: object, module: Module, scope: str) -> bool:
    """Whether an argument is the list of the installed applications."""
    if isinstance(packages, Opaque):
        return packages.kind == "lambda" and (
            "settings.INSTALLED_APPS" in packages.text or "get_app_configs()" in packages.text
        )
    return (
        isinstance(packages, Ref)
        and resolved_name(module, packages.name, scope) == "django.conf.settings.INSTALLED_APPS"
    )


def speaks_of_django(module: Module) -> bool:
    """Whether a file is written for Django, so that a library's app discovers the tasks of whoever uses it."""
    return any(one.module.partition(".")[0] == "django" for one in module.facts.imports)
