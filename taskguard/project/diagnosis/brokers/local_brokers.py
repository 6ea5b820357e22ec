"""Brokers and result backends on the own machine, where a compose file starts the worker in a container, and the server in another one."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.project.celery.by_default import is_set_by_deployment
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.routes import followed
from taskguard.project.celery.says_default import VARIABLES
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.brokers.written_urls import BACKENDS, BROKERS, URL, Written, written_urls
from taskguard.project.diagnosis.deployment.queue_readers import owner_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import to_copy
from taskguard.project.diagnosis.settings.from_environment import variable_asked
from taskguard.project.python.bound import Bound
from taskguard.project.python.composed import containers_of
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.composed import Container

# What a URL without a host means as well.
OWN = frozenset(("", "localhost", "127.0.0.1", "0.0.0.0", "::1"))
SERVERS = {"redis": "redis", "amqp": "rabbitmq", "pyamqp": "rabbitmq"}
GIVEN = ("-b", "--broker", "--result-backend")
# What fills the environment from a file of its own.
FILLS = (
    "dotenv",
    "read_env",
    "decouple",
    "dynaconf",
    "env_file",
    "pydantic_settings",
    "BaseSettings",
    "starlette.config",
)


def local_brokers(system: System) -> Iterator[Fault]:
    """The first URL of each service that means the container itself, with its others beside."""
    started = list(_containers(system))
    held: dict[Service, dict[str, list[Written]]] = {}
    for one in written_urls(system, (*BROKERS, *BACKENDS)) if started else ():
        if not (one.asked and one.text.isidentifier() and one.text.isupper()):  # the name of a variable
            held.setdefault(one.service, {}).setdefault(one.setting, []).append(one)
    for service, settings in held.items():
        found = [
            local
            for setting, urls in settings.items()
            if not (configuration(service).open or to_copy(urls[0].path))
            and (local := _local(setting, urls, [one for owner, one in started if owner is service])) is not None
        ]
        if found:
            yield _fault(found[0], found[1:])


class Local(Record):
    """A URL of a container that starts a worker, with the server that it means and the service that is one. It is not `sure` where a variable may give another one."""

    url: Written
    container: Container
    server: str
    beside: str
    sure: bool


def _local(setting: str, urls: list[Written], started: list[Container]) -> Local | None:
    """What is wrong with the values of a setting, if each of them means the container itself."""
    servers = {_server(one) for one in urls}
    server = servers.pop() if len(servers) == 1 else ""
    asked = any(one.asked for one in urls)
    for one in started if server else ():
        beside = [name for kind, name in one.servers if kind == server]
        if beside and _counts(urls[0].service, setting, one, asked):
            return Local(urls[0], one, server, beside[0], not asked and one.settled)
    return None


def _containers(system: System) -> Iterator[tuple[Service, Container]]:
    project = system.project
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        for one in containers_of(project, path, path) if not in_tests(path) else ():
            owner = owner_of(celery_of(project), one.launch)
            if (
                owner is not None
                and one.servers
                and not one.apart
                and not any(word.startswith(GIVEN) for word in one.words)
            ):
                yield owner, one


def _server(one: Written) -> str:
    """The server that a URL wants on the own machine; empty where it is another one, or somewhere else."""
    if one.setting in BACKENDS and one.text == "redis":  # the name alone: its host is localhost
        return "redis"
    found = URL.match(one.text)
    return SERVERS.get(found[1].lower(), "") if found is not None and found[4].strip("[]").lower() in OWN else ""


def _counts(service: Service, setting: str, container: Container, asked: bool) -> bool:
    """Whether what the code says is what counts in the container: no deployment file names a variable that gives another one."""
    project = service.project
    if is_set_by_deployment(project, (VARIABLES[setting],)):
        return False
    if not asked:
        return True
    places = configuration(service).settings[setting].places
    variables = {_variable(one.value) if isinstance(one.value, Bound) else "" for one in places}
    if not container.settled or "" in variables or project.search(*FILLS):
        return False
    return not is_set_by_deployment(project, tuple(sorted(variables)))


def _variable(value: Bound) -> str:
    return variable_asked(value) or variable_asked(followed(value))


def _fault(one: Local, others: list[Local]) -> Fault:
    url, path, name = one.url, one.container.launch.path, one.beside
    kind, default = "result backend" if url.setting in BACKENDS else "broker", ", by default" if url.asked else ""
    return Fault(
        url.path, url.span, f'"{url.text}" is the {kind} of a worker that {path} starts in a container{default}: there localhost is the container itself, and {one.server} is the service "{name}"',
        f"write {name} for the host, or take the URL from a variable that {path} sets", symbol=url.setting,
        related=(
            Related(path, one.container.span.line, f"the worker is started in the service {one.container.name}"),
            *(Related(other.url.path, other.url.span.line, f"{other.url.setting}, too") for other in others),
        ),
        depends=tuple(dict.fromkeys((path, *(other.url.path for other in others)))), certain=one.sure,
    )  # fmt: skip
