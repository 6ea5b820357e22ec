"""Settings that the module of an app writes down as variables of its own: nobody hands them to the app."""

from __future__ import annotations

import re

from taskguard.facts.model import Binding, Const, Dict, Seq
from taskguard.facts.questions import every, finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.loaded import importing, in_use
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.setting_defaults import DEFAULTS
from taskguard.project.celery.setting_names import names
from taskguard.project.celery.unnamed import BY_DEFAULT, NAMED_OUTSIDE, doubtful_source
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.read_by_project import read_elsewhere
from taskguard.project.diagnosis.settings.text_questions import is_named
from taskguard.project.python.testing import in_put_aside, in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module, Project

# Settings that change nothing where they are lost, but where tasks go and when they run.
WANTED = ("task_routes", "task_queues", "task_annotations", "beat_schedule")
# Names for the modules that a worker imports. Such a list is lost only where the worker misses one of them.
IMPORTED = {"CELERY_IMPORTS": "imports", "CELERY_INCLUDE": "include"}
# How settings begin that no variable is called by chance; `broker_url` and `timezone` may be.
SECTIONS = ("task_", "worker_", "beat_", "result_expires", "result_extended", "result_persistent")
# What takes all variables of a module: Flask's `config.from_object(__name__)`, `app.conf.update(globals())`.
WHOLE = ("globals(", "locals(", "vars(", "sys.modules", "(__name__, ", "from_object(__name__")
# How the names end under which a schedule alone is written down: `CELERY_BEAT_SCHEDULE`, `STOCK_BEAT_SCHEDULE`.
SCHEDULES = ("beat_schedule", "BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE")
# What takes a module, or something out of it, by a name in a string.
LOADING = ("import_module", "import_string", "__import__", "from_object", "symbol_by_name")
# What a module does by itself when it is run, or to an app; `from django.conf import settings` is neither.
ACTS = regex(r"__main__|(?<!\bdjango)\.conf|add_periodic_task|setup_periodic_tasks")
# Words in the path of a module that somebody outside the code may name, or copy from; those in `FOLDERS` say so of a file alone.
FOLDERS = frozenset("conf config configs common".split())
SOURCES = frozenset(
    "settings setting conf config configs configuration celeryconfig env envs components base common local prod production"
    " dev development staging example examples sample samples template templates snippets plugin plugins migrations".split()
)
# Those of them that a module may have in its name and be no source: nobody names it, and it is not called as Celery looks for it by itself.
OWN_SOURCES = frozenset("settings setting conf config configs configuration".split())
# Words that say of such a module that it is for Celery alone.
FOR_CELERY = frozenset("celery beat schedule schedules scheduler".split())
LOADS = regex(r"\b(?:from_object|from_pyfile|from_envvar|config_from_envvar)\(")


def stranded(system: System) -> Iterator[Fault]:
    """Each variable once."""
    seen: set[tuple[str, str]] = set()
    taken = {path for service in system.services for path in _read(service)}
    for service in in_use(system):
        for module in dict.fromkeys((service.module, service.maker)):
            if in_tests(module.path):
                continue
            plain = [(one, one) for one in module.table() if one.startswith(SECTIONS) and one in names().new]
            for written, setting in (*_candidates(), *plain):
                entries = module.entries(written)
                if len(entries) != 1 or (module.path, written) in seen:
                    continue
                if not (_lost(service, setting, entries[0]) or _switched(service, setting, entries[0])):
                    continue
                if written in IMPORTED and not _is_missed(service, entries[0]):
                    continue
                if _is_taken(module, taken):
                    break
                seen.add((module.path, written))
                if not read_elsewhere(system.project, written):
                    yield Fault(
                        module.path, entries[0].span, f"{written} is a variable of this module that nothing reads: {service.dotted} does not get it",
                        f"set it on the app: `{service.dotted.rpartition('.')[2]}.conf.{setting} = …`", symbol=written, depends=configuration(service).sources,
                    )  # fmt: skip


def unhanded(system: System) -> Iterator[Fault]:
    """Schedules that a module which makes no app writes down, and that nothing takes from it."""
    services = list(in_use(system))
    for module, written in _unhanded(system):
        if _is_put_aside(services, module.entries(written)[0]):
            continue
        app = services[0].dotted.rpartition(".")[2]
        advice = f"set it on the app: `{app}.conf.beat_schedule = {written}`"
        if module.name.rpartition(".")[2] == BY_DEFAULT:
            advice = f'have the app read it: `{app}.config_from_object("{module.name}")`'
        yield Fault(
            module.path, module.entries(written)[0].span, f"{written} is a variable of this module that nothing reads: no app gets it, and nothing of it is ever due",
            advice, symbol=written,
            depends=tuple(dict.fromkeys(file for one in services for file in configuration(one).sources)),
        )  # fmt: skip


