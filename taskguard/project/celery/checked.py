"""What Django's system checks import: the URL configuration with all that it includes, and the middleware.

A worker with the fix-up runs them before it imports tasks (celery/fixups/django.py, `validate_models`).
"""

from __future__ import annotations

import re

from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.celery.django import setting_pieces, settings_modules
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module

# `include("shop.api_router")`, `include(("shop.routes", "shop"))`, `url(r"^$", "shop.views.index")`: any dotted name may be a module's.
WRITTEN = regex(r"[\"']([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)[\"']")
INCLUDED = regex(r"\binclude\(\s*\(?\s*[\"']([A-Za-z_][\w.]*)[\"']")
CONF = regex(r"^\s*ROOT_URLCONF\s*=\s*[\"']([A-Za-z_][\w.]*)[\"']", re.M)


def checked_modules(service: Service, admin: bool) -> list[Module]:
    """The modules that the checks begin with; `admin` says that Django's admin is installed, whose checks look at the middleware."""
    return [*url_modules(service), *(middleware(service) if admin else ())]


def url_modules(service: Service) -> list[Module]:
    """The modules of the URL configuration: those whose names say so, that of ROOT_URLCONF, and what they include by a string."""
    project = service.project
    made = {
        one.path: one
        for one in project.modules.values()
        if "urls" in one.name.rpartition(".")[2] and one.root in service.roots
    }
    for module in settings_modules(service).modules:
        for name in every(project, module.path, CONF):
            found = project.find(name, module)
            if found is not None:
                made[found.path] = found
    waiting = list(made.values())
    for module in waiting:
        for one in _included(module):
            if one.path not in made:
                made[one.path] = one
                waiting.append(one)
    return list(made.values())


def _included(module: Module) -> list[Module]:
    """The modules that a URL configuration names by strings: other configurations, and views as Django took them up to 1.9."""
    project, made = module.project, []
    names = dict.fromkeys(every(project, module.path, INCLUDED))
    names.update(dict.fromkeys(name for name in every(project, module.path, WRITTEN) if "." in name))
    for name in names:
        found = project.find(name, module) or project.find(name.rpartition(".")[0], module)
        if found is not None and not in_tests(found.path):
            made.append(found)
    return made


def middleware(service: Service) -> list[Module]:
    """The modules of the middleware, which the checks of Django's admin import (django/contrib/admin/checks.py, `check_dependencies`)."""
    names = [
        piece.key.value for piece in setting_pieces(service, "MIDDLEWARE").items if isinstance(piece.key.value, str)
    ]
    found = [service.project.find(name.rpartition(".")[0], service.module) for name in names]
    return [one for one in found if one is not None]
