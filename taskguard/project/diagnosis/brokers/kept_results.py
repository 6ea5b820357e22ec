"""Results that never expire and that nobody reads."""

from __future__ import annotations

from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.brokers.written_urls import BACKENDS, URL, written_urls
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart, place_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

# Where results fill a memory; who keeps them in a database may want to look at them there.
IN_MEMORY = frozenset(("redis", "rediss", "sentinel"))
READING = ("AsyncResult", "GroupResult", "ResultSet", "get_task_meta", "chord(", "celery-task-meta")


def kept_results(system: System) -> Iterator[Fault]:
    """Each place once."""
    seen: set[tuple[str, Span]] = set()
    project = system.project
    for service in system.live:
        conf = configuration(service)
        setting = conf.get("result_expires")
        if (
            setting is None
            or not setting.known.known
            or setting.known.value not in (None, 0)
            or setting.known.value is False
        ):
            continue
        place = place_of(setting)
        if (
            place is None
            or service.test
            or apart(place)
            or (place.path, place.span) in seen
            or conf.value("task_ignore_result").value is True
        ):
            continue
        if _in_memory(system, service) and not any(project.holders(word) for word in READING):
            seen.add((place.path, place.span))
            yield Fault(
                place.path, place.span, f"{place.written} is {setting.known.value}: results are never deleted, and nothing of the project reads one",
                "set seconds, or task_ignore_result = True", depends=setting.known.files, certain=False,
            )  # fmt: skip


def _in_memory(system: System, service: Service) -> bool:
    found = [URL.match(one.text) for one in written_urls(system, BACKENDS) if one.service is service]
    schemes = {one[1].lower() if one is not None else "" for one in found}
    return bool(schemes) and schemes <= IN_MEMORY