def is_unhanded(system: System, path: str, line: int) -> bool:
    """Whether a line stands in a schedule that nothing takes from its module."""
    entries = (one.entries(written)[0] for one, written in _unhanded(system) if one.path == path)
    spans = (entry.value.span for entry in entries if isinstance(entry, Binding) and entry.value is not None)
    return any(one.line <= line <= one.end_line for one in spans)


@query
def _unhanded(system: System) -> tuple[tuple[Module, str], ...]:
    """The modules with such a schedule, and the names of these."""
    return tuple(_stranded_schedules(system))


def _stranded_schedules(system: System) -> Iterator[tuple[Module, str]]:
    project, services = system.project, list(in_use(system))
    if not services or any(configuration(one).open and _has_source(system, one) for one in services):
        return
    taken = {path for service in system.services for path in _read(service)} - _left_alone(services)
    apps = {module for service in services for module in (service.module, service.maker)}
    for path in project.search(*SCHEDULES):
        module = project.modules[path]
        if module in apps or not _may_be_lost(module) or _is_taken(module, taken):
            continue
        for written in (one for one in module.table() if one.endswith(SCHEDULES)):
            entries = module.entries(written)
            if len(entries) == 1 and _is_schedule(entries[0]) and not _is_handed(module, written):
                yield module, written


def _left_alone(services: list[Service]) -> set[str]:
    """The file `celeryconfig.py` that an app would read if its environment said so, where deployment files start its beat and say nothing of the kind."""
    return {doubtful_source(one) for one in services if _has_beat(one.project)}


def _has_beat(project: Project) -> bool:
    """Whether deployment files start beat, each of them of an app that is named there: without a name Celery's default loader reads `celeryconfig`."""
    held = project.evidence.deployment
    launches = [one for one in held.launches if not in_tests(one.path)]
    return not held.unclear and any(one.beat for one in launches) and all(one.app for one in launches)


def _has_source(system: System, service: Service) -> bool:
    """Whether an app is told where all its settings stand: by a name that cannot be told it may be any module."""
    given = any(one.kind.startswith("config_from_") for one in system.statements(service))
    return (
        given
        or service.call.keyword("config_source") is not None
        or bool(service.project.search("CELERY_CONFIG_MODULE"))
    )


def _may_be_lost(module: Module) -> bool:
    """Whether a module is of those that nobody names from outside: no settings, no script to copy from."""
    folder, _, file = module.path.removesuffix(".py").lower().rpartition("/")
    above, own = set(re.split(r"[^a-z0-9]+", folder)) - FOLDERS, set(re.split(r"[^a-z0-9]+", file))
    if not module.name or in_tests(module.path) or in_put_aside(module.path):
        return False
    if own == {BY_DEFAULT}:
        return not above & SOURCES and _has_beat(module.project) and _is_named_nowhere(module)
    if (above | own) & SOURCES and not (own & FOR_CELERY and not (above | own - OWN_SOURCES) & SOURCES):
        return False
    if holds(module.project, module.path, "INSTALLED_APPS"):
        return False
    return not own & SOURCES or _is_named_nowhere(module)


def _is_named_nowhere(module: Module) -> bool:
    """Whether nobody imports a module, not even a file that a package hides, no string of the code and no file of a deployment has its name, and none tells Celery of a module with settings."""
    project, last = module.project, module.name.rpartition(".")[2]
    if any(importing(project, module, True)):
        return False
    named = re.compile(rf"[\"'/.]{re.escape(last)}(?:[\"':.])")
    if any(finds(project, path, named) for path in project.holders(last) if path != module.path):
        return False
    word = re.compile(rf"\b{re.escape(last)}\b")
    if any(finds(project, path, word) for path in sorted(project.unloaded)):
        return False  # what is lost is the file that takes it
    outside = [path for path in sorted(project.markers) if project.is_readable(path)]
    return not any(finds(project, path, word) or finds(project, path, NAMED_OUTSIDE) for path in outside)


def _is_schedule(entry: object) -> bool:
    """Whether a binding writes out entries of a schedule, each with its task."""
    if not isinstance(entry, Binding) or entry.guard or not isinstance(entry.value, Dict):
        return False
    keys = [
        {key.value for key, _ in held.items if isinstance(key, Const)} if isinstance(held, Dict) else set()
        for _, held in entry.value.items
    ]
    return bool(keys) and all({"task", "schedule"} <= one for one in keys)


def _named(entry: object) -> Iterator[str]:
    """The names of the tasks that a schedule has entries for; an empty one for a name that is not written out."""
    if isinstance(entry, Binding) and isinstance(entry.value, Dict):
        for _, held in entry.value.items:
            found = [value for key, value in held.items if isinstance(key, Const) and key.value == "task"] if isinstance(held, Dict) else []  # fmt: skip
            yield found[0].value if len(found) == 1 and isinstance(found[0], Const) and isinstance(found[0].value, str) else ""  # fmt: skip


