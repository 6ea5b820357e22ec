"""`send.delay(*args, *kwargs)`: one star before the keywords that a function was given, so that their names are sent, and not what they are worth."""

from __future__ import annotations

from taskguard.facts.model import Ref, Star
from taskguard.project.hazards.calls.functions import sites_in
from taskguard.project.hazards.calls.search_words import SENDS
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.hazards.canvases.linked_up import SENDING
from taskguard.project.python.aside import put_aside
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite
    from taskguard.project.python.project import Module, Project

# Methods that nothing but a task has; others are told by the task alone.
OWN = ("delay", "delay_on_commit", "apply_async_on_commit")
MAKING = ("s", "si")


class Spilled(Record):
    """A call of `method` with `*name`, where `name` is the `**name` of the function around."""

    module: Module
    site: CallSite
    star: Star
    name: str


def spilled(project: Project) -> Iterator[Spilled]:
    """All of them, by file."""
    if not project.search("celery"):
        return
    for module, site in sites_in(project, project.search(*SENDS), (*SENDING, *MAKING)):
        for star in site.call.args:
            name = star.value.name if isinstance(star, Star) and isinstance(star.value, Ref) else ""
            if not name or not isinstance(star, Star) or not _is_rest(module, site, name):
                continue
            if _sends(module, site) and not put_aside(module):
                yield Spilled(module, site, star, name)


def _is_rest(module: Module, site: CallSite, name: str) -> bool:
    """Whether a name is that of the `**kwargs` of the function around, which nothing else is bound to."""
    function = module.function(site.scope)
    if function is None or not any(one.kind == "rest" and one.name == name for one in function.params):
        return False
    return not any(
        isinstance(one.target, Ref) and one.target.name == name for one in module.places.assigns_in(site.scope)
    )


def _sends(module: Module, site: CallSite) -> bool:
    head, _, method = site.call.callee.rpartition(".")
    return bool(head) and (method in OWN or bool(takers(module, head, site.scope)))
