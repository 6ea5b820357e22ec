"""The configuration of an app to which no code gives one: Celery reads the module that its environment names."""

from __future__ import annotations

import re

from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.celery.system import celery_of
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

# The module that `CELERY_CONFIG_MODULE` names unless it is set otherwise (celery/loaders/default.py).
BY_DEFAULT = "celeryconfig"
# Where a worker, or the environment, says the module with all settings.
NAMED_OUTSIDE = regex(r"CELERY_CONFIG_MODULE|\bcelery\b.*\s--config\b")
# `os.environ["CELERY_CONFIG_MODULE"] = "shop.celeryconfig"`, `os.environ.setdefault(...)`, `ENV CELERY_CONFIG_MODULE=shop.celeryconfig`
NAMING = regex(
    r"^[^\n#]*\bCELERY_CONFIG_MODULE\b[\"']?[ \t]*(?:\][ \t]*=|[=:,])[ \t]*[\"']?([A-Za-z_]\w*(?:\.\w+)*)(?![\w.(\[])",
    re.M,
)


def unnamed_source(service: Service) -> Module | None:
    """The module that the project's own environment names, else `celeryconfig` that is not told to any app: where it stands beside one that has no source, it is
    there for that.

    An app that is made by hand reads it where `--config` or `CELERY_CONFIG_MODULE` says so, which is not said in the code. None where an app has
    a source: the file is another one's then, or left over.
    """
    if service.test:
        return None
    named = _named_module(service.project)
    if named is not None:
        return named
    module = service.project.find(BY_DEFAULT, service.module)
    if module is None or in_tests(module.path):
        return None
    system = celery_of(service.project)
    for one in system.live:
        told = any(said.kind in ("config_from_object", "config_from_envvar") for said in system.statements(one))
        if told or one.call.keyword("config_source") is not None or one.call.keyword("loader") is not None:
            return None
    return module


def doubtful_source(service: Service) -> str:
    """The file of the configuration that a service has by `unnamed_source` alone, where nothing in the project names such a module: whether it is read turns on the
    machine, since the loader of an app that is made by hand reads none by itself (celery/loaders/app.py). Empty where there is none."""
    module = unnamed_source(service)
    return module.path if module is not None and not _is_named(service.project) else ""


@query
def _named_module(project: Project) -> Module | None:
    """The module of the project that code or a deployment puts into CELERY_CONFIG_MODULE, where all who do so name the same one."""
    outside = (path for path in sorted(project.markers) if project.is_readable(path))
    code = (path for path in project.search("CELERY_CONFIG_MODULE") if not in_tests(path))
    names = {name for path in (*code, *outside) for name in every(project, path, NAMING)}
    return project.find(names.pop()) if len(names) == 1 else None


@query
def _is_named(project: Project) -> bool:
    """Whether code, a file of a deployment or what is written about the project names a module of settings to Celery."""
    if project.search("CELERY_CONFIG_MODULE"):
        return True
    outside = sorted(path for path in {*project.markers, *project.notes} if project.is_readable(path))
    return any(finds(project, path, NAMED_OUTSIDE) for path in outside)
