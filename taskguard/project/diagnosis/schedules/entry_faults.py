"""Schedule entries that beat cannot take (celery/beat.py: `ScheduleEntry`, `Scheduler.apply_async`; celery/schedules.py: `maybe_schedule`)."""

from __future__ import annotations

from taskguard.errors import nearest
from taskguard.facts.model import Call, Const, Dict, Ref, Seq
from taskguard.facts.questions import finds
from taskguard.facts.statements import Inner
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.celery.schedulers import OTHERS, has_own_beat, other_at_hand
from taskguard.project.celery.schedules import beat_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.schedules.added_faults import priority, refused
from taskguard.project.diagnosis.schedules.called_instead import called_instead
from taskguard.project.diagnosis.schedules.crontabs import CRONTABS
from taskguard.project.diagnosis.schedules.option_faults import unsent_options
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.flow import below
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Instance, Known, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import BeatEntry, Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project
    from taskguard.project.python.values import Value

# The parameters of `ScheduleEntry`, and `name` and `app`, which beat overwrites.
KEYS = ("task", "schedule", "args", "kwargs", "options", "relative")
TAKEN = frozenset((*KEYS, "name", "app", "last_run_at", "total_run_count"))
# What an entry must have, and what comes of it.
MISSING = (
    ("task", "the entry names no task", 'add "task": the name of a task'),
    ("schedule", "the entry has no schedule: beat stops", 'add "schedule"'),
)
# timedelta's parameters in order, in seconds.
UNITS = {
    "days": 86400,
    "seconds": 1,
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "minutes": 60,
    "hours": 3600,
    "weeks": 604800,
}
DICT = "a dict"
DISPLAYS = ((list, "a list"), (tuple, "a tuple"), (dict, DICT), (set, "a set"))
# What gives another answer each time.
MOMENTS = frozenset(
    "datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today time.time django.utils.timezone.now"
    " django.utils.timezone.localdate django.utils.timezone.localtime pendulum.now arrow.utcnow arrow.now".split()
)
# What makes a text of JSON.
JSON_TEXTS = frozenset(("json.dumps", "simplejson.dumps", "ujson.dumps"))
STOPS = ": beat stops"
CRON_FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")


def invalid_entries(system: System) -> Iterator[Fault]:
    """The mistakes in the entries that Celery's own beat reads; undecided where another scheduler is at hand."""
    seen: set[tuple[str, Span, str]] = set()
    for service in in_use(system):
        faults = [
            one
            for entry in beat_of(service)
            for one in (*_keys(entry), *_priorities(entry), *_moments(entry), *unsent_options(entry))
        ]
        unsent = [_by_any(one, service) for entry in beat_of(service) for one in (*_arguments(entry), *_listed(entry))]
        unsent += [one for entry in beat_of(service) for one in called_instead(entry)]
        unsent += [_dropped(one, service) for entry in beat_of(service) for one in _schedule(entry)]
        for fault in (*(_weighed(one, service) for one in (*faults, *_without_names(service))), *unsent):
            if (fault.path, fault.span, fault.message) not in seen:
                seen.add((fault.path, fault.span, fault.message))
                yield fault
    for fault in refused(system):
        if (fault.path, fault.span, fault.message) not in seen:
            seen.add((fault.path, fault.span, fault.message))
            yield fault


def _without_names(service: Service) -> Iterator[Fault]:
    """A schedule that is an entry itself (celery/beat.py, `Scheduler.merge_inplace`: `dict(entry, name=name)` of a string or a crontab raises)."""
    setting = configuration(service).get("beat_schedule")
    for part in setting.parts if setting is not None else ():
        held = {piece.key.value: piece for piece in dict_pieces(part).items}
        task = held.get("task")
        name = value_of(task.value) if task is not None and "schedule" in held else None
        if task is not None and isinstance(name, Known) and isinstance(name.value, str):
            message = (
                "the schedule lacks the names of its entries: beat takes each of these keys for one, and does not start"
            )
            yield Fault(task.path, task.span, message, 'write {"a name": {"task": …, "schedule": …}}')


def _weighed(fault: Fault, service: Service) -> Fault:
    own = has_own_beat(service)
    if own:
        return fault
    weighed: Fault = fault.replace(certain=False, doubt="" if own is None else "the scheduler is not Celery's own")
    return weighed


