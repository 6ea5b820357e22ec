"""Writes to the table of django-celery-beat that Django or beat cannot live with, or that a running beat never hears of (django_celery_beat/models.py, signals in apps.py)."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Const
from taskguard.facts.questions import holds
from taskguard.project.celery.migration_files import in_migrations
from taskguard.project.celery.rows import MODEL, is_model
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.schedules.row_faults import OWN, WHEN
from taskguard.project.diagnosis.schedules.text_questions import is_given_later, tells_of_changes
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

# What beat does not read of a row.
OF_NO_MATTER = frozenset("description last_run_at total_run_count date_changed".split())
SCHEDULED = frozenset((*WHEN, *(f"{name}_id" for name in WHEN)))
COMMANDS = "/management/commands/"


def lost_writes(system: System) -> Iterator[Fault]:
    """What the code of a project writes to that table, by path and line."""
    project = system.project
    for path in project.search(MODEL):
        module = project.modules[path]
        if in_tests(path) or not holds(project, path, OWN):
            continue
        for site in selections.calling(module.facts, "create", "get_or_create", "update"):
            head, _, method = site.call.callee.rpartition(".")
            if method == "create" and head.endswith(".objects") and is_model(module, head[:-8], site.scope):
                yield from _without_schedule(module, site)
            elif method == "get_or_create" and head.endswith(".objects") and is_model(module, head[:-8], site.scope):
                yield from _by_its_schedule(module, site)
            elif not method and _is_update(module, site):
                yield from _unheard(module, site)


def _without_schedule(module: Module, site: CallSite) -> Iterator[Fault]:
    """`create` without any of the columns that say when: `save` refuses such a row, and where it is a migration's that does not ask, beat ends at it."""
    given = {one.name for one in site.call.keywords}
    function = module.function(site.scope)
    if None in given or site.call.args or not {"name", "task"} <= given or not given.isdisjoint(SCHEDULED):
        return
    if function is not None and is_given_later(module.project, module.path, function):
        return
    yield Fault(
        module.path,
        site.call.span,
        "a row without interval, crontab, solar or clocked: Django refuses to save it, and where it does not ask, beat ends at it",
        "give it one of them: `interval=…`",
        certain=function is not None,
    )


def _by_its_schedule(module: Module, site: CallSite) -> Iterator[Fault]:
    """`get_or_create` that looks for name and schedule: with another schedule it finds nothing, and the name is unique. A migration runs once."""
    given = {str(one.name): one for one in site.call.keywords}
    when = next((one for name, one in given.items() if name in SCHEDULED), None)
    if when is None or "name" not in given or in_migrations(module.path) or isinstance(when.value, Const):
        return
    yield Fault(
        module.path,
        when.value.span,
        f"get_or_create looks for the row by its {when.name} too: once the row has another, it finds none, and makes a second of the same unique name: IntegrityError",
        f'look for it by its name: `update_or_create(name=…, defaults={{"{when.name}": …}})`',
        certain=False,
    )


def _is_update(module: Module, site: CallSite) -> bool:
    """Whether a call is `.update(…)` on rows of the table."""
    held = site.call.func
    if not isinstance(held, Attr) or held.name != "update":
        return False
    model = held.of
    while isinstance(model, Call | Attr):
        model = model.of if isinstance(model, Attr) else model.func
    name = getattr(model, "name", "")
    return ".objects" in name and is_model(module, name.partition(".objects")[0], site.scope)


def _unheard(module: Module, site: CallSite) -> Iterator[Fault]:
    """`.update(…)` sends no signal. A command may run before beat starts, and so does a migration; who knows of `update_changed` may call it elsewhere."""
    given = {one.name for one in site.call.keywords}
    function = module.function(site.scope)
    if function is None or not given - OF_NO_MATTER or in_migrations(module.path) or COMMANDS in f"/{module.path}":
        return
    if module.project.search("update_changed") or tells_of_changes(module.project, module.path, function):
        return
    yield Fault(
        module.path,
        site.call.span,
        "update() sends no signal: a beat that runs goes on with what these rows were",
        "call `PeriodicTasks.update_changed()` after it, or save the rows one by one",
        certain=False,
    )
