"""What a worker may import besides what is certain: kinds of starts of which the project's text does not tell whether, or how, they happen."""

from __future__ import annotations

import re

from taskguard.facts.import_selections import imports_in
from taskguard.facts.questions import every, finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.checked import url_modules
from taskguard.project.celery.django import may_have_old_loader, named_objects
from taskguard.project.celery.entries import WEB, documented, entry_modules, launched, started_by, written_down
from taskguard.project.celery.imports import Graph, Reached, Startup, is_torn
from taskguard.project.celery.registered import tasks_of
from taskguard.project.celery.starting import LATE_SIGNALS, function_at, late_handlers
from taskguard.project.celery.system import celery_of
from taskguard.project.python import text_questions as texts
from taskguard.project.python.copied import copied_as
from taskguard.project.python.names import absolute_name
from taskguard.project.python.old_python import speaks_python_2
from taskguard.project.python.requirements import is_required
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Import
    from taskguard.project.celery.model import Service, Wanted
    from taskguard.project.python.project import Module, Project

    class Told(Protocol):
        """What is known of a worker's start before anything is guessed; as `discovery.Discovery` has it."""

        service: Service
        graph: Graph
        startup: Startup
        starts: tuple[Module, ...]
        wanted: tuple[Wanted, ...]
        loose: dict[str, str]
        listed: list[tuple[str, str, str, Span]]

        @property
        def is_django(self) -> bool: ...
        def may_come_upon(self, module: Module) -> bool: ...


FEW_STEPS = 5  # from one file that hands a name on to the next
COMPUTED = "modules are imported by a computed name"
ELSEWHERE = "the worker is told of a module that would be this one if imports counted from another folder"
RENAMED = (
    "the worker is told of a module that ends like this one, under a package that the project's folder may be called"
)
# Code that becomes a worker itself.
BECOMES = regex(
    r"\.worker_main\(|\bcelery_main\(|\bcall_command\(\s*[\"']celery|\.Worker\(|\bWorkController\(|\bcelery\.bin\b|\bcelery\.apps\.worker\b|\bcelery\.__main__\b"
)
# One of these stands in each file with such code.
WORDS = (
    ".worker_main(",
    "celery_main(",
    ".Worker(",
    "WorkController(",
    "celery.bin",
    "celery.apps.worker",
    "celery.__main__",
)
COMMAND, COMMANDED = "call_command(", ("'celery", '"celery')
UNPACKED = regex(r"^\(?\w+(?:[ ]*,[ ]*\w+)+\)?[ ]*=[ ]*([\w.]+)\(", re.M)
# Commands of a framework load its application before they run.
COMMANDS = regex(r"\bclick\b|\bcli\.command\b|\bFlaskGroup\b|\bflask\b|\btyper\b")