def _dropped(fault: Fault, service: Service) -> Fault:
    """A schedule that is none, where one of the known other schedulers is set or at hand: these log what they cannot keep, and go on (`update_from_dict`)."""
    given = configuration(service).value("beat_scheduler")
    other = next((one for one in OTHERS if str(given.value).startswith(f"{one}.")), "")
    if not fault.message.endswith(STOPS) or fault.doubt or has_own_beat(service) is not False:
        return _weighed(fault, service)
    if given.known and not other:
        return _weighed(fault, service)
    leaves = f"{(other or other_at_hand(service)).replace('_', '-')} logs an error, and leaves the entry out"
    said = fault.message.removesuffix(STOPS)
    told: Fault = fault.replace(
        message=f"{said}: {leaves}" if given.known else f"{said}: Celery's own beat stops, {leaves}", certain=False
    )
    return told


def _by_any(fault: Fault, service: Service) -> Fault:
    """What no scheduler can send: the known others keep it as it is, and hand it to Celery's own code (`Scheduler.apply_async`)."""
    set_to = configuration(service).value("beat_scheduler").value
    if has_own_beat(service) is not False or not str(set_to or OTHERS[0]).startswith(OTHERS):
        return _weighed(fault, service)
    told: Fault = fault.replace(certain=False)
    return told


def _about(
    entry: BeatEntry, held: Bound | Span, message: str, advice: str = "", depends: tuple[str, ...] = ()
) -> Fault:
    key = entry.key.value
    path, span = (held.module.path, held.expr.span) if isinstance(held, Bound) else (entry.path, held)
    return Fault(path, span, message, advice, symbol=key if isinstance(key, str) else None, depends=depends)


def _moments(entry: BeatEntry) -> Iterator[Fault]:
    """What the arguments of an entry are worth when beat starts, and stay."""
    held = (entry.entry.entries.get("args"), entry.entry.entries.get("kwargs"), entry.signature)
    for one in (each for each in held if isinstance(each, Bound)):
        for expr, within in below(one.expr):
            if not isinstance(expr, Call) or not expr.callee or any(isinstance(each, Inner) for each in within):
                continue
            if resolve(one.module, expr.callee, one.scope).dotted in MOMENTS:
                message = f"{expr.callee}() is worked out once, when beat starts: each run is given that moment"
                yield _about(entry, one.other(expr), message, "work it out in the task").replace(certain=False)
                break


def _keys(entry: BeatEntry) -> Iterator[Fault]:
    if entry.how != "beat_schedule":
        return
    misspelt = set()
    for name, span in entry.names:
        if isinstance(name, str) and name not in TAKEN:
            misspelt.add(nearest(name, KEYS))
            yield _about(entry, span, f'an entry has no key "{name}": beat does not start', _advice(name))
    if entry.entry.open or not entry.entry.entries:
        return
    for name, said, advice in MISSING:
        if name in entry.entry.entries or name in misspelt:
            continue
        place = _set_later(entry, name)
        if place:
            yield Fault(entry.path, entry.key_span, "", doubt=f"the entry has no {name}, and {place} may set it later")
        else:
            yield _about(entry, entry.key_span, said, advice)


def _listed(entry: BeatEntry) -> Iterator[Fault]:
    """A list or tuple around the dict of an entry, as a comma behind it makes one (celery/beat.py: `dict(entry, name=name)` takes what is in it for pairs)."""
    held = entry.listed.items[0] if entry.listed is not None and entry.listed.items else None
    if not isinstance(held, Dict) or entry.listed is None:
        return
    keys = [key for key, _ in held.items]
    # A dict of two keys passes for a pair: the entry then runs the task "schedule", and has no schedule.
    outcome = "beat does not start" if None not in keys and len(keys) != 2 else "beat stops"
    if entry.service is not None and has_own_beat(entry.service) is False:
        outcome = "it never runs"  # the schedulers that keep entries elsewhere log what they cannot take, and go on
    advice = "take away the comma behind the dict" if len(entry.listed.items) == 1 else "write one dict"
    yield _about(entry, entry.key_span, f"the entry is a {entry.listed.kind} with a dict in it: {outcome}", advice)


def _set_later(entry: BeatEntry, key: str) -> str:
    """The file that gives entries a key after they were made, `entry["schedule"] = …`; empty where none does."""
    project = entry.service.project if entry.service is not None else None
    for path in project.search(key) if project is not None else ():
        if project is not None and not in_tests(project.modules[path].path) and sets_key(project, path, key):
            return path
    return ""


def sets_key(project: Project, path: str, key: str) -> bool:
    """Whether a file gives some dict a key after it was made."""
    import re

    quoted = rf"[\"']{key}[\"']"
    updates = rf"\bupdate\(\s*(?:dict\(\s*|\*\*\s*)?(?:\{{\s*{quoted}|(?:\w+\s*=[^,()\n]*,\s*)*{key}\s*=)"
    sets = rf"\[\s*{quoted}\s*\]\s*=[^=]|\bsetdefault\(\s*{quoted}|{updates}|__setitem__\(\s*{quoted}"
    return finds(project, path, re.compile(sets))


