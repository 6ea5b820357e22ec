"""Services that are named after Celery, and run the web server of their image, since nobody tells them to run a worker or beat."""

from __future__ import annotations

import re

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.entry_scripts import OTHER, served_by
from taskguard.project.python.image_commands import default_of
from taskguard.project.python.image_sources import is_plain
from taskguard.project.python.testing import in_tests
from taskguard.project.python.untold_services import told_services, untold_services

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Project
    from taskguard.project.python.untold_services import Untold

STEPS = regex(r"&&|;|\|\|")
# What may start something behind, or take another way.
PLAIN = regex(r"[^$`|&]*(?:&&[^$`|&]*)*\Z")
# What a server may be told in variables: its own port, and how many processes it has.
NUMBERS = regex(r"\$\{?(?:PORT|HOST|WEB_CONCURRENCY|\w*WORKERS|\w*THREADS|\w*TIMEOUT)(?::?-[\w.]*)?\}?")


def servers_for_workers(project: Project) -> Iterator[Fault]:
    """All of them, by file."""
    if not celery_of(project).live:
        return
    for path in sorted(one for one in project.markers if "compose" in one.rpartition("/")[2]):
        for one in untold_services(project, path, path) if not in_tests(path) else ():
            found = _served(project, one)
            if found is not None and not _is_told_elsewhere(project, path, one.name):
                yield _fault(path, one, *found)


def _served(project: Project, one: Untold) -> tuple[str, int] | None:
    """The web server that an image runs by itself and alone, and the line that says so."""
    if not project.is_readable(one.recipe) or not is_plain(project, one.recipe):
        return None
    default = default_of(project, one.recipe, one.target)
    command = NUMBERS.sub("0", default.command) if default is not None else ""
    if default is None or OTHER.search(re.sub(r"-\S+", "", command)) or not PLAIN.match(command):
        return None
    *before, last = (step.strip() for step in STEPS.split(command))
    served = served_by(last)
    return (served, default.line) if served and not any(map(served_by, before)) else None


def _is_told_elsewhere(project: Project, path: str, name: str) -> bool:
    """Whether another compose file may tell a service what to run, or somebody starts it by hand with a command."""
    for other in project.markers:
        if other != path and "compose" in other.rpartition("/")[2]:
            told = told_services(project, other)
            if told is None or name in told:
                return True
    by_hand = re.compile(rf"\b(?:run|exec)\b[^\n]*\s{re.escape(name)}\s[^\n]*\b(?:worker|beat|bash|sh)\b")
    return any(finds(project, one, by_hand) for one in (*project.markers, *project.notes))


def _fault(path: str, one: Untold, served: str, line: int) -> Fault:
    step = "beat" if "beat" in one.name.lower() else "worker"
    return Fault(
        path, one.span, f"`{one.name}` has no command, and its image runs `{served}`: it is a second `{one.beside}`, and no {step} runs in it",
        f"give it one: `command: celery -A … {step}`", symbol=one.name,
        related=(Related(one.recipe, line, "this is what it runs"),), depends=(one.recipe,),
    )  # fmt: skip
