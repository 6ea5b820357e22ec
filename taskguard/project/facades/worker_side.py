"""Modules without which a worker does not start, so that all that they import from the project is asked for."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python import text_questions as texts
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

# What each machine has its own of, or a release makes: it may be missing in a checkout though nothing says so.
OWN_COPY = regex(
    r"(?:^|_)(?:local|secrets?|private|credentials?|passwords?|keys?|version|env|overrides?|custom|generated)(?:_|$)"
)


@query
def worker_side(project: Project) -> set[Module]:
    """The modules that declare tasks, those that hold a Celery app or that one is told to import, those that a start of Celery names, and the packages
    around them, tests and examples left out."""
    made = {task.module for task in all_tasks(project)}
    made.update(app_modules(project))
    made.update(told_modules(project))
    made.update(started_modules(project))
    for module in tuple(made):
        name = module.name
        while name := name.rpartition(".")[0]:
            package = project.find(name, module)
            if package is not None:
                made.add(package)
    return {one for one in made if not in_tests(one.path) and not one.unreadable}


def app_modules(project: Project) -> set[Module]:
    """The modules that hold a Celery app."""
    return {service.module for service in celery_of(project).services}


@query
def packaged_apps(project: Project) -> frozenset[tuple[Module, str]]:
    """The packages that hold a Celery app, with its name: it is no module of theirs."""
    services = celery_of(project).services
    return frozenset((one.module, one.variable) for one in services if one.module.is_package and not one.test)


def told_modules(project: Project) -> Iterator[Module]:
    """The modules that the configuration of an app names one by one."""
    for service in celery_of(project).services:
        for one in discovery_of(service).wanted if not service.test else ():
            if one.how in ("imports", "include") and one.path in project.modules:
                yield project.modules[one.path]


def started_modules(project: Project) -> Iterator[Module]:
    """What `celery -A` names in deployment files, where just one module of the project can be meant: it is imported before an app is looked for in it."""
    for name in sorted({one.app.partition(":")[0] for one in project.evidence.deployment.launches}):
        inside = "/" + name.replace(".", "/")
        ends = (f"{inside}.py", f"{inside}/__init__.py")
        held = [module for path, module in project.modules.items() if f"/{path}".endswith(ends)]
        if len(held) == 1:
            yield held[0]


def surely_defines(target: Module, name: str) -> bool:
    """Whether the text of a file that nobody has parsed shows that it defines the name at module level."""
    project = target.project
    unparsed = target.path not in project.looked_at_paths and name.isidentifier()
    return unparsed and texts.defines(project, target.path, name)
