"""Schedules that a deployment runs more than once: each beat sends all that is due."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.project.diagnosis.deployment.sites import site_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.beats import beats
from taskguard.project.python.requirements import is_listed
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.system import System
    from taskguard.project.python.beats import Beat

LOCKING = ("redbeat", "RedBeat", "single_beat", "celerybeatmongo")
SENT = "each beat sends all that is due"


def twice_beaten(system: System) -> Iterator[Fault]:
    """What starts a beat in more than one copy, and a second beat of one app in the same file."""
    project = system.project
    paths = sorted({one.path for one in project.evidence.deployment.launches if one.beat})
    paths = [path for path in paths if not in_tests(path) and site_of(system, path)]
    if not paths or project.search(*LOCKING) or any(is_listed(project, one) for one in ("redbeat", "single-beat")):
        return
    for path in paths:
        seen: dict[tuple[object, ...], Beat] = {}
        for one in beats(project, path, path):
            if one.number > 1:
                yield Fault(
                    path, one.span, f"{one.number} copies of {one.name} run the schedule of {one.app}: {SENT}",
                    "run beat in a service of its own, of which there is one", symbol=one.name,
                )  # fmt: skip
            other = seen.setdefault((one.app, one.told), one)
            if other is not one and "compose" in path and not one.alone and not other.alone:
                yield Fault(
                    path, one.span, f"{other.name} and {one.name} both run the schedule of {one.app}: {SENT}",
                    "let one service run beat", symbol=one.name,
                    related=(Related(path, other.span.line, "the other one"),),
                )  # fmt: skip
