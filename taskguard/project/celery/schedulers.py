"""Whose beat reads a schedule: Celery's own, or a scheduler with keys and habits of its own."""

from __future__ import annotations

from taskguard.facts.selections import imports_head
from taskguard.project.celery.configuration import configuration
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service

OWN = ("celery.beat:", "celery.beat.")
OTHERS = ("django_celery_beat", "redbeat", "sqlalchemy_celery_beat", "celery_sqlalchemy_scheduler", "celerybeatmongo")


def has_own_beat(service: Service) -> bool | None:
    """False where a scheduler is set, or one of the known ones is installed or imported; None where the setting cannot be told."""
    value = configuration(service).value("beat_scheduler")
    if value.known and str(value.value).startswith(OWN):
        return True
    if value.known or other_at_hand(service):
        return False
    return True if value.absent else None


def other_at_hand(service: Service) -> str:
    """The package of another scheduler that the project installs or imports; empty where it has none."""
    from taskguard.project.celery.installed import installed_apps

    if configuration(service).namespace is not None:
        held = [app.package for app in installed_apps(service).apps if app.package.startswith(OTHERS)]
        if held:
            return held[0].partition(".")[0]
    imported = (
        head
        for module in service.project.looked_at
        if module.root in service.roots and not in_tests(module.path)
        for head in OTHERS
        if imports_head(module.facts, head)
    )
    return next(imported, "")
