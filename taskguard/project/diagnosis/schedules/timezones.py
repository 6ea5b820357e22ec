"""Schedules of a project that lives in a time zone of its own, and are read in UTC since Celery is told of none."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.errors import nearest
from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import reads_settings, settings_modules
from taskguard.project.celery.schedules import beat_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import ABSENT, Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import BeatEntry, Service
    from taskguard.project.celery.system import System

ZONE = r"((?:Africa|America|Asia|Atlantic|Australia|Brazil|Canada|Chile|Europe|Indian|Pacific|US)/[A-Za-z_/]+)"
IN_CODE = regex(rf"(?:ZoneInfo|timezone|gettz|TIME_?ZONE|TZ)\w*[\"']?\s*(?:\(|=|:|\]\s*=)\s*[\"']{ZONE}[\"']")
IN_DEPLOYMENT = regex(rf"\bTZ[\"']?\s*[=:]\s*[\"']?{ZONE}")
# What the database holds besides zones of these names (zoneinfo, `available_timezones`).
UNLISTED = ("posix", "right")
MOST = 5


def implicit_zones(system: System) -> Iterator[Fault]:
    """One for each app, at the first schedule that says an hour."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        if service.test or reads_settings(service) or not _in_utc(service):
            continue
        told = [(one, hour) for one in beat_of(service) if not in_tests(one.path) and (hour := _hour(one))]
        if not told or _names_zone(service):
            continue
        first, hour = told[0]
        zone, path = _zone(service)
        if not zone or (first.path, first.schedule_span) in seen:
            continue
        seen.add((first.path, first.schedule_span))
        related = tuple(Related(one.path, one.schedule_span.line, f"hour {at}") for one, at in told[1:MOST])
        yield Fault(
            first.path, first.schedule_span, f"hour {hour} is one of UTC, since no timezone is set; the project's own is {zone}",
            f'set timezone = "{zone}", or "UTC" if that is meant', None, (*related, Related(path, 1, f"{zone} is named here")), (path,), False,
        )  # fmt: skip


def unknown_zones(system: System) -> Iterator[Fault]:
    """Time zones that there are not, each place once: beat and whoever gives a countdown ask for them by name (celery/utils/time.py, `get_timezone`)."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        setting = configuration(service).get("timezone")
        for place in setting.places if setting is not None and not service.test else ():
            name = value_of(place.value).value
            if not isinstance(name, str) or not name or (place.path, place.span) in seen or in_tests(place.path):
                continue
            seen.add((place.path, place.span))
            known = {} if _has_file(name) else _known_zones()
            if known and name.lower() not in known:
                near = nearest(name.lower(), known)
                advice = f'did you mean "{known[near]}"?' if near else "write a name of the time zone database, or UTC"
                yield Fault(
                    place.path,
                    place.span,
                    f'there is no time zone "{name}": beat does not start, and nothing is sent with a countdown',
                    advice,
                    depends=setting.files if setting else (),
                )


def _has_file(name: str) -> bool:
    """Whether this machine has a file of a time zone: to read one is a hundred times as fast as to list all."""
    from zoneinfo import ZoneInfo

    try:
        return not name.startswith(UNLISTED) and ZoneInfo(name).key == name
    except (KeyError, OSError, ValueError):
        return False


def _known_zones() -> dict[str, str]:
    """The names of the time zone database of this machine, by their lower-case form; none where it has none."""
    from zoneinfo import available_timezones

    return {name.lower(): name for name in available_timezones()}


def _in_utc(service: Service) -> bool:
    """Whether a service surely sets no time zone, and does not take that of its machine."""
    conf = configuration(service)
    utc = conf.value("enable_utc")
    return conf.value("timezone") is ABSENT and (utc is ABSENT or utc.value is True)


def _hour(entry: BeatEntry) -> str:
    """The hours that a crontab writes out; empty where it says none, or each so many."""
    value = value_of(entry.schedule).value if entry.schedule is not None else None
    if not isinstance(value, Instance) or value.name.rpartition(".")[2] != "crontab":
        return ""
    hour = value.argument("hour", 1).value
    if isinstance(hour, bool) or not isinstance(hour, int | str) or str(hour).startswith("*"):
        return ""
    return str(hour)


def _names_zone(service: Service) -> bool:
    """Whether the configuration source has Django's name for the setting, which Celery reads, too (celery/app/utils.py, `Settings.timezone`)."""
    project = service.project
    sources = (project.modules[path] for path in configuration(service).sources if path in project.modules)
    return any("TIME_ZONE" in one.table() for one in sources)


def _zone(service: Service) -> tuple[str, str]:
    """A time zone other than UTC that the project works with, and the file that says so; empty where it names none, or several."""
    project = service.project
    found: dict[str, str] = {}
    for module in settings_modules(service).modules:
        for zone in every(project, module.path, IN_CODE):
            found.setdefault(zone, module.path)
    for path in project.search("ZoneInfo", "pytz", "gettz", "TIMEZONE", "TIME_ZONE") if not found else ():
        if not in_tests(path):
            for zone in every(project, path, IN_CODE):
                found.setdefault(zone, path)
    for path in project.markers if not found else ():
        for zone in every(project, path, IN_DEPLOYMENT):
            found.setdefault(zone, path)
    return next(iter(found.items())) if len(found) == 1 else ("", "")
