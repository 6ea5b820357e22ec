"""Classes of SQLAlchemy that relationships of a worker's models name, and that no module of the worker defines: SQLAlchemy looks for them at the first query."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Const
from taskguard.facts.questions import holds
from taskguard.facts.selections import own_imports
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.loaded import in_use
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.registration.text_questions import classes_in, related_names, times_named
from taskguard.project.python.imports import imports_of
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from taskguard.facts.model import Import
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project

# Words of which one stands in each file that defines a class of SQLAlchemy.
MAPPING = ("sqlalchemy", "sqlmodel", "db.Model")
# Attributes that only a class with a table has.
TABLES = ("__tablename__", "__table__")
# What may load any module, or define classes that nobody writes down.
ANY = ("import_module", "__import__", "import_string", "walk_packages", "iter_modules", "find_modules", "run_module", "automap_base", "DeferredReflection")  # fmt: skip
# Who asks the database for something has one.
SESSIONS = ("session", "Session")


class _Told(Record):
    """A relationship in a module of a worker, with the class that it names and the module of that."""

    module: Module
    line: int
    name: str
    home: Module


def unmapped_classes(system: System) -> Iterator[Fault]:
    """One for each app."""
    project = system.project
    holders = [path for path in project.search("relationship(", "Relationship(") if not in_tests(path)]
    if not holders or not project.complete:
        return
    for service in in_use(system):
        found = discovery_of(service)
        if service.test or found.open or found.loose or found.is_django:
            continue
        told = _told(service, holders)
        if told:
            yield _fault(service, told)


def _told(service: Service, holders: list[str]) -> list[_Told]:
    project = service.project
    loaded = _at_load(service)
    named = [
        (project.modules[path], line, name)
        for path in holders
        if path in loaded
        for line, name in related_names(project, path)
    ]
    homes = _homes(project, {name for _, _, name in named})
    # Only where no text has the class is a file parsed for it.
    away = {name: held for name, held in homes.items() if loaded.isdisjoint(held)}
    lost = {name: held for name, held in away.items() if _has_table(project, name, held)}
    if not lost or loaded.isdisjoint(task.path for task in all_tasks(project)):
        return []
    later = _at_work(service, loaded)
    if _say(project, later, ANY) or not _say(project, later, SESSIONS):
        return []
    return [
        _Told(module, line, name, project.modules[lost[name][0]])
        for module, line, name in named
        if name in lost and later.isdisjoint(lost[name])
    ]


def _say(project: Project, paths: set[str], words: tuple[str, ...]) -> bool:
    """Whether one of these files holds one of the words."""
    return any(holds(project, path, *words) for path in sorted(paths.intersection(project.search(*words))))


def _homes(project: Project, names: set[str]) -> dict[str, list[str]]:
    """The files that may define classes of SQLAlchemy with these names."""
    made: dict[str, list[str]] = {}
    for path in project.search(*MAPPING) if names else ():
        if not in_tests(path):
            for name in names.intersection(classes_in(project, path)):
                made.setdefault(name, []).append(path)
    return made


def _has_table(project: Project, name: str, paths: list[str]) -> bool:
    """Whether a class in one of these files surely has a table."""
    held = (project.modules[path].klass(name) for path in paths)
    return any(
        one is not None
        and (
            one.sets(*TABLES)
            or any(
                word.name == "table" and isinstance(word.value, Const) and word.value.value is True
                for word in one.keywords
            )
        )
        for one in held
    )


def _at_load(service: Service) -> Set[str]:
    """The files that a worker loads when it starts, branches that it may not take among them."""
    found = discovery_of(service)
    made, queue = dict[str, None](), list(found.plain)
    for path in queue:
        if path not in made:
            made[path] = None
            module = service.project.modules[path]
            queue += (*found.graph.parents(module), *found.graph.imported(module))
    return made.keys()


def _at_work(service: Service, loaded: Set[str]) -> set[str]:
    """The files that it may load, those among them that functions import which somebody may call there."""
    project = service.project
    every = _closed(project, loaded, frozenset())
    return _closed(project, loaded, every)


def _closed(project: Project, loaded: Set[str], callers: Set[str]) -> set[str]:
    """The files to which imports lead from others; those in functions that none of the `callers` names left out, where there are any."""
    made, queue = set(loaded), list(loaded)
    for path in queue:
        module = project.modules[path]
        for one in _leading(project, module, callers):
            if one not in made:
                made.add(one)
                queue.append(one)
    return made


def _leading(project: Project, module: Module, callers: Set[str]) -> Iterator[str]:
    held = imports_of(project)
    yield from held.packages(module)
    written = held.written(module.path) if not callers else None
    if written is not None:
        for name, member in written:
            yield from held.targets(module, name, member)
        return
    for one in own_imports(module.facts, project.heads) if not module.unreadable else ():
        if one.guard != "type_checking" and not (callers and _is_uncalled(project, module, one, callers)):
            yield from held.targets(module, one.module, one.name)


def _is_uncalled(project: Project, module: Module, one: Import, callers: Set[str]) -> bool:
    """Whether an import stands in a plain function of a module that no other file of these names, and the own one no second time."""
    function = module.function(one.scope) if one.scope and "." not in one.scope else None
    if function is None or function.decorators:
        return False
    others = callers & set(project.search(function.name)) - {module.path}
    named = any(times_named(project, path, function.name) for path in sorted(others))
    return not named and times_named(project, module.path, function.name) == 1


def _fault(service: Service, told: list[_Told]) -> Fault:
    first = told[0]
    homes = list(dict.fromkeys(one.home.name for one in told))
    more = f" (and {len(homes) - 1} more)" if len(homes) > 1 else ""
    return Fault(
        service.path,
        service.span,
        f"the worker loads {first.module.name}, where a relationship names {first.name}, and nothing that it loads imports {first.home.name}{more}: each query of its models fails",
        f"import {', '.join(homes[:3])} where the worker loads it: in the package of the models, or beside the app",
        symbol=service.dotted,
        related=tuple(Related(one.module.path, one.line, f"names {one.name}") for one in told[:3]),
        depends=tuple(dict.fromkeys(path for one in told for path in (one.module.path, one.home.path))),
        certain=False,
    )
