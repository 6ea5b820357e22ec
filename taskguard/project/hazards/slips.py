"""Calls of a task's method by a name that is misspelt: no task has it."""

from __future__ import annotations

from taskguard.celery_options import SLIPS
from taskguard.facts import selections
from taskguard.facts.model import Attr
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.hazards.takers import takers
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.registry.effective import base_attributes
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite
    from taskguard.project.hazards.takers import Taker
    from taskguard.project.python.project import Module, Project

WORDS = tuple(f".{name}(" for name in SLIPS)
CAUGHT = frozenset(("try", "except"))


class Slip(Record):
    """A call of `name.written(…)` on a task, where `meant` is what a task has. `doubt` says why it may have the other one, too."""

    module: Module
    site: CallSite
    name: str
    written: str
    meant: str
    taker: Taker
    doubt: str = ""


def slips(project: Project) -> Iterator[Slip]:
    """All of them, by file."""
    for path in project.search(*WORDS):
        if not in_tests(path) and not hidden(path):
            module = project.modules[path]
            for site in selections.calling(module.facts, *SLIPS):
                found = _at(module, site)
                if found is not None:
                    yield found


def _at(module: Module, site: CallSite) -> Slip | None:
    name, _, written = site.call.callee.rpartition(".")
    if isinstance(site.call.func, Attr) or not name or site.guard in CAUGHT:
        return None
    held = takers(module, name, site.scope)
    if not held or any(written in base_attributes(one.task) or one.task.option(written).known for one in held):
        return None
    doubt = next((one.doubt for one in held if one.own or "more than once" in one.doubt), "")
    return Slip(module, site, name, written, SLIPS[written], held[0], doubt or _given(module.project, written))


def _given(project: Project, written: str) -> str:
    """Whether the project gives that name to something itself."""
    gives = regex(rf"\.{written}\s*=[^=]|def {written}\b|[\"']{written}[\"']")
    path = next((one for one in project.search(written) if finds(project, one, gives)), "")
    return f"{path} may give tasks a {written}" if path else ""
