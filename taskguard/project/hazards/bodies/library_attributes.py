"""What the bodies of tasks ask of the dates and times of the standard library that these do not have: `timezone.now()` of `from datetime import timezone`."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.facts.selections import imports_as, imports_from
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.python.flow import body_about, bound_in, is_own, parts_of
from taskguard.project.python.followed import reached
from taskguard.project.python.names import live, running_stars
from taskguard.project.python.text_questions import words_behind
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Function, Import
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.project import Module

EXPECTED = frozenset(("AttributeError",))
DATE = (
    "ctime day fromisocalendar fromisoformat fromordinal fromtimestamp isocalendar isoformat isoweekday max min month replace resolution strftime strptime timetuple "
    "today toordinal weekday year"
)
CLOCK = "dst fold hour max microsecond min minute resolution second tzinfo tzname utcoffset isoformat replace strftime strptime fromisoformat"
# What each has in any Python 3 on any system (docs.python.org/3/library/datetime.html and time.html; `dir` of 3.8 to 3.14). A function has nothing.
HELD = {
    one: frozenset(names.split())
    for one, names in {
        "datetime": "MAXYEAR MINYEAR UTC date datetime datetime_CAPI sys time timedelta timezone tzinfo",
        "datetime.date": DATE,
        "datetime.datetime": f"{DATE} {CLOCK} astimezone combine date now time timestamp timetz utcfromtimestamp utcnow utctimetuple",
        "datetime.time": CLOCK,
        "datetime.timedelta": "days max microseconds min resolution seconds total_seconds",
        "datetime.timezone": "dst fromutc max min tzname utc utcoffset",
        "time": "CLOCK_BOOTTIME CLOCK_HIGHRES CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_MONOTONIC_RAW_APPROX CLOCK_PROCESS_CPUTIME_ID CLOCK_PROF CLOCK_REALTIME CLOCK_TAI "
        "CLOCK_THREAD_CPUTIME_ID CLOCK_UPTIME CLOCK_UPTIME_RAW CLOCK_UPTIME_RAW_APPROX accept2dyear altzone asctime clock clock_getres clock_gettime clock_gettime_ns "
        "clock_settime clock_settime_ns ctime daylight get_clock_info gmtime localtime mktime monotonic monotonic_ns perf_counter perf_counter_ns process_time "
        "process_time_ns pthread_getcpuclockid sleep strftime strptime struct_time thread_time thread_time_ns time time_ns timezone tzname tzset",
        "time.time": "",
        "time.sleep": "",
    }.items()
}


class Absent(Record):
    """An attribute `name` that a body asks of `holder` in the standard library, by the name `of`, and that is not there; `remedy` is what may be meant."""

    of: str
    name: str
    span: Span
    holder: str
    remedy: str


def missing_of_library(run: Run) -> Iterator[Absent]:
    """Each name once, where it first stands in the function of a task, or in one of its file that this calls."""
    seen: set[str] = set()
    for function in reached(run.module, run.function, awaited=True):
        for found in absent_in(run.module, function.qualname):
            if f"{found.of}.{found.name}" not in seen:
                seen.add(f"{found.of}.{found.name}")
                yield found


@query
def absent_in(module: Module, qualname: str) -> tuple[Absent, ...]:
    """What a function asks for in vain, which many tasks may call."""
    function = module.function(qualname)
    named = _library_in(module)
    if function is None or not named or "<locals>" in qualname:
        return ()
    asking = {
        name
        for name, (holder, scope) in named.items()
        if scope in ("", qualname)
        and any(
            _missing(holder, name, one) is not None for one in words_behind(module.project, module.path, function, name)
        )
    }
    return tuple(_in_function(module, function, asking)) if asking else ()


def _in_function(module: Module, function: Function, asking: set[str]) -> Iterator[Absent]:
    named, body = _library_in(module), body_about(module, function, (), asking)
    for spot, expr, within in parts_of(body) if body is not None else ():
        if not isinstance(expr, Ref) or "." not in expr.name or body is None:
            continue
        head, *rest = expr.name.split(".")
        if head not in asking or is_caught(spot, EXPECTED) or is_own(within, head):
            continue
        holder, scope = named[head]
        if bound_in(body, head) or (not scope and module.local(function.qualname, head) is not None):
            continue
        found = _missing(holder, head, tuple(rest))
        if found is not None:
            yield Absent(found[0], found[1], expr.span, found[2], _remedy(found[2], found[1]))


@query
def _library_in(module: Module) -> dict[str, tuple[str, str]]:
    """The names that one import alone binds in a file, for what the table has, each with that and the function that imports it, empty for the file itself."""
    made: dict[str, tuple[str, str]] = {}
    if running_stars(module):
        return made
    for one in (*imports_from(module.facts, "datetime"), *imports_from(module.facts, "time")):
        holder = f"{one.module}.{one.name}" if one.name else one.module
        alone = imports_as(module.facts, one.bound) == (one,) and not one.guard
        if (
            holder in HELD
            and alone
            and len(live(module, one.bound)) == (0 if one.scope else 1)
            and _is_library(module, one)
        ):
            made[one.bound] = holder, one.scope
    return made


def _is_library(module: Module, one: Import) -> bool:
    """Whether no file of the project is called like the library."""
    return module.project.find(one.module, module) is None


def _missing(holder: str, of: str, words: tuple[str, ...]) -> tuple[str, str, str] | None:
    """Of what is asked of `holder`, which the file has as `of`, the first that is not there: of what, its name, and of what in the library."""
    for word in words:
        if not word or word.startswith("_"):
            return None
        if word not in HELD[holder]:
            return of, word, holder
        holder, of = f"{holder}.{word}", f"{of}.{word}"
        if holder not in HELD:
            return None
    return None


def _remedy(holder: str, name: str) -> str:
    """What may be meant: what the module around has, or the class in it."""
    if name in HELD.get(f"{holder}.datetime", ()):
        return f"the class `{holder}.datetime` has it"
    if holder == "datetime.timezone" and name in ("now", "localtime", "localdate", "make_aware", "is_aware"):
        return "`from django.utils import timezone` has it, `datetime.datetime` has `now`"
    above = holder.partition(".")[0]
    if above != holder and name in HELD[above]:
        return f"the module has it: `import {above}`"
    return "name what is there, or import what has it"
