"""Methods that tasks have only from a version of Celery on that is above the one which the project pins: `delay_on_commit` came with 5.4."""

from __future__ import annotations

from taskguard.facts.model import Attr
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.hazards.arguments.slips import given_by_project, is_minded
from taskguard.project.hazards.calls.functions import sites_in
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.hazards.canvases.sent_on_commit import METHODS, WORD
from taskguard.project.python.aside import put_aside
from taskguard.project.python.pins import celery_pin, pins_of_parts
from taskguard.project.registry.effective import base_attributes, base_open
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite
    from taskguard.project.hazards.calls.takers import Taker
    from taskguard.project.python.pins import Pin
    from taskguard.project.python.project import Module, Project

SINCE = (5, 4)  # celery/contrib/django/task.py
ASKS_VERSION = regex(r"\bcelery(?:\.| import [^\n]*\b)(?:VERSION|__version__|version_info)\b")


class Newer(Record):
    """A call of `name.method(…)` that the Celery of a pin does not have."""

    module: Module
    site: CallSite
    name: str
    method: str
    taker: Taker
    pin: Pin


def newer_methods(project: Project) -> Iterator[Newer]:
    """All of them, by file: only where no file of requirements leaves a Celery that has the method."""
    paths = project.search(WORD)
    pin = celery_pin(project) if paths else None
    if (
        pin is None
        or pin.before(SINCE) is not True
        or any(one.before(SINCE) is False for one in pins_of_parts(project))
    ):
        return
    for module, site in sites_in(project, paths, METHODS):
        name, _, method = site.call.callee.rpartition(".")
        if isinstance(site.call.func, Attr) or not name or is_minded(module, site) or put_aside(module):
            continue
        held = takers(module, name, site.scope)
        if not held or finds(project, module.path, ASKS_VERSION) or given_by_project(project, method):
            continue
        if all(not base_open(one.task) and method not in base_attributes(one.task) for one in held):
            yield Newer(module, site, name, method, held[0], pin)