def _is_put_aside(services: list[Service], entry: object) -> bool:
    """Whether the settings have the entries of a schedule commented out, and those that they have not, in force: whoever wrote them had all before him."""
    names = set(_named(entry))
    aside = {name for name in names if name and any(_is_commented(service, name) for service in services)}
    return bool(aside) and all(
        any(one.task.value == name for service in services for one in beat_of(service)) for name in names - aside
    )


def _is_commented(service: Service, name: str) -> bool:
    """Whether an entry of the schedule for a task is commented out in the settings of an app."""
    said = re.compile(rf"^[ \t]*#[^\n]*\btask[\"']?[ \t]*[:=][ \t]*[\"']{re.escape(name)}[\"']", re.M)
    return any(finds(service.project, path, said) for path in configuration(service).sources)


def _is_handed(module: Module, written: str) -> bool:
    """Whether the module itself has the name a second time, who imports the module has it too, or a string names the module."""
    project, last = module.project, module.name.rpartition(".")[2]
    importers = list(importing(project, module, True))
    # An `__all__` alone hands it to nobody.
    own = list(every(project, module.path, re.compile(rf"(?<![\"'])\b({written})\b")))
    if len(own) != 1 and (importers or finds(project, module.path, ACTS)):
        return True
    named = re.compile(rf"[\"'/.]{re.escape(last)}(?:[\"':]|\.py\b|\.{written})|[\"']{re.escape(last)}\.")
    loads = (path for path in project.holders(last) if holds(project, path, *LOADING))
    if any(is_named(project, path, named.pattern) for path in loads if path != module.path):
        return True
    return any(holds(project, one.path, written, "getattr(", "vars(", "__dict__") for one in importers)


def _read(service: Service) -> Iterator[str]:
    """The files of which Celery reads variables."""
    held = configuration(service)
    for setting in held.settings.values():
        yield from (place.path for place in setting.places if place.how == "source")
    yield from (one.place.path for one in held.dead if not one.place.direct)


def _candidates() -> Iterator[tuple[str, str]]:
    """The names that a variable may have, and the setting that each means."""
    for setting in WANTED:
        yield setting, setting
        yield f"CELERY_{setting.upper()}", setting
    for old, new in names().old.items():
        if new in WANTED:
            yield old, new
    yield from IMPORTED.items()


def _is_missed(service: Service, entry: object) -> bool:
    """Whether a list of modules has one with tasks that the worker surely does not import."""
    value = entry.value if isinstance(entry, Binding) else None
    written = [one.value for one in value.items if isinstance(one, Const)] if isinstance(value, Seq) else []
    listed = [service.project.find(one, service.module) for one in written if isinstance(one, str)]
    held = discovery_of(service)
    return any(one is not None and bool(tasks_in(one)) and held.holds(one) is False for one in listed)


def _is_taken(module: Module, sources: set[str]) -> bool:
    """Whether all variables of a module may be handed on: it is a source, others import all of it, or take it by its name."""
    project = module.project
    if module.path in sources or holds(project, module.path, *WHOLE):
        return True
    last = module.name.rpartition(".")[2]
    return any(
        finds(project, path, LOADS) and holds(project, path, f'{last}"', f"{last}'", f"{last}.py")
        for path in project.search("from_object(", "from_pyfile(", "envvar(")
    ) or any(
        finds(project, path, regex(rf"^[ \t]*from[ \t]+[\w.]*\b{last}[ \t]+import[ \t]*\*", re.M))
        for path in project.search("import *")
    )


def _lost(service: Service, setting: str, entry: object) -> bool:
    """Whether a binding writes a setting out that the app surely has not."""
    if (
        not isinstance(entry, Binding)
        or entry.guard
        or not isinstance(entry.value, Dict | Seq)
        or not entry.value.items
    ):
        return False
    return configuration(service).value(setting).absent


def _switched(service: Service, setting: str, entry: object) -> bool:
    """Whether a binding gives a plain value, other than Celery has anyhow, to a variable called like a setting that the app surely has not, and nothing else says its name."""
    if not isinstance(entry, Binding) or entry.guard or not isinstance(entry.value, Const) or setting != entry.name:
        return False
    if any(entry.value.value == one for one in (None, *DEFAULTS.get(setting, ()))):
        return False
    module = service.module if service.module.entry(setting) is entry else service.maker
    if len(list(every(service.project, module.path, re.compile(rf"\b({setting})\b")))) != 1:
        return False
    return setting.startswith(SECTIONS) and configuration(service).value(setting).absent
