"""Which results are kept: what tasks, settings and calls say of it."""

from __future__ import annotations

from taskguard.facts.questions import holds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.loaded import importing
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.values import Known
from taskguard.project.registry.effective import effective_option
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task

# Backends of which none has to look whether all of a chord has run.
COUNTING = frozenset(("", "redis", "rediss", "sentinel", "disabled"))

BY_KEY = frozenset(
    "redis rediss sentinel cache memcache file elasticsearch couchbase couchdb cosmosdbsql consul dynamodb azureblockblob arangodb s3 gs".split()
)


@query
def may_be_kept(project: Project) -> bool:
    """Whether some call may have results kept of a task that ignores them by itself."""
    return bool(project.search("ignore_result=False", "ignore_result = False", '"ignore_result"', "'ignore_result'"))


def tells_itself(task: Task) -> bool:
    """Whether a task that ignores its result may set its state all the same: it does so itself, or keeps what goes wrong."""
    kept = effective_option(task, "store_errors_even_if_ignored")
    tells = task.function is not None and task.function.may_call("update_state")
    return tells or not (kept.absent or kept.value is False)


@query
def ignores(task: Task) -> bool:
    """Whether a task surely ignores its result: as its declaration, its base class or the settings of all its apps say."""
    own = effective_option(task, "ignore_result")
    if not own.absent and own.value is not None:
        return own.value is True
    if not own.absent and not own.known:
        return False
    services = services_of(task)
    return bool(services) and all(configuration(one).value("task_ignore_result").value is True for one in services)


def keeps_nothing(service: Service) -> bool:
    """Whether no backend keeps the results of a service, as far as the project says."""
    conf = configuration(service)
    setting = conf.get("result_backend")
    if setting is not None:
        value = conf.value("result_backend")
        return isinstance(value, Known) and (value.value is None or str(value.value).startswith("disabled"))
    return not conf.open and not service.test and not _named_elsewhere(service.project)


@query
def nothing_is_kept(project: Project) -> bool:
    """Whether no app of the project keeps results, so that there is none for any id."""
    services = celery_of(project).serving
    return bool(services) and project.complete and all(keeps_nothing(one) for one in services)


# What may name a backend for any app: `djcelery` (of Celery 3) has its own default, and a class of apps may make one.
SETTING = ("RESULT_BACKEND", "result_backend")
NAMING = (*SETTING, "backend=", "djcelery", "_get_backend", "backend_cls")


@query
def has_none_itself(service: Service) -> bool:
    """Whether an app surely has no result backend, although others of the project may: what these are given stands in files that its process does not load, and nothing else speaks of one."""
    project, conf = service.project, configuration(service)
    if (
        service.test
        or service.maker_scope
        or conf.open
        or not project.complete
        or conf.get("result_backend") is not None
    ):
        return False
    if any(holds(project, path, *SETTING) for path in project.markers):
        return False
    given = {
        path
        for one in celery_of(project).services
        if one is not service and (setting := configuration(one).get("result_backend")) is not None
        for path in setting.files
    }
    named = project.search(*NAMING)
    if not given.issuperset(named) or service.path in named:
        return False
    near = {one.path for one in importing(project, service.module)}
    held = discovery_of(service)
    return near.isdisjoint(named) and all(held.holds(project.modules[path]) is False for path in named)


@query
def _named_elsewhere(project: Project) -> bool:
    """Whether something else of the project may name a backend."""
    if project.search(*NAMING):
        return True
    return any(holds(project, path, *SETTING) for path in project.markers)


def is_by_key(service: Service) -> bool:
    """Whether the backend of a service is surely one that keeps each result under a key, and reads the old state before it stores another one (`BaseKeyValueStoreBackend._store_result`)."""
    value = configuration(service).value("result_backend").value
    return isinstance(value, str) and value.partition(":")[0].partition("+")[0] in BY_KEY


def is_rpc(service: Service) -> bool:
    value = configuration(service).value("result_backend").value
    return isinstance(value, str) and value.partition(":")[0] == "rpc"


def polls(task: Task) -> bool:
    """Whether the backend of a task looks for the results of a chord; that of Redis counts the tasks, whatever becomes of what they give back."""
    values = [configuration(one).value("result_backend").value for one in services_of(task)]
    return bool(values) and all(isinstance(one, str) and one.partition("://")[0] not in COUNTING for one in values)
