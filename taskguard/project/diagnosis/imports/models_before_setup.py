"""Models of Django that the file of an app loads while it is itself being loaded: before anybody has set Django up."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Ref
from taskguard.patterns import regex
from taskguard.project.celery.django import may_have_old_loader, names_settings, reads_settings
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.imports.mutual import starts_from, sure_imports
from taskguard.project.diagnosis.imports.text_questions import set_up_in
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name, resolve
from taskguard.project.python.old_python import speaks_python_2
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.tasks.bases import ancestry
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Import
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project

# Modules of libraries that define models as soon as they are loaded.
MODELS = regex(
    r"django\.contrib\.(?:admin|auth|contenttypes|flatpages|redirects|sessions|sites)\.models\Z|"
    r"django_celery_(?:beat|results)\.models\Z|rest_framework\.authtoken\.models\Z"
)
# What makes a class a model where it is a base of it.
MODEL = regex(r"django\.db\.models\.(?:base\.)?Model\Z|django\.contrib\.auth\.(?:base_user|models)\.Abstract\w+\Z")
# So many modules are followed: what is further away is loaded by a project that hardly anybody can look through.
MOST = 200


class _Loaded(Record):
    """What defines models among what an import loads: a file with the line of a class, or a module of a library."""

    name: str
    path: str = ""
    line: int = 0


def models_before_setup(system: System) -> Iterator[Fault]:
    """The first such import of each app's file."""
    told: set[str] = set()
    project = system.project
    for service in system.live:
        module = service.module
        if service.test or module.path in told or in_tests(module.path) or hidden(module.path):
            continue
        if not (names_settings(service) or reads_settings(service)) or _is_old(project, service):
            continue
        told.add(module.path)
        fault = _first(service, module)
        if fault is not None:
            yield fault


def _is_old(project: Project, service: Service) -> bool:
    """Whether Django may be one without a registry of applications (before 1.7)."""
    return speaks_python_2(project) is True or may_have_old_loader(service)


def _first(service: Service, module: Module) -> Fault | None:
    ready = set_up_in(module.project, module.path)
    walk = _Walk(module)
    for one in sure_imports(module):
        if 0 < ready < one.span.line:
            return None
        found = walk.load(module, one)
        if walk.open:
            return None
        if found is not None:
            return _said(service, module, one, found)
    return None


def _said(service: Service, module: Module, one: Import, found: _Loaded) -> Fault:
    always = any(
        module.path in _targets(package, each) for package in _packages(module) for each in sure_imports(package)
    )
    return Fault(
        module.path, one.span, f"this import loads {found.name}, whose models Django refuses before it is set up: the app cannot be loaded",
        "import it in the function that needs it, or call `django.setup()` above", symbol=service.dotted,
        related=(Related(found.path, found.line, "a model"),) if found.path else (),
        depends=(found.path,) if found.path and found.path != module.path else (), certain=always or starts_from(service, module),
    )  # fmt: skip


class _Walk:
    """The modules that are loaded with one, in their order. `open` says that one of them may set Django up, or is not known."""

    def __init__(self, start: Module) -> None:
        self.open = False
        self._seen = {start.path, *(one.path for one in _packages(start))}

    def load(self, module: Module, one: Import) -> _Loaded | None:
        """What an import loads that defines models: the first of it."""
        dotted = _of_library(module, one)
        if dotted:
            return _Loaded(dotted)
        for path in _targets(module, one):
            target = module.project.modules[path]
            for each in (*reversed(_packages(target)), target):
                found = self._file(each)
                if found is not None or self.open:
                    return found
        return None

    def _file(self, module: Module) -> _Loaded | None:
        if module.path in self._seen:
            return None
        self._seen.add(module.path)
        if len(self._seen) > MOST or module.unreadable or module.path.endswith(".pyi"):
            self.open = True
            return None
        if set_up_in(module.project, module.path):
            self.open = True
            return None
        for one in sure_imports(module):
            found = self.load(module, one)
            if found is not None or self.open:
                return found
        return _model_in(module)


def _model_in(module: Module) -> _Loaded | None:
    """A module with the first class of it that is a model."""
    for klass in module.facts.classes:
        if klass.holder != "module" or klass.guard or not any(isinstance(one, Ref) for one in klass.bases):
            continue
        if any(MODEL.match(name) for name in ancestry(module, f"{module.name}.{klass.qualname}")[0][1:]):
            return _Loaded(module.name or module.path, module.path, klass.span.line)
    return None


def _of_library(module: Module, one: Import) -> str:
    """The module of a library with models that an import loads."""
    absolute = absolute_name(module, one.module)
    for dotted in (absolute, f"{absolute}.{one.name}" if one.name else ""):
        if dotted and MODELS.match(dotted) and resolve(module, one.bound).kind == "external":
            return dotted
    return ""


def _targets(module: Module, one: Import) -> tuple[str, ...]:
    return imports_of(module.project).targets(module, one.module, one.name)


def _packages(module: Module) -> list[Module]:
    """The packages around a module, the nearest first."""
    return [module.project.modules[path] for path in imports_of(module.project).packages(module)]
