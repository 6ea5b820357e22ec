"""Deployments that start the workers of an app and no beat, although the app has a schedule: nothing of it is ever due."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.entries import written_down
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.schedules import beat_of
from taskguard.project.diagnosis.deployment.launch_texts import place
from taskguard.project.diagnosis.deployment.queue_readers import TRYING, own_machine, owner_of
from taskguard.project.diagnosis.deployment.sites import LIVE, is_whole, on_platform, overlaid, site_at, site_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.schedules.text_questions import says_beat
from taskguard.project.python.testing import in_put_aside, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import BeatEntry, Service
    from taskguard.project.celery.system import System
    from taskguard.project.diagnosis.deployment.sites import Site

# What starts one in code, in a list of words or in a command, or sends by itself what a schedule says.
IN_CODE = regex(
    r"(?:[\"']celery[\"'],|\bargv\b)[^\n]*(?:\n[^\n]*){0,8}?[\"'](?:beat|-B)[\"']|[\"'](?:-B|--beat)[\"']"
    r"|\bcelery\b[^\n]*\s(?:-A|--app|worker)\b[^\n]*\s(?:beat|-B)\b|\bcelery\.(?:apps\.|bin\.)?beat\b|\bEmbeddedService\b|\.Beat\("
    r"|beat_schedule(?:\.(?:items|values)\(|\[[^\]]*\]\[)"
)
CODE_WORDS = ("beat", "-B", ".Beat(", "EmbeddedService")


def beatless(system: System) -> Iterator[Fault]:
    """One for each deployment that is whole by itself, by path; none where anything in the project may be a beat that nobody can read."""
    project, held = system.project, system.project.evidence.deployment
    workers = [one for one in held.launches if one.step == "worker" and not in_tests(one.path)]
    if not workers or any(not in_tests(one) for one in held.unclear) or any(one.beat for one in written_down(project)):
        return
    scheduled = {service: entries for service in in_use(system) if (entries := _entries(service))}
    if not scheduled or any(
        finds(project, path, IN_CODE) for path in project.search(*CODE_WORDS) if not in_tests(path)
    ):
        return
    speaking = [path for path in sorted(project.markers) if not in_tests(path) and says_beat(project, path)]
    told: set[str] = set()
    for launch in workers:
        service, path = owner_of(system, launch), site_of(system, launch.path)
        if service not in scheduled or not path or path in told:
            continue
        site = site_at(system, path)
        if _is_meant(system, site, bool(speaking)) and all(_is_of_another(system, site, one) for one in speaking):
            told.add(path)
            yield _fault(system, site, launch.path, launch.app, scheduled[service])


def _is_meant(system: System, site: Site, others: bool) -> bool:
    """Whether a deployment starts all that a site needs, and not for a developer: where there are `others` its name has to say so."""
    if others and not (site.live and (on_platform(site.path) or LIVE.search(site.path.rpartition("/")[2]))):
        return False
    if not site.live and (TRYING.search(site.path.lower()) or own_machine(system, site.path)):
        return False
    return is_whole(system, site) and not any(one.beat for one in (*site.launches, *overlaid(system, site)))


def _is_of_another(system: System, site: Site, path: str) -> bool:
    """Whether a file that speaks of a beat belongs to another deployment alone, which has workers and a beat of its own: who runs this one does not run that."""
    other = site_of(system, path)
    if path in site.files or not other or other == site.path:
        return False
    found = site_at(system, other)
    steps = {one.step for one in found.launches}
    return "worker" in steps and any(one.beat for one in found.launches) and is_whole(system, found)


def _entries(service: Service) -> list[BeatEntry]:
    """What an app schedules for good."""
    if service.test:
        return []
    return [one for one in beat_of(service) if not one.guard and not in_tests(one.path) and not in_put_aside(one.path)]


def _fault(system: System, site: Site, path: str, app: str, entries: list[BeatEntry]) -> Fault:
    first = entries[0]
    count = f"{len(entries)} entries" if len(entries) > 1 else "an entry"
    return Fault(
        path, place(system.project.text(path) or "", app), f"a worker of {app} is started, and no beat: its schedule has {count}, and nothing sends them",
        f"start `celery -A {app} beat` beside it, once", symbol=app, related=(Related(first.path, first.key_span.line, "the schedule"),),
        depends=tuple(dict.fromkeys((*site.files, *(one.path for one in entries)))),
    )  # fmt: skip