def guesses(held: Told) -> Iterator[tuple[str, Reached]]:
    """What may be imported, with the reason."""
    service, graph, startup = held.service, held.graph, held.startup
    found = service.project.modules.values()
    starts = [one for one in found if may_be_found(held, one)] if held.loose else []
    # What Django's `autodiscover_modules("packs")` and the like come upon imports others in turn.
    starts += [one for one in found if held.may_come_upon(one) and not in_tests(one.path)]
    starts += named_objects(service) if held.is_django else []
    yield COMPUTED, graph.reached(starts, startup, unparsed=True)
    yield ELSEWHERE, graph.reached(from_elsewhere(held), startup, unparsed=True)
    yield RENAMED, graph.reached(under_another_head(held), startup, unparsed=True)
    if not held.is_django and may_have_old_loader(service):
        named_so = [one for one in found if one.name.rpartition(".")[2] == "tasks" and one.root in service.roots]
        told = "django-celery looks for tasks in the installed applications, and the settings are not among the files"
        yield told, graph.reached(named_so, startup, unparsed=True)
    if told_by_commands(service):
        anything = Reached()
        anything.dynamic["", ""] = None
        yield "no start of its worker is written anywhere, and another start names modules with --include", anything
    begun = (*held.starts, *(url_modules(service) if held.is_django else ()))
    if any(is_torn(one) for one in found):
        told = "a file that the worker may import cannot be read as a whole, and may import more than can be told"
        yield told, Graph(service.project, torn=True).reached(begun, startup, unparsed=True)
    if speaks_python_2(service.project) is None:
        told = "in Python 2 an import may mean a module beside"
        yield told, Graph(service.project, old=True, torn=True).reached(begun, startup, unparsed=True)
    late = Startup(late_handlers, tuple(LATE_SIGNALS), startup.started, startup.calls)
    if service.project.search(*LATE_SIGNALS):
        told = "a signal imports modules when a process of the worker starts"
        yield told, graph.reached(held.starts, late, unparsed=True)
    steps = [one for one in held.starts if holds(service.project, one.path, "bootsteps")]
    yield "a step of the worker's start may import modules", graph.reached(steps, everything(), unparsed=True)
    if not launched(service, own=True):
        for module in configuring(service):
            told = f"no deployment file says whether a worker starts from {module.name}"
            yield told, graph.reached([module], startup, unparsed=True)
    told_of = documented(service)
    for module in told_of:
        told = f"a start of a worker from {module.name} is written down"
        yield told, graph.reached([module], startup, unparsed=True)
    if not told_of and not launched(service, own=True):
        for module in binding(held):
            told = f"nothing says whether a worker starts from {module.name}, which has the app"
            yield told, graph.reached([module], startup, unparsed=True)
    for module in becoming(service):
        told = f"{module.name} starts a worker within its own process"
        yield told, graph.reached([module, *commanding(module)], everything(), unparsed=True)


def everything() -> Startup:
    """All functions of a module, whoever calls them."""
    return Startup(lambda module: tuple(one.qualname for one in module.facts.functions), ("def ",))


def may_be_found(held: Told, module: Module) -> bool:
    """Whether a computed list of packages may name the module."""
    if in_tests(module.path) and not in_tests(held.service.path):
        return False
    return module.name.rpartition(".")[2] in held.loose or ("" in held.loose and module.is_package)


def from_elsewhere(held: Told) -> list[Module]:
    """The modules whose names end like one that the worker is told to import and that is nowhere: their folder may be put on the path
    in a way that is not understood."""
    gone = {one.name for one in held.wanted if not one.path and one.name}
    gone.update(one.package for one in held.wanted if one.package)
    gone -= held.service.project.by_name.keys()
    made = []
    for module in held.service.project.modules.values() if gone else ():
        rest = module.name.partition(".")[2]
        while rest:
            if rest in gone and not in_tests(module.path):
                made.append(module)
                break
            rest = rest.partition(".")[2]
    return made


def under_another_head(held: Told) -> list[Module]:
    """The modules that a worker is told of if the first parts of what it is told are folders above the project: `COPY . /app/backend/`, and
    `include=["backend.tasks"]`."""
    project = held.service.project
    told = {one.name for one in held.wanted if one.how in ("imports", "include") and not one.path}
    for package, related, _, _ in held.listed:
        told.update((package, f"{package}.{related}" if related else package))
    told.update(launch.app.partition(":")[0] for launch in project.evidence.deployment.launches)
    copied = {target.rpartition("/")[2] for _, target, _ in project.evidence.deployment.mounts}
    made: dict[str, Module] = {}
    for name in sorted(told):
        head, _, rest = name.partition(".")
        image = copied_as(project, name)
        if image is not None and not in_tests(image[0].path):
            made[image[0].path] = image[0]
        if not rest or head == "celery" or has_head(project, head):
            continue
        library = head not in copied and is_required(project, head)
        while rest:
            module = project.find(rest, held.service.module)
            if module is not None and not in_tests(module.path) and ("." in rest or not library):
                made[module.path] = module
                break
            rest = rest.partition(".")[2]
    return list(made.values())


def has_head(project: Project, head: str) -> bool:
    """Whether a folder or file of the project is called so, wherever it lies."""
    return head in project.by_name or any(f"/{head}/" in f"/{path}" for path in project.modules)


def told_by_commands(service: Service) -> bool:
    """Whether a command that starts another worker of the project names the modules of its tasks, and none that starts this one is written anywhere."""
    launches = [*service.project.evidence.deployment.launches, *written_down(service.project)]
    return any(one.include for one in launches) and not started_by(service, launches)


