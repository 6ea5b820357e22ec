"""Projects that speak of Celery and have no app."""

from __future__ import annotations

from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# What the folder of a Django project has, and what it must not have: it would be a package, or have the app.
SITE, OTHERWISE = ("settings", "wsgi"), frozenset(("__init__", "celery"))


def mentions_celery(system: System, inside: str = "/") -> bool:
    """Whether code outside of tests, in a folder of that name, imports Celery, though no app is seen to be made."""
    return any(
        one.module.partition(".")[0] == "celery"
        for module in system.project.looked_at
        if not in_tests(module.path) and inside in f"/{module.path}"
        for one in module.facts.imports
    )


def settings_folder(system: System, name: str) -> list[Module]:
    """The modules of the one folder of a dotted name that holds a Django project's settings, and no `__init__.py`: Python takes it for a package."""
    end = f"/{name.replace('.', '/')}"
    held = [one for path, one in system.project.modules.items() if f"/{path}".rpartition("/")[0].endswith(end)]
    stems = [one.path.rpartition("/")[2].partition(".")[0] for one in held]
    return held if all(stems.count(one) == 1 for one in SITE) and OTHERWISE.isdisjoint(stems) else []
