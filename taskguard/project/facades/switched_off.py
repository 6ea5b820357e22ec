"""Modules that nobody imports, whatever they import themselves: tasks of a Django application that is not installed, which autodiscovery passes by, and
what lies among the tests and no runner collects."""

from __future__ import annotations

import re

from taskguard.facts.questions import every, finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.forgotten import all_forgotten, has_no_worker, is_named, is_unasked, is_unloaded
from taskguard.project.celery.installed import Installed, installed_apps
from taskguard.project.celery.loaded import importing
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.scratch import scratch
from taskguard.project.python.aside import is_imported
from taskguard.project.python.commented import LISTED, taken_out_of
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name
from taskguard.project.python.scripts import MAIN
from taskguard.project.python.testing import in_test_path, in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.project.tasks.missed import is_missed
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module

# Modules of which an application of Django has one.
OF_AN_APP = ("apps", "models", "migrations", "admin")
# What a runner of tests may collect or load by its name.
COLLECTED = regex(r"test|spec|conftest|__init__|__main__|manage", re.IGNORECASE)
CHOSEN = regex(r"\bpython_files\b")


@query
def switched_off(module: Module) -> str:
    """The Django application around a module of tasks, where it is installed in no deployment, no worker imports the module and nothing outside of the
    application imports or names it; empty where somebody may run it."""
    application = _application(module)
    if not application or in_tests(module.path) or not tasks_in(module):
        return ""
    services = celery_of(module.project).serving
    if not any(passes_by(one, module) for one in services):
        return ""
    held = [discovery_of(one) for one in services]
    answers = [one.holds(module) for one in held]
    # A name that is put together may be any; what somebody took off the list is not meant by it.
    if True in answers or (None in answers and (any(one.open for one in held) or not _is_struck(module, application))):
        return ""
    return "" if _is_imported(module, application) or is_named(module, application) else application


@query
def retired(module: Module) -> str:
    """The Django application around a module, where sites install others of the project and not this one, and no file outside of it imports or names it or what
    lies in it; empty where somebody may run it."""
    application, project = _application(module), module.project
    services = celery_of(project).serving
    if not application or not services or in_tests(module.path):
        return ""
    for one in services:
        held = installed_apps(one)
        own = any(project.reached_by(app.package, one.module) is not None for app in held.apps)
        if not own or module.root not in one.roots or _is_installed(held, module):
            return ""
        # What a machine adds by itself, and a name that is put together, is not what somebody took off the list.
        loaded = discovery_of(one).holds(module)
        if loaded or ((held.open or loaded is None) and not _is_struck(module, application)):
            return ""
    return "" if is_imported(project, application, module) else application


def not_run(module: Module) -> str:
    """Why what a module imports may be imported by nobody; empty where somebody does."""
    application = switched_off(module)
    if application:
        return f"{application} is not installed, and nothing else imports its tasks"
    application = retired(module)
    if application:
        return f"{application} is not installed, and nothing else imports anything of it"
    if _left_over(module):
        return "no worker imports it, and a comment keeps the import of it or its app"
    if _forgotten(module):
        return "no worker imports it, nothing else imports or names it, and nobody sends its tasks"
    if all_forgotten(module) and not finds(module.project, module.path, MAIN):
        return "no worker surely imports it, nothing else imports or names it, and nobody sends or names its tasks"
    if scratch(module):
        return "somebody ran it by hand to try something out, and nothing else runs, imports or names it"
    return "it lies among the tests, where no runner collects it and nothing imports it" if _uncollected(module) else ""


@query
def _left_over(module: Module) -> bool:
    """Whether no worker imports a module of tasks, nothing else imports or names it, its tests included, and an import of it, its name in a list, or
    the app that it imports was commented out."""
    if in_tests(module.path):
        return False
    # Without its app the project knows of no tasks in it.
    if not _app_in_comment(module) and not (tasks_in(module) and (taken_out_of(module) or _listed_in_comment(module))):
        return False
    return is_unloaded(module)


@query
def _forgotten(module: Module) -> bool:
    """Whether no worker imports a module of tasks, nothing else imports or names it, its tests included, nobody sends one of its tasks, and nobody runs
    it by hand."""
    tasks = () if in_tests(module.path) else tasks_in(module)
    if not tasks or finds(module.project, module.path, MAIN) or any(map(is_missed, tasks)):
        return False
    return has_no_worker(module)


def _listed_in_comment(module: Module) -> bool:
    """Whether a line that is a comment names a module as a list of a worker's imports does: `# "shop.mail",`."""
    project = module.project
    held = (path for path in project.holders(module.name) if not in_tests(path))
    return any(module.name in every(project, path, LISTED) for path in held)


def _app_in_comment(module: Module) -> bool:
    """Whether a module makes tasks under an app that is commented out where it comes from: `# app = Celery("shop")`."""
    for one in module.facts.imports:
        if one.scope or not one.name or one.name == "*":
            continue
        target = module.project.find(absolute_name(module, one.module), module)
        # Words first: who asks for patterns and names reads whole files.
        if target is None or not holds(module.project, module.path, f"@{one.bound or one.name}.task"):
            continue
        made = re.compile(rf"^[ \t]*#+[ \t]*{re.escape(one.name)}[ \t]*=[ \t]*Celery\(", re.M)
        if finds(module.project, target.path, made) and binds_name(target, one.name) is False:
            return True
    return False


def _uncollected(module: Module) -> bool:
    """Whether a file of the tests has no name by which a runner finds it, and no code imports or names it."""
    project, last = module.project, module.path.rpartition("/")[2]
    if not in_test_path(module.path) or COLLECTED.search(last) or tasks_in(module):
        return False
    if any(finds(project, path, CHOSEN) for path in sorted(project.markers)):
        return False
    return is_unasked(module)


def _application(module: Module) -> str:
    """The nearest package around a module that is made as applications of Django are."""
    name = module.name
    while name := name.rpartition(".")[0]:
        if any(module.project.find(f"{name}.{one}", module) is not None for one in OF_AN_APP):
            return name
    return ""


def passes_by(service: Service, module: Module) -> bool:
    """Whether a worker looks for tasks in all installed applications, these are all known, and none of them is a package around the module."""
    discovery = discovery_of(service)
    if module.root not in service.roots or not discovery.is_django:
        return False
    held, searched = installed_apps(service), discovery.packages
    if held.open or not held.apps or any(searched.isdisjoint((one.package, one.written)) for one in held.apps):
        return False
    return not _is_installed(held, module)


def _is_installed(held: Installed, module: Module) -> bool:
    """Whether an installed application is a package around a module."""
    return any(f"{module.name}.".startswith(f"{one.package}.") for one in held.apps)


def _is_struck(module: Module, application: str) -> bool:
    """Whether an application is commented out of a list of the settings: `# "mail",` in a file that has INSTALLED_APPS."""
    project = module.project
    listed = (path for path in project.search("INSTALLED_APPS") if not in_tests(path))
    names = (name for path in listed if project.is_readable(path) for name in every(project, path, LISTED))
    return any(f"{name}.".startswith(f"{application}.") for name in names)


def _is_imported(module: Module, application: str) -> bool:
    """Whether a module outside of the application imports this one, in turn: who lies in it is no better off."""
    waiting, seen = [module], {module}
    for target in waiting:
        for user in importing(module.project, target):
            if not user.name.startswith(f"{application}."):
                return True
            if user not in seen:
                seen.add(user)
                waiting.append(user)
    return False
