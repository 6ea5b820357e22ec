"""Whether the workers of a project import a module."""

from __future__ import annotations

from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.system import celery_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.discovery import Discovery
    from taskguard.project.python.project import Module


def holds_each(found: list[Discovery], module: Module) -> list[bool | None]:
    """What each says of a module; True alone where one names it, or what a named module imports: then the others need not be asked."""
    if any(module.path in one.plain for one in found) or any(module.path in one.named for one in found):
        return [True]
    return [one.holds(module) for one in found]


def is_discovered(module: Module) -> bool | None:
    """Whether the worker of some service imports a module: False only where surely none does; None too where there is no service."""
    found = [discovery_of(one) for one in celery_of(module.project).serving]
    answers = holds_each(found, module)
    if True in answers:
        return True
    return None if None in answers or not answers else False