def configuring(service: Service) -> list[Module]:
    """The modules beside the app's that set its configuration at module level, such as a schedule: a worker, or beat, may be started with one."""
    made = {
        one.module.path: one.module
        for one in celery_of(service.project).statements(service)
        if not one.scope and one.module is not service.module and not in_tests(one.module.path)
    }
    return [one for one in made.values() if one.name.rpartition(".")[2].lower() not in WEB]


def binding(held: Told) -> list[Module]:
    """The modules besides the app's own that bind the app, by an import or as a part of what a function gives: those without tasks, and the
    module with tasks where it is the only one and the app is not told what to import."""
    service = held.service
    told = any(one.how in ("imports", "include", "autodiscover") for one in held.wanted)
    known = [service.path, *(one.path for one in entry_modules(service))]
    declaring = {task.module.path for task in tasks_of(service) if not in_tests(task.module.path)}
    project = service.project
    importing = project.importing_from({service.module.name.rpartition(".")[2]})
    made = []
    for path in sorted({*(one.path for one in project.looked_at), *importing}):
        module = project.modules[path]
        if module.path in known or in_tests(module.path) or module.name.rpartition(".")[2].lower() in WEB:
            continue
        if not tasks_in(module) or (declaring == {module.path} and not told):
            own = imports_in(module.facts, project.heads, "")
            bound = [one.bound for one in own if one.bound and not _surely_no_app(service, module, one)]
            if any(celery_of(service.project).apps.at(module, name) is service for name in bound) or unpacks(
                service, module
            ):
                made.append(module)
    return made


def _surely_no_app(service: Service, module: Module, one: Import) -> bool:
    """Whether texts show that an import gives a function or class of another module than the app's: no file is parsed to know that of most imports."""
    project, name = service.project, one.name or ""
    current, written = module, one.module
    if len(module.entries(one.bound)) != 1:
        return False
    for _ in range(FEW_STEPS):
        if not name or name == "*" or "celery" in written.partition(".")[0].lower():
            return False
        target = project.find(absolute_name(current, written), current)
        if target is None or target is service.module or target.path in project.looked_at_paths:
            return False
        if texts.only_defined(project, target.path, name):
            return True
        told = texts.sources_of(project, target.path, name)
        if told is None or told[1] or told[2]:
            return False
        given = told[0]
        if len(given) != 1 or not texts.only_imported(project, target.path, name):
            return False
        current, written = target, given[0]
    return False


def unpacks(service: Service, module: Module) -> bool:
    """Whether a module takes apart what a function gives that may give the app among others: `app, celery = create_app()`."""
    for name in every(service.project, module.path, UNPACKED):
        called = function_at(module, name, "")
        if called is not None and (
            called[0] is service.maker or service.path in celery_of(service.project).graph.imported(called[0])
        ):
            return True
    return False


def becoming(service: Service) -> list[Module]:
    """The modules, besides those a worker is known to start from, whose code becomes a worker."""
    project = service.project
    known = {service.path, *(one.path for one in entry_modules(service))}
    made = []
    told = {path for path in project.search(*COMMANDED) if holds(project, path, COMMAND)}
    for path in sorted(told.union(project.search(*WORDS))):
        module = project.modules[path]
        if path in known or in_tests(module.path) or not finds(project, path, BECOMES):
            continue
        if module.root in service.roots:
            made.append(module)
    return made


def commanding(module: Module) -> list[Module]:
    """The modules that import a module with a command, in turn: the application that the command is one of."""
    project = module.project
    if not finds(project, module.path, COMMANDS):
        return []
    made = {module.path: module}
    for one in (waiting := [module]):
        last = one.name.rpartition(".")[2]
        for path in project.search(last) if last and len(made) < 60 else ():
            other = project.modules[path]
            if path not in made and not in_tests(other.path) and names(other, one):
                made[path] = other
                waiting.append(other)
    return list(made.values())


def names(other: Module, one: Module) -> bool:
    """Whether a module imports another, at module level or in a function."""
    targets = celery_of(other.project).graph.targets
    return any(one.path in targets(other, held.module, held.name) for held in other.facts.imports)
