"""The soft time limits that are given to tasks where they are sent."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Call, Ref
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.dispatched import GIVING, MAKING, given_options, sending
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.calls.kept_values import kept_value
from taskguard.project.python.bound import Bound, Mapping
from taskguard.project.python.evaluate import mapping_of, value_of
from taskguard.project.python.flow import body_of, calls_of
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.text_questions import written_lines
from taskguard.project.python.values import Known
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project
    from taskguard.project.python.values import Value

LIMIT = "soft_time_limit"


def number_of(value: Value) -> float:
    """A limit in seconds, 0 where it is none."""
    held = value.value if isinstance(value, Known) else None
    return held if isinstance(held, int | float) and not isinstance(held, bool) else 0


@query
def given_limits(project: Project) -> dict[str, tuple[float, str]]:
    """The soft time limits, in seconds, that calls and schedules give, each with its file; by the names of the tasks."""
    made: dict[str, tuple[float, str]] = {}
    if project.search(LIMIT):
        for name, limit, path in (*_by_calls(project), *_by_schedules(project)):
            if limit > 0:
                made.setdefault(name, (limit, path))
    return made


def _by_calls(project: Project) -> Iterator[tuple[str, float, str]]:
    paths = project.search(".apply_async(", ".send_task(", ".set(")
    written = bool(project.search(f'"{LIMIT}"', f"'{LIMIT}'"))
    for module, function in functions_in(project, paths, GIVING | MAKING):
        lines = written_lines(project, module.path, function)
        body = body_of(module, function) if LIMIT in lines or (written and "**" in lines) else None
        for called in calls_of(body) if body is not None else ():
            if called.call.keywords:
                yield from _by_call(module, function.qualname, called.call, body)
    for path in paths:
        if not in_tests(path) and not hidden(path):
            module = project.modules[path]
            for site in selections.calling(module.facts, "apply_async", "send_task"):
                if not site.scope:
                    yield from _by_call(module, "", site.call)


def _by_call(module: Module, scope: str, call: Call, body: Body | None = None) -> Iterator[tuple[str, float, str]]:
    limit = _limit(module, scope, call)
    held = given_options(module, scope, call, body) if limit > 0 else None
    if held is None:
        return
    if held[1] is not None and isinstance(held[1].name.value, str):
        yield held[1].name.value, limit, module.path
    elif held[0] == "send_task" and (found := sending(module, scope, call)) is not None:
        yield found[1], limit, module.path


def _limit(module: Module, scope: str, call: Call) -> float:
    """The limit that a call gives, by itself or in a dict that is unpacked and that is written out."""
    given = call.keyword(LIMIT)
    if given is not None:
        return number_of(value_of(Bound(given, module, scope)))
    for one in call.keywords:
        if one.name is None and isinstance(one.value, Ref):
            local = kept_value(module, scope, one.value.name)
            held = mapping_of(Bound(one.value if local is None else local, module, scope))
            if not held.open and LIMIT in held.entries:
                return _entry(held)
    return 0


def _by_schedules(project: Project) -> Iterator[tuple[str, float, str]]:
    for service in in_use(celery_of(project)):
        for entry in beat_of(service):
            held = mapping_of(entry.options)
            if isinstance(entry.task.value, str) and LIMIT in held.entries and not in_tests(entry.path):
                yield entry.task.value, _entry(held), entry.path


def _entry(held: Mapping) -> float:
    value = held.entries[LIMIT]
    return 0 if isinstance(value, Mapping) else number_of(value_of(value))
