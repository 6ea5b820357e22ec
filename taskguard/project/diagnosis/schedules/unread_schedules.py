"""Schedules that a module gives to an app, and that no beat reads: it is started from modules that do not import this one."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Call, Const, Dict
from taskguard.facts.questions import holds
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.entries import documented, started_by, written_down
from taskguard.project.celery.imports import Startup
from taskguard.project.celery.loaded import BY_NAME, RUN, in_use, stands_alone
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.testing import in_put_aside, in_tests
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.statements import Statement
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Module

NAMES = frozenset(("beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"))
# A beat that keeps its schedule in a database may be given it by whoever writes the rows.
KEEPERS = ("beat_scheduler", "BEAT_SCHEDULER", "django_celery_beat")


def unread_schedules(system: System) -> Iterator[Fault]:
    """Where they are set, by service, path and line."""
    held = system.project.evidence.deployment
    launches = [one for one in held.launches if not in_tests(one.path)]
    by_hand = not launches
    if by_hand:
        launches = _written(system)
    if held.unclear or not any(one.beat for one in launches) or system.project.search(*KEEPERS):
        return
    for service in in_use(system):
        beats = started_by(service, [one for one in launches if one.beat])
        if not beats or service.test:
            continue
        others = started_by(service, [one for one in launches if not one.beat])
        for one in system.statements(service):
            if not _is_schedule(one) or one.under or (by_hand and not _is_alone(service, one.module)):
                continue
            if _is_unread(service, one.module, beats, [one.module] if by_hand else others):
                yield _told(service, one, beats)


def _written(system: System) -> list[Launch]:
    """The starts that are written about a project without any in its deployment files, where each beat names the app that it is started from: who does what is written has no other one."""
    held = written_down(system.project)
    return list(held) if all(one.app for one in held if one.beat) else []


def _is_alone(service: Service, module: Module) -> bool:
    """Whether nothing but a start of a beat that nobody has written down may load a module. What it says is not read by a worker either, which says of its tasks that they are missed."""
    if module.is_package or tasks_in(module) or module.name.rpartition(".")[2] in BY_NAME:
        return False
    if any(holds(module.project, module.path, word) for word in RUN):
        return False
    return stands_alone(module) and not discovery_of(service).may_come_upon(module)


def _is_schedule(one: Statement) -> bool:
    """Whether a statement gives the app entries."""
    if one.kind in ("set", "partial"):
        return one.name in NAMES and not (isinstance(one.expr, Dict) and not one.expr.items)
    if one.kind != "update" or not isinstance(one.expr, Call):
        return one.kind == "add_periodic_task"
    keys = [key for arg in one.expr.args if isinstance(arg, Dict) for key, _ in arg.items]
    return any(keyword.name in NAMES for keyword in one.expr.keywords) or any(
        isinstance(key, Const) and key.value in NAMES for key in keys
    )


def _is_unread(service: Service, module: Module, beats: list[Module], others: list[Module]) -> bool:
    own = (service.module, service.maker, *beats, *documented(service))
    if module in own or not module.name or in_tests(module.path) or in_put_aside(module.path):
        return False
    discovery = discovery_of(service)
    if module not in others:
        # Where it has tasks, too, that they are not registered is said already.
        return not tasks_in(module) and discovery.holds(module) is False
    if discovery.open or discovery.by_checks(module):
        return False
    paths = [one.path for one in discovery.wanted if one.path and (one.how != "app" or one.path == service.module.path)]
    starts = [*beats, *(service.project.modules[path] for path in paths)]
    everywhere = Startup(lambda held: tuple(one.qualname for one in held.facts.functions), ("def ",))
    reached = celery_of(service.project).graph.reached(starts, everywhere, unparsed=True)
    return module.path not in reached.paths and not reached.may_hold(module.name)


def _told(service: Service, one: Statement, beats: list[Module]) -> Fault:
    names = " or ".join(dict.fromkeys(beat.name for beat in beats))
    return Fault(
        one.module.path,
        one.span,
        f"beat is started from {names}, which does not import {one.module.name}: nothing of this schedule is ever due",
        f"import {one.module.name} there, or start beat from it",
        symbol=one.module.name,
        related=tuple(Related(beat.path, 1, "beat starts here") for beat in beats),
        depends=tuple(
            dict.fromkeys((service.path, *(beat.path for beat in beats), *discovery_of(service).files_for(one.module)))
        ),
        certain=False,
    )
