"""Beat entries that fire again while the task that they send may still run."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.patterns import regex
from taskguard.project.celery.cronfields import Wrong, expand
from taskguard.project.celery.schedules import beat_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.texts import span_in_seconds
from taskguard.project.python.values import Instance, Known
from taskguard.project.registry.effective import base_attributes, base_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.system import System
    from taskguard.project.tasks.task import Task

DAY = 24 * 60
# What keeps two runs apart, by the names that a body calls.
APART = regex(
    r"(?i)lock|mutex|semaphore|singleton|once|acquire|setnx|cache\.add|cache\.get|select_for_update|running|in_progress|active|inspect|status|skip|busy"
)


def overlapping(system: System) -> Iterator[Fault]:
    """Each entry once."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        for entry in beat_of(service):
            place = entry.path, entry.schedule_span
            every = seconds_between(value_of(entry.schedule).value) if entry.schedule is not None else None
            named = system.named(entry.task.value) if isinstance(entry.task.value, str) else []
            if every is None or len(named) != 1 or place in seen or entry.guard or in_tests(entry.path):
                continue
            task = named[0]
            limit = own_limit(task)
            if limit is None or limit <= every or _kept_apart(task):
                continue
            seen.add(place)
            yield Fault(
                *place, f"it fires every {every:g} s, and {task.qualname} may run {limit:g} s: nothing keeps two runs apart",
                "fire less often, lower the limit, or take a lock in the task", task.dotted, (Related(task.path, task.span.line, f"its limit is {limit:g} s"),),
                () if task.path == entry.path else (task.path,), False,
            )  # fmt: skip


def own_limit(task: Task) -> float | None:
    """The limit that a task itself is given, the soft one where it has both."""
    for name in ("soft_time_limit", "time_limit"):
        held = task.options.get(name)
        value = held.value.value if held is not None and held.origin in ("decorator", "class") else None
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return float(value)
    return None


def _kept_apart(task: Task) -> bool:
    """Whether something may keep two runs apart: a decorator, the base class, a lock in the body."""
    if task.below or task.above or task.sources or base_open(task) or base_attributes(task) or task.function is None:
        return True
    if any(APART.search(name) for name in task.function.calls):
        return True
    text = task.module.project.text(task.home.path) or ""
    lines = text.splitlines()[task.function.span.line - 1 : task.function.span.end_line]
    return any(APART.search(line) for line in lines)


def seconds_between(schedule: object) -> float | None:
    """The least time between two times at which a schedule fires; None where that cannot be told."""
    if isinstance(schedule, int | float) and not isinstance(schedule, bool):
        return float(schedule) if schedule > 0 else None
    if not isinstance(schedule, Instance):
        return None
    last = schedule.name.rpartition(".")[2]
    if schedule.name == "datetime.timedelta":
        return span_in_seconds(schedule)
    if last == "schedule":
        given = schedule.argument("run_every", 0)
        return seconds_between(given.value) if isinstance(given, Known) else None
    return _of_crontab(schedule) if last == "crontab" else None


def _of_crontab(schedule: Instance) -> float | None:
    minutes, hours = _field(schedule, "minute", 0), _field(schedule, "hour", 1)
    if not minutes or not hours:
        return None
    times = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    gaps = [later - earlier for earlier, later in zip(times, [*times[1:], times[0] + DAY], strict=True)]
    return min(gaps) * 60.0


def _field(schedule: Instance, name: str, place: int) -> list[int] | None:
    given = schedule.argument(name, place)
    if not given.absent and not given.known:
        return None
    try:
        found = expand(name, "*" if given.absent else given.value)
    except Wrong:
        return None
    return sorted(found) if found is not None else None
