"""Schedules that the settings have for a scheduler which does not read them: a class of the project that fills its schedule by itself."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.names import resolved_name
from taskguard.project.python.testing import in_put_aside, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Class
    from taskguard.project.celery.model import BeatEntry, Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# The schedulers of Celery that take what the setting has in `setup_schedule` (celery/beat.py).
TAKING = frozenset(("celery.beat.Scheduler", "celery.beat.PersistentScheduler"))
# By what a scheduler may come to the setting all the same.
COMES_BY = regex(
    r"beat_schedule|BEAT_SCHEDULE|CELERYBEAT|merge_inplace|update_from_dict|\.conf\b|\.(?:setup_schedule|__dict__)\b|\bgetattr\("
)
# The scheduler that a command of beat names.
NAMED = regex(r"(?:\s|[\"'])(?:-S|--scheduler)[\"']?[ \t,=]+[\"']?([\w.:]+)")


def unmerged_schedules(system: System) -> Iterator[Fault]:
    """Once for each app, at its first entry."""
    for service in in_use(system):
        found = None if service.test else _scheduler(service)
        if found is None:
            continue
        module, klass = found
        entries = [one for one in beat_of(service) if _counts(one)]
        if not entries or any(_is_near(module, one) for one in entries):
            continue
        first, count = entries[0], len(entries)
        yield Fault(
            first.path, first.key_span, f"beat is run by {klass.name}, whose `setup_schedule` does not read `beat_schedule`: {'this entry is' if count == 1 else f'these {count} entries are'} never due",
            "call `super().setup_schedule()` there, or keep the entries where the scheduler looks", symbol=f"{module.name}.{klass.name}",
            related=(Related(module.path, klass.span.line, "the scheduler"),),
            depends=tuple(dict.fromkeys((module.path, *configuration(service).sources))), certain=False,
        )  # fmt: skip


def _scheduler(service: Service) -> tuple[Module, Class] | None:
    """The class of the project that is surely the scheduler of an app, if it has a `setup_schedule` that reads nothing of the settings."""
    project, setting = service.project, configuration(service).value("beat_scheduler")
    markers = [one for one in sorted(project.markers) if not in_tests(one)]
    told = {path: list(every(project, path, NAMED)) for path in markers}
    names = {name.replace(":", ".") for found in told.values() for name in found}
    beats = {one.path for one in project.evidence.deployment.launches if one.beat and not in_tests(one.path)}
    if setting.known and isinstance(setting.value, str):
        names.add(setting.value.replace(":", "."))
    elif not setting.absent or not beats or not all(told.get(path) for path in beats):
        return None
    if len(names) != 1:
        return None
    holder, _, last = names.pop().rpartition(".")
    module = project.find(holder, service.module)
    klass = module.klass(last) if module is not None else None
    if module is None or klass is None or module.unreadable or in_tests(module.path) or not klass.has("setup_schedule"):
        return None
    bases = {resolved_name(module, getattr(one, "name", "")) for one in klass.bases}
    if len(klass.bases) != 1 or klass.keywords or klass.decorators or klass.guard or not bases <= TAKING:
        return None
    return None if finds(project, module.path, COMES_BY) else (module, klass)


def _counts(entry: BeatEntry) -> bool:
    return not entry.guard and not in_tests(entry.path) and not in_put_aside(entry.path)


def _is_near(module: Module, entry: BeatEntry) -> bool:
    """Whether the scheduler's module has what an entry is made of: it may take it from where the settings take it, too."""
    graph = celery_of(module.project).graph
    return entry.path == module.path or any(
        entry.path in graph.targets(module, one.module, one.name) for one in module.facts.imports
    )
