"""Schedule entries that beat cannot take (celery/beat.py: `ScheduleEntry`, `Scheduler.apply_async`; celery/schedules.py: `maybe_schedule`)."""

from __future__ import annotations

from taskguard.errors import nearest
from taskguard.facts.model import Const
from taskguard.project.celery.faults import Fault
from taskguard.project.evaluate import Bound, mapping_of, value_of
from taskguard.project.values import Instance, Known, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import BeatEntry, Service
    from taskguard.project.celery.system import System

# The parameters of `ScheduleEntry`, and `name` and `app`, which beat overwrites.
KEYS = ("task", "schedule", "args", "kwargs", "options", "relative")
TAKEN = frozenset((*KEYS, "name", "app", "last_run_at", "total_run_count"))
# timedelta's parameters in order, in seconds.
UNITS = {"days": 86400, "seconds": 1, "microseconds": 1e-6, "milliseconds": 1e-3, "minutes": 60, "hours": 3600, "weeks": 604800}
DISPLAYS = {"list": "a list", "tuple": "a tuple", "dict": "a dict", "set": "a set"}


def invalid(system: System) -> Iterator[Fault]:
    """The mistakes in the entries that Celery's own beat reads; undecided where another scheduler may be chosen."""
    seen: set[tuple[str, Span, str]] = set()
    for service in system.live:
        for entry in service.beat:
            for fault in (*_keys(entry, service), *_schedule(entry), *_arguments(entry)):
                if (fault.path, fault.span, fault.message) not in seen:
                    seen.add((fault.path, fault.span, fault.message))
                    yield _weighed(fault, service)


def _weighed(fault: Fault, service: Service) -> Fault:
    own = service.own_beat
    if own is False:
        return fault.replace(doubt="the scheduler is not Celery's own")
    return fault if own else fault.replace(certain=False)


def _about(entry: BeatEntry, span: Span, message: str, advice: str = "") -> Fault:
    key = entry.key.value
    return Fault(entry.path, span, message, advice, symbol=key if isinstance(key, str) else None)


def _keys(entry: BeatEntry, service: Service) -> Iterator[Fault]:
    if entry.how != "beat_schedule":
        return
    for name, span in entry.names:
        if isinstance(name, str) and name not in TAKEN:
            yield _about(entry, span, f'an entry has no key "{name}": beat does not start', _advice(name))
    if entry.entry.open or not entry.entry.entries:
        return
    if "task" not in entry.entry.entries:
        yield _about(entry, entry.key_span, "the entry names no task", 'add "task": the name of a task')
    if "schedule" not in entry.entry.entries:
        yield _about(
            entry, entry.key_span, "the entry has no schedule: up to Celery 5.6 beat stops, later it never runs", 'add "schedule"'
        )


def _advice(name: str) -> str:
    from taskguard.project.celery_options import ATTRIBUTES, CALL_ONLY, PUBLISH

    if name in PUBLISH or name in CALL_ONLY or name in ATTRIBUTES:
        return f'write "options": {{"{name}": …}}'
    near = nearest(name, KEYS)
    return f'did you mean "{near}"?' if near else f"the keys are {', '.join(KEYS)}"


def _schedule(entry: BeatEntry) -> Iterator[Fault]:
    if entry.how not in ("beat_schedule", "add_periodic_task") or entry.schedule is None:
        return
    path, span = entry.schedule.module.path, entry.schedule.expr.span
    place = entry.replace(path=path)
    value = value_of(entry.schedule)
    kind = _unfit(value.value) if isinstance(value, Known) else ""
    if kind:
        yield _about(
            place, span, f"the schedule is {kind}: beat stops", "give seconds, a timedelta or crontab(...)"
        ).replace(depends=value.files)
        return
    seconds = _seconds(value.value)
    if seconds is not None and seconds <= 0:
        yield _about(
            place, span, f"a schedule of {seconds:g} s: beat sends the task without a pause", "give a positive number of seconds"
        ).replace(depends=value.files)


def _unfit(value: object) -> str:
    if isinstance(value, str):
        return f'the string "{value}"'
    if isinstance(value, Name):
        return "the class crontab itself" if value.dotted == "celery.schedules.crontab" else ""
    return DISPLAYS.get(type(value).__name__, "")


def _seconds(value: object) -> float | None:
    """The seconds of a number, a timedelta, or `schedule(…)` of one; None for anything else."""
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else float(value)
    if not isinstance(value, Instance):
        return None
    if value.name == "celery.schedules.schedule":
        inner = value.argument("run_every", 0)
        return _seconds(inner.value) if inner.known else None
    if value.name != "datetime.timedelta":
        return None
    total = 0.0
    for name, held in (*zip(UNITS, value.args, strict=False), *value.kwargs):
        if name not in UNITS or not isinstance(held.value, int | float):
            return None
        total += held.value * UNITS[name]
    return total


def _arguments(entry: BeatEntry) -> Iterator[Fault]:
    if entry.how != "beat_schedule":
        return
    held = entry.args
    value = value_of(held)
    if isinstance(held, Bound) and isinstance(value, Known) and isinstance(value.value, int | float) and value.value:
        yield _about(
            entry.replace(path=held.module.path), held.expr.span, f"args is {value.value!r}, no list: nothing is ever sent",
            f"write args: ({value.value!r},)",
        )  # fmt: skip
    for name, given in (("kwargs", entry.kwargs), ("options", entry.options)):
        value = value_of(given)
        if isinstance(given, Bound) and not _is_mapping(given) and isinstance(value, Known) and value.value and not isinstance(value.value, dict | Instance | Name):
            yield _about(
                entry.replace(path=given.module.path), given.expr.span, f"{name} is no dict: nothing is ever sent", f"write {name} as a dict"
            )


def _is_mapping(given: Bound) -> bool:
    return not isinstance(given.expr, Const) and bool(mapping_of(given).entries)
