"""The configuration of an app to which no code gives one: Celery reads the module that its environment names."""

from __future__ import annotations

from taskguard.project.celery.system import celery_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module

# The module that `CELERY_CONFIG_MODULE` names unless it is set otherwise (celery/loaders/default.py).
BY_DEFAULT = "celeryconfig"


def unnamed_source(service: Service) -> Module | None:
    """The module `celeryconfig` that is not told to any app: where it stands beside one that has no source, it is there for that.

    An app that is made by hand reads it where `--config` or `CELERY_CONFIG_MODULE` says so, which is not said in the code. None where an app has
    a source: the file is another one's then, or left over.
    """
    module = service.project.find(BY_DEFAULT, service.module)
    if module is None or in_tests(module.path) or service.test:
        return None
    system = celery_of(service.project)
    for one in system.live:
        told = any(said.kind in ("config_from_object", "config_from_envvar") for said in system.statements(one))
        if told or one.call.keyword("config_source") is not None or one.call.keyword("loader") is not None:
            return None
    return module
