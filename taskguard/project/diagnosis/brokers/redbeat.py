"""Brokers in which RedBeat is to keep its schedule, and cannot: it takes the broker's URL where it is given none of a Redis (redbeat/schedulers.py, `RedBeatConfig`)."""

from __future__ import annotations

from taskguard.facts.questions import holds
from taskguard.project.celery.brokers import RABBITMQ, SQS, broker_of
from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart, to_copy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

# The setting, as it is written in lower and upper case, and within a longer name.
URL = ("redbeat_redis_url", "REDBEAT_REDIS_URL")
SCHEDULER = "RedBeatScheduler"


def unfit_for_redbeat(system: System) -> Iterator[Fault]:
    """Once for each app whose beat is RedBeat's."""
    project = system.project
    for service in system.live:
        broker = broker_of(service) if not service.test and _is_redbeat(service) else None
        if broker is None or broker.kind not in (RABBITMQ, SQS):
            continue
        if project.search(*URL) or any(holds(project, path, *URL) for path in sorted(project.markers)):
            return
        setting = configuration(service).get("broker_url")
        places = [one for one in setting.places if not (apart(one) or to_copy(one.path))] if setting is not None else []
        for place in places[:1]:
            message = f"the scheduler of beat is RedBeat, which keeps its schedule in Redis: it takes this URL, of {broker.kind}, and beat ends when it starts"
            yield Fault(
                place.path,
                place.span,
                message,
                'set `redbeat_redis_url = "redis://…"`',
                depends=broker.files,
                certain=broker.sure,
            )


def _is_redbeat(service: Service) -> bool:
    """Whether a setting of an app names that scheduler."""
    value = configuration(service).value("beat_scheduler").value
    return isinstance(value, str) and value.startswith("redbeat") and value.endswith(SCHEDULER)
