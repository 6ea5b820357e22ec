"""Settings that the module of an app writes down as variables of its own: nobody hands them to the app."""

from __future__ import annotations

import re

from taskguard.facts.model import Binding, Dict, Seq
from taskguard.facts.questions import finds, holds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.setting_names import names
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.setting_reads import read_elsewhere
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# Settings that change nothing where they are lost, but where tasks go and when they run.
WANTED = ("task_routes", "task_queues", "task_annotations", "beat_schedule")
# What takes all variables of a module: Flask's `config.from_object(__name__)`, `app.conf.update(globals())`.
WHOLE = ("globals(", "locals(", "vars(", "sys.modules", "(__name__, ", "from_object(__name__")
LOADS = regex(r"\b(?:from_object|from_pyfile|from_envvar|config_from_envvar)\(")


def stranded(system: System) -> Iterator[Fault]:
    """Each variable once."""
    seen: set[tuple[str, str]] = set()
    taken = {path for service in system.services for path in _read(service)}
    for service in in_use(system):
        for module in dict.fromkeys((service.module, service.maker)):
            if in_tests(module.path):
                continue
            for written, setting in _candidates():
                entries = module.entries(written)
                if len(entries) != 1 or (module.path, written) in seen or not _lost(service, setting, entries[0]):
                    continue
                if _is_taken(module, taken):
                    break
                seen.add((module.path, written))
                if not read_elsewhere(system.project, written):
                    yield Fault(
                        module.path, entries[0].span, f"{written} is a variable of this module that nothing reads: {service.dotted} does not get it",
                        f"set it on the app: `{service.dotted.rpartition('.')[2]}.conf.{setting} = …`", symbol=written, depends=configuration(service).sources,
                    )  # fmt: skip


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
