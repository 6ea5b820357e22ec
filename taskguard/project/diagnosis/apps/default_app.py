"""What becomes of messages that Celery's default app sends in place of the project's: which of its own settings that app has, and what gets lost by the others."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.queues import default_queue, queues_open
from taskguard.project.celery.says_default import DEFAULT_BROKER
from taskguard.project.celery.system import celery_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.registry.annotations import option_in_force
from taskguard.project.registry.sends import queue_names
from taskguard.project.registry.spoken import spoken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Call
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task

# What gives the default app a configuration, too: its loader, old django-celery, or code that makes an app the default.
CONFIGURED = (
    "CELERY_LOADER", "CELERY_CONFIG_MODULE", "CELERY_BROKER_WRITE_URL", "djcelery", "setup_loader", "set_default_app", "current_app.conf",
)  # fmt: skip
# Methods of an app, which cards and addresses have as well.
MADE_DEFAULT = regex(r"(?i)\b\w*(?:app|celery|queue)\w*\.set_(?:default|current)\(")
# Celery itself reads it from the environment, whichever the app (celery/app/utils.py, `broker_url`).
VARIABLE = "CELERY_BROKER_URL"
RESULTS = "CELERY_RESULT_BACKEND"
# A field of pydantic's settings is such a variable, in capitals or not, unless they put something before the names of all.
OF_PYDANTIC = "BaseSettings"
PREFIX = regex(r"\benv_prefix\b")
CELERYS_PREFIX = regex(r"(?i)\benv_prefix[\"']?[ \t]*[=:][ \t]*[\"']CELERY_[\"']")
# The queue of an app that nothing configures.
UNTOLD = "celery"
BROKER = "broker amqp://localhost"
QUEUE = f'queue "{UNTOLD}", which no worker reads'
ROUTED = frozenset((None, "queue", "routing_key", "exchange"))


def where_lost(service: Service) -> str:
    """Where the default app sends what is meant for a service's workers; empty where they may get it all the same."""
    if default_is_configured(service):
        return ""
    if broker_is_told(service):
        return QUEUE if _reads_others(service) else ""
    return "" if broker_is_default(service) else BROKER


def is_lost(task: Task, call: Call, goes: str) -> bool:
    """Whether that holds of a call: who names the queue himself has it with each app."""
    if goes != QUEUE:
        return True
    return option_in_force(task, "queue").absent and not any(one.name in ROUTED for one in call.keywords)


def _reads_others(service: Service) -> bool:
    """Whether no worker of a service reads the queue of an app that nothing configures: the settings give it another one, and nothing names that one."""
    default, project = default_queue(service), service.project
    if not isinstance(default, Known) or default.value == UNTOLD or queues_open(service):
        return False
    read = {name for one in project.evidence.deployment.launches for name in one.queues or ()}
    return UNTOLD not in {*(queue_names(service) or ()), *read, *spoken(celery_of(project))}


def default_is_configured(service: Service) -> bool:
    """Whether the default app may have a configuration of its own."""
    project = service.project
    if any(path.rpartition("/")[2] == "celeryconfig.py" for path in project.modules):
        return True
    if any(not in_tests(path) for path in project.search(*CONFIGURED)):
        return True
    found = (one for one in project.search(".set_default(", ".set_current(") if not in_tests(one))
    return any(finds(project, path, MADE_DEFAULT) for path in found)


def broker_is_told(service: Service) -> bool:
    """Whether the default app may have the project's broker, by the environment; the rest of its settings it has not."""
    return _is_told(service.project, VARIABLE)


def results_are_told(service: Service) -> bool:
    """Whether the default app may have the project's result backend, by the environment."""
    return _is_told(service.project, RESULTS)


def _is_told(project: Project, variable: str) -> bool:
    """Whether a variable that Celery reads itself may be in the environment of a process."""
    if any(holds(project, path, variable) for path in sorted(project.markers)):
        return True
    # `getattr(settings, "CELERY_BROKER_URL")` asks Django's settings, not the environment.
    quoted = re.compile(rf"(?<!settings, )(?<!settings,)[\"']{variable}[\"']")
    return any(finds(project, path, quoted) for path in project.search(variable)) or _is_field(project, variable)


def _is_field(project: Project, variable: str) -> bool:
    """Whether settings of pydantic take a value from the variable, which then may be in the environment."""
    held = (path for path in project.search(OF_PYDANTIC) if not in_tests(path))
    field = re.compile(rf"(?im)^[ \t]+{variable}[ \t]*:")
    behind = re.compile(rf"(?im)^[ \t]+{variable.removeprefix('CELERY_')}[ \t]*:")
    return any(
        finds(project, path, behind) and finds(project, path, CELERYS_PREFIX)
        if finds(project, path, PREFIX)
        else finds(project, path, field)
        for path in held
    )


def broker_is_default(service: Service) -> bool:
    """Whether the messages may arrive all the same: the project's broker is, or may be, that of the default app."""
    setting = configuration(service).get("broker_url")
    if setting is None:
        return True  # none that can be seen
    value = setting.known.value
    if isinstance(setting.known, Known):
        return not isinstance(value, str) or DEFAULT_BROKER.fullmatch(value) is not None
    for place in setting.places:
        lines = (service.project.text(place.path) or "").splitlines()[place.span.line - 1 : place.span.line + 3]
        if any("amqp" in line and ("localhost" in line or "127.0.0.1" in line) for line in lines):
            return True
    return False