def _advice(name: str) -> str:
    from taskguard.celery_options import ATTRIBUTES, CALL_ONLY, PUBLISH

    if name in PUBLISH or name in CALL_ONLY or name in ATTRIBUTES:
        return f'write "options": {{"{name}": …}}'
    near = nearest(name, KEYS)
    return f'did you mean "{near}"?' if near else f"the keys are {', '.join(KEYS)}"


def _schedule(entry: BeatEntry) -> Iterator[Fault]:
    held = entry.schedule
    if entry.how not in ("beat_schedule", "add_periodic_task") or held is None:
        return
    value = value_of(held)
    kind = _unfit(value) or _written(held.expr)
    if isinstance(held.expr, Ref) and value.name in CRONTABS and not kind:
        kind = "the class crontab itself"
    if kind:
        place = _set_later(entry, "schedule") if entry.how == "beat_schedule" else ""
        if place:
            yield Fault(entry.path, entry.key_span, "", doubt=f"the schedule is {kind}, and {place} may set it later")
            return
        fields = kind == DICT and _fields(held.expr)
        advice = "write crontab(...) with these fields" if fields else "give seconds, a timedelta or crontab(...)"
        yield _about(entry, held, f"the schedule is {kind}{STOPS}", advice, value.files)
        return
    seconds = _seconds(value.value)
    if seconds is not None and seconds <= 0:
        message = f"a schedule of {seconds:g} s: beat sends the task without a pause"
        yield _about(entry, held, message, "give a positive number of seconds", value.files)


def _written(expr: Expr) -> str:
    """What a display is, whatever it holds."""
    if isinstance(expr, Dict):
        return DICT
    return f"a {expr.kind}" if isinstance(expr, Seq) else ""


def _fields(expr: Expr) -> bool:
    """Whether a dict holds nothing but the arguments of `crontab`."""
    given = [one.value if isinstance(one, Const) else None for one, _ in expr.items] if isinstance(expr, Dict) else []
    return bool(given) and all(one in CRON_FIELDS for one in given)


def _unfit(given: Value) -> str:
    """What a value is that is no schedule, as far as that is known."""
    value = given.value
    if isinstance(value, str):
        return f'the string "{value}"'
    if isinstance(given, Known) and value is None:
        return "None"
    return next((said for kind, said in DISPLAYS if isinstance(value, kind)), "")


def _seconds(value: object) -> float | None:
    """The seconds of a number, a timedelta, or `schedule(…)` of one; None for anything else."""
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else float(value)
    if not isinstance(value, Instance):
        return None
    if value.name == "celery.schedules.schedule":
        return _seconds(value.argument("run_every", 0).value)
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
    if isinstance(held, Bound) and isinstance(value.value, int | float) and value.value:
        message = f"args is {value.value!r}, no list: nothing is ever sent"
        yield _about(entry, held, message, f"write args: ({value.value!r},)", value.files)
    if isinstance(held, Bound) and _is_json(held):
        yield _about(entry, held, "args is a text of JSON: each letter is an argument", "write args as a tuple")
    for name, part in (("kwargs", entry.kwargs), ("options", entry.options)):
        if isinstance(part, Bound) and _is_json(part):
            message = f"{name} is a text of JSON and no dict: nothing is ever sent"
            yield _about(entry, part, message, "write the dict itself: only a row of django-celery-beat holds JSON")
        elif isinstance(part, Bound) and _no_mapping(part):
            yield _about(entry, part, f"{name} is no dict: nothing is ever sent", f"write {name} as a dict")


def _priorities(entry: BeatEntry) -> Iterator[Fault]:
    given = mapping_of(entry.options).entries.get("priority") if entry.how == "beat_schedule" else None
    if isinstance(given, Bound):
        yield from priority(given)


def _is_json(given: Bound) -> bool:
    """Whether a value is made by `json.dumps`, as the rows of django-celery-beat want it."""
    expr = given.expr
    return (
        isinstance(expr, Call)
        and bool(expr.callee)
        and resolve(given.module, expr.callee, given.scope).dotted in JSON_TEXTS
    )


def _no_mapping(given: Bound) -> bool:
    """Whether a value is surely something else than a dict, and not empty."""
    value = value_of(given)
    if not isinstance(value, Known) or not value.value or isinstance(value.value, dict | Instance | Name):
        return False
    return isinstance(given.expr, Const) or not mapping_of(given).entries
