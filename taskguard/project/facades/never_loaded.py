"""Modules that only define something and that nothing loads: no worker, server, framework or runner by its habits, and no other module but such as nothing loads either."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.forgotten import is_named, is_unasked, may_be_published
from taskguard.project.celery.installed import installed_apps
from taskguard.project.celery.loaded import BY_NAME, in_use
from taskguard.project.celery.system import celery_of
from taskguard.project.facades.scratch import SERVED
from taskguard.project.facades.switched_off import passes_by
from taskguard.project.python.imports import imports_of
from taskguard.project.python.scripts import MAIN
from taskguard.project.python.testing import in_test_path, in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Import
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module, Project

# What Django, or a library for it, imports of each installed application.
OF_APPLICATIONS = frozenset(
    "admin apps checks cms_apps cms_plugins cms_toolbars cron documents handlers hooks jobs models plugins receivers rules search_indexes signals"
    " tasks translation wagtail_hooks".split()
)
# What a tool runs that is given no more than a folder.
OF_TOOLS = frozenset("conf config env fabfile locustfile noxfile routing setup sitecustomize server".split())
# Folders of which a framework or a tool loads each file.
SWEPT = regex(
    r"(?:^|/)(?:management/commands|migrations|templatetags|versions|dags|pages|plugins|hooks|functions|lambdas?|patches|spiders)/"
)
# Code that may import what it finds, or what it puts a name together of.
SWEEPS = regex(
    r"\b(?:walk_packages|iter_modules|spec_from_file_location|autodiscover_modules|run_path|find_modules|import_submodules)\("
    r"|\b(?:import_module|import_string|__import__|run_module)\([ \t\n]*(?:[fF][\"']|[^)\n]*(?:\+|%|\.format|\.join))"
    r"|^[^#\n\"']*(?<![\w.])exec\(",
    re.M,
)
SWEEPING = (
    "walk_packages", "iter_modules", "spec_from_file_location", "autodiscover_modules", "run_path", "find_modules", "import_submodules",
    "import_module", "import_string", "__import__", "run_module", "exec(",
)  # fmt: skip
# A program at the top level of a file: whoever runs it by hand loads it. What is tried or asked for first, are imports mostly.
DEFINING = frozenset(("if", "try"))
PROSE = (".md", ".rst")
# What a program of a project's own says, beside the workers of Celery: a script, a site, a server.
PROGRAM = regex(
    r"\b(?:Flask|FastAPI|Sanic|Starlette|Dash|Typer|get_[aw]sgi_application|create_\w*app|execute_from_command_line)\(|\.(?:run|run_polling|run_forever|serve|serve_forever)\("
)
PROGRAMS = (
    "__main__", "Flask(", "FastAPI(", "Sanic(", "Starlette(", "Dash(", "Typer(", "sgi_application(", "app(", "execute_from_command_line(", ".run", ".serve",
)  # fmt: skip
# What is said of what stands in such a module.
NEVER = "nothing loads the module: only what nothing loads itself imports or names it"


@query
def never_loaded(module: Module) -> bool:
    """Whether certainly nothing of a project loads a module: it only defines, no worker imports it, no framework does by its name or place, nothing names
    it or puts the names of modules together, and who imports it, tests included, is loaded by nothing either, as is the configuration of a
    Django application that is not installed. Only where a start of Celery is written down and there is a program beside its workers, or a whole site of Django has
    no app: else the project may be a part of one, or a beginning."""
    project = module.project
    if not is_appless_site(project) and (not is_deployed(project) or tasks_in(module)):
        return False
    if in_test_path(module.path) or _sweeps(project) or not (has_program(project) or is_appless_site(project)):
        return False
    waiting, seen = [module], {module}
    for one in waiting:
        users = None if _may_be_loaded(one) else _users(one)
        if users is None:
            return False
        waiting += [user for user in users if user not in seen]
        seen.update(users)
    return True


@query
def no_worker_loads(module: Module) -> bool:
    """Whether certainly no worker loads a module with tasks: what each of them imports is known and leaves it out, nothing imports or names it, tests included, and nobody
    outside can have it of a distribution, if no worker of its own is deployed. What the bodies of its tasks do wrong, they do to nobody as yet."""
    services = in_use(celery_of(module.project))
    return (
        bool(services and tasks_in(module))
        and all(discovery_of(one).holds(module) is False for one in services)
        and is_unasked(module)
        and (is_deployed(module.project) or not may_be_published(module))
    )


def is_deployed(project: Project) -> bool:
    """Whether a project has workers, and a deployment file says how Celery is started: what its processes load can be followed from there."""
    launches = project.evidence.deployment.launches
    return any(not in_tests(one.path) for one in launches) and bool(celery_of(project).serving)


@query
def has_program(project: Project) -> bool:
    """Whether a project shows something beside the workers of Celery that could load what sends its tasks: a script, a site or a server. Where it shows none, nobody can tell what is loaded."""
    return _has_command(project) or any(
        not in_tests(path) and (finds(project, path, MAIN) or finds(project, path, PROGRAM))
        for path in project.search(*PROGRAMS)
    )


def _has_command(project: Project) -> bool:
    """Whether there is the command that runs a site of Django."""
    commands = (path for path in project.search("DJANGO_SETTINGS_MODULE") if path.rpartition("/")[2] == "manage.py")
    return any(not in_tests(path) for path in commands)


@query
def is_appless_site(project: Project) -> bool:
    """Whether a project is a site of Django, with the command that runs it, and has no app of Celery: no worker loads anything of it."""
    if celery_of(project).services or not project.complete:
        return False
    return _has_command(project)


@query
def _sweeps(project: Project) -> bool:
    """Whether some code of the project may import modules that it does not name."""
    return any(finds(project, path, SWEEPS) for path in project.search(*SWEEPING))


def _may_be_loaded(module: Module) -> bool:
    """Whether something else than an import in another module may load this one."""
    services, last = celery_of(module.project).serving, module.name.rpartition(".")[2]
    if module.is_package or not last or last.startswith("__") or SWEPT.search(module.path) or in_test_path(module.path):
        return True
    if last in OF_TOOLS or (last in BY_NAME | OF_APPLICATIONS and not _of_no_application(module, last)):
        return True
    if any(discovery_of(one).holds(module) is not False for one in services):
        return True
    facts, project, path = module.facts, module.project, module.path
    if facts.failure is not None or any(one.kind not in DEFINING for one in facts.logic):
        return True
    return (
        finds(project, path, MAIN) or finds(project, path, SERVED) or may_be_published(module) or _is_told(module, last)
    )


def _of_no_application(module: Module, last: str) -> bool:
    """Whether a module that Django would load for an application lies in none that is installed, or deeper in one than it looks (`shop.signals.handlers`)."""
    services = celery_of(module.project).serving
    return (
        last in OF_APPLICATIONS
        and bool(services)
        and all(passes_by(one, module) or _lies_deeper(one, module) for one in services)
    )


def _lies_deeper(service: Service, module: Module) -> bool:
    """Whether all installed applications are known, and none of them is the package that a module lies in."""
    held, around = installed_apps(service), module.name.rpartition(".")[0]
    return (
        discovery_of(service).is_django
        and bool(held.apps and around)
        and not held.open
        and module.root in service.roots
        and all(one.package not in (around, "") for one in held.apps)
    )


def _is_told(module: Module, last: str) -> bool:
    """Whether a string of the code has the name of a module, a deployment file a word of it, or what is written about the project all of it. Of words
    that each application has a module of, only whole names say something."""
    project = module.project
    if is_named(module, "", tests=True):
        return True
    word = re.escape(last)
    alone = rf"\}}\.{word}\b"
    if last not in OF_APPLICATIONS:
        alone += rf"|[\"'](?:[\w.]*\.)?{word}(?:[\"']|[:.]\w)|[\"'/]{word}\.py\b"
    if any(finds(project, path, re.compile(alone)) for path in project.search(last) if path != module.path):
        return True
    whole = re.compile(rf"(?<![\w.]){re.escape(module.name)}(?!\w)")
    said = whole if last in OF_APPLICATIONS else re.compile(rf"\b{word}\b")
    told = [*sorted(project.markers), *(path for path in project.notes if not path.endswith(PROSE))]
    return any(finds(project, path, said) for path in told) or any(
        finds(project, path, whole) for path in project.notes
    )


def _users(module: Module) -> list[Module] | None:
    """The modules that import this one, in whatever function they do so; None where an import of its last name may lead to it and cannot be followed."""
    project, last = module.project, module.name.rpartition(".")[2]
    targets, made = imports_of(project).targets, []
    around, word = re.escape(module.name.rpartition(".")[0].rpartition(".")[2]), re.escape(last)
    unparsed = re.compile(rf"\b{around}\.{word}\b|\bfrom[ \t]+\.+{word}\b|\bimport\b[^\n]*\b{word}\b")
    for path in project.search(last):
        other = project.modules[path]
        if other is module:
            continue
        if other.facts.failure is not None and finds(project, path, unparsed):
            return None
        for one in other.facts.imports:
            if one.guard == "type_checking" or last not in (*one.module.split("."), one.name):
                continue
            found = targets(other, one.module, one.name)
            if module.path in found:
                made.append(other)
            elif not found and _may_mean(one, module):
                return None
    return made


def _may_mean(one: Import, module: Module) -> bool:
    """Whether an import is written as one of a module would be from some folder above it (`from shop import rows` of `src/shop/rows.py`)."""
    written = one.module.lstrip(".")
    path = "." + module.path.removesuffix(".py").replace("/", ".")
    return any(path.endswith(f".{name}") for name in (written, f"{written}.{one.name}".lstrip(".")))
