"""Healthchecks of workers and beats that say the same whether these live or not: by a program that their image lacks, or by a ping that others answer."""

from __future__ import annotations

from taskguard.diagnostics import Related, Span
from taskguard.patterns import regex
from taskguard.project.diagnosis.deployment.images_without_module import is_changed
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.asked_health import asked_health, lacks_procps
from taskguard.project.python.composed import containers_of, started_in_images
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.asked_health import Asked
    from taskguard.project.python.composed import Container
    from taskguard.project.python.project import Project

PING = regex(r"\bcelery\b[^|;&]*\binspect\s+ping\b([^|;&]*)")
TO_ONE = regex(r"(?:^|\s)(?:-d|--destination)\b")
# A program of procps that the check begins with.
LOOKS = regex(r"(?:(?:/bin/)?(?:ba)?sh\s+-c\s+)?(pgrep|ps)\s[^;]*$")
FAILS = regex(r"\s*(?:exit\s+\d+|false)\s*$")


def blind_healthchecks(project: Project) -> Iterator[Fault]:
    """All of them, by file and line."""
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        asked = {one.name: one for one in asked_health(project, path)} if not in_tests(path) else {}
        if asked:
            yield from _without_program(project, path, asked)
            yield from _answered_by_others(project, path, asked)


def _without_program(project: Project, path: str, asked: dict[str, Asked]) -> Iterator[Fault]:
    told = set()
    for one in started_in_images(project, path, path):
        check = asked.get(one.name)
        found = _program(check.command) if check is not None else ""
        if check is None or not found or check.line in told or not project.is_readable(one.recipe):
            continue
        if lacks_procps(project, one.recipe) and not is_changed(project, path, one.name):
            told.add(check.line)
            yield _fault(
                path, one.name, check,
                f"{one.recipe} is built on a slim image of Python, which has no {found}: {one.name} is unhealthy for ever",
                "install procps in the image, or read `/proc/1/cmdline`; a worker may be asked by `celery … inspect ping -d celery@$$HOSTNAME`", one.recipe,
            )  # fmt: skip


def _program(command: str) -> str:
    """The program of procps without which a check fails; empty where another one decides."""
    first, *others = command.split("||")
    found = LOOKS.match(first)
    return str(found[1]) if found is not None and all(FAILS.match(one) for one in others) else ""


def _answered_by_others(project: Project, path: str, asked: dict[str, Asked]) -> Iterator[Fault]:
    """A ping goes to all workers of the broker, if none is named: whichever answers makes the check succeed. Beat answers none."""
    started = containers_of(project, path, path)
    workers = [one for one in started if one.launch.step == "worker"]
    shared = []
    for one in started:
        check = asked.get(one.name)
        found = PING.search(check.command) if check is not None else None
        if check is None or found is None or "||" in check.command.partition("ping")[0]:
            continue
        named = TO_ONE.search(found[1]) is not None
        if one.launch.step == "beat":
            message = (
                "beat answers no ping: it is unhealthy for ever"
                if named
                else "beat answers no ping: a worker does, and this one is healthy as long as any lives"
            )
            yield _fault(path, one.name, check, message, "give beat a check of its own, or none (`disable: true`)")
        elif one.launch.step == "worker" and not named and _others(one, workers):
            shared.append((one, check))
    if shared:
        one, check = shared[0]
        other = _others(one, workers)[0]
        yield _fault(
            path, one.name, check, f"each worker answers this ping: {one.name} is healthy as long as {other.name} lives",
            "name the one that is asked: `-d celery@$$HOSTNAME`, with the name of `-n` where it has one",
            related=(
                Related(path, other.span.line, f"{other.name} answers, too"),
                *(Related(path, held.line, f"{who.name} is asked so as well") for who, held in shared[1:]),
            ),
        )  # fmt: skip


def _others(one: Container, workers: list[Container]) -> list[Container]:
    """The workers of the same app that another service starts."""
    return [other for other in workers if other.name != one.name and other.launch.app == one.launch.app]


def _fault(
    path: str, name: str, check: Asked, message: str, advice: str, *depends: str, related: tuple[Related, ...] = ()
) -> Fault:
    span = Span(check.line, 1, check.line, 1)
    return Fault(path, span, message, advice, symbol=name, related=related, depends=depends, certain=False)
