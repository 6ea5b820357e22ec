"""Workers and beats in containers that are asked for their health as a web server is, since they run the image of one."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.patterns import regex
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.starts.dropped_starts import may_be_run
from taskguard.project.python.composed import checked_anew, started_in_images
from taskguard.project.python.health import healthcheck_of
from taskguard.project.python.site_texts import blocks_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.composed import Started
    from taskguard.project.python.health import Check
    from taskguard.project.python.project import Project

# A server of the container itself is asked by HTTP.
ASKS = regex(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])|\b(?:curl|wget)\b[^|&;]*\s(?:localhost|127\.0\.0\.1|0\.0\.0\.0):\d"
)
# What asks something else as well, or asks by what the container is there for.
OTHERWISE = regex(r"celery|pgrep|\bps\b|\bcase\b|\bif\b|\$\{?[A-Z]|\|\|(?!\s*(?:exit|false)\b)|;|pidfile|\.sh\b")
SERVERS = frozenset(
    "gunicorn uvicorn hypercorn daphne granian waitress-serve uwsgi runserver flower nginx supervisord honcho".split()
)
PROGRAMS = frozenset("celery python python3 uv poetry pipenv pdm".split())
STEPS = frozenset(("worker", "beat"))


def inherited_checks(project: Project) -> Iterator[Fault]:
    """The first service of each compose file and image that runs a worker or beat alone, with the others beside."""
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        held: dict[tuple[str, Check], list[Started]] = {}
        for one in started_in_images(project, path, path) if not in_tests(path) else ():
            check = _check(project, path, one)
            if check is not None:
                held.setdefault((one.recipe, check), []).append(one)
        for (_, check), found in held.items():
            yield _fault(path, found, check)


def _check(project: Project, path: str, one: Started) -> Check | None:
    """The check of a web server that a service has by its image alone."""
    if one.checked or not _is_alone(one) or not project.is_readable(one.recipe):
        return None
    check = healthcheck_of(project, one.recipe, one.target)
    if check is None or not ASKS.search(check.command) or OTHERWISE.search(check.command):
        return None
    return check if may_be_run(project, one) and not _is_checked_elsewhere(project, path, one.name) else None


def _is_checked_elsewhere(project: Project, path: str, service: str) -> bool:
    """Whether another compose file that says more of a service, without saying all of it, may have it asked for its health in another way: one that changes its variables or volumes has not."""
    return any(
        block.name == service and not block.whole
        for other in project.markers
        if other != path and "compose" in other.rpartition("/")[2] and service in checked_anew(project, other)
        for block in blocks_of(project, other, other)
    )


def _is_alone(one: Started) -> bool:
    """Whether a service runs Celery, and no server for the web beside."""
    return (
        one.first.rpartition("/")[2] in PROGRAMS
        and one.launch.step in STEPS
        and SERVERS.isdisjoint(word.rpartition("/")[2] for word in one.words)
    )


def _fault(path: str, found: list[Started], check: Check) -> Fault:
    one, *others = found
    step = one.launch.step
    advice = "give the service a `healthcheck` of its own, such as `celery … inspect ping`"
    return Fault(
        path, one.span, f"the HEALTHCHECK of {one.recipe} asks a web server, and `{one.name}` runs {'beat' if step == 'beat' else 'a worker'} alone: the container is unhealthy for ever",
        advice if step == "worker" else "give the service a `healthcheck` of its own, or `disable: true`", symbol=one.name,
        related=(
            Related(one.recipe, check.line, "this is asked of each container of the image"),
            *(Related(path, other.span.line, f"so it is with {other.name}") for other in others),
        ),
        depends=(one.recipe,),
    )  # fmt: skip
