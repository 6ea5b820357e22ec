"""The two time limits that the settings give to all tasks: which of them comes first."""

from __future__ import annotations

from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.kept_apart import apart, place_of
from taskguard.project.python.pins import celery_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

# From this version on the settings fill the limits of a task, which are compared when it is sent (celery/app/task.py).
COMPARED = (5, 7)


def limits_in_wrong_order(system: System) -> Iterator[Fault]:
    """Once for each place that sets a soft limit which is not below the hard one."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        conf = configuration(service)
        setting = conf.get("task_soft_time_limit")
        place = place_of(setting) if setting is not None else None
        soft, hard = _seconds(service, "task_soft_time_limit"), _seconds(service, "task_time_limit")
        if place is None or service.test or not soft or not hard or soft < hard or (place.path, place.span) in seen:
            continue
        if apart(place):
            continue
        seen.add((place.path, place.span))
        yield Fault(
            place.path, place.span, f"the soft limit of {soft:g} s is not below the hard one of {hard:g} s: {_outcome(service, soft > hard)}",
            "leave tasks the time between the two to clean up", depends=conf.sources,
        )  # fmt: skip


def _seconds(service: Service, name: str) -> float:
    """A limit of the settings; 0 where it has none, or none that is known."""
    value = configuration(service).value(name).value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _outcome(service: Service, above: bool) -> str:
    pin = celery_pin(service.project)
    before = pin.before(COMPARED) if pin is not None else None
    if not above or before:
        return "it never comes"
    if before is None:
        return "it never comes, and from Celery 5.7 on each delay() raises ValueError"
    return "each delay() raises ValueError"
