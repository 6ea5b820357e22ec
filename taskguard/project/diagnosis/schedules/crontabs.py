"""Every `crontab(...)` of a project, and what is wrong with it."""

from __future__ import annotations

from taskguard.diagnostics import Fix
from taskguard.errors import nearest
from taskguard.facts import selections
from taskguard.facts.model import Call, Cond, Const, Expr, Op, Star
from taskguard.project.celery.cronfields import FIELDS, Wrong, expand, overlong, possible, unread
from taskguard.project.celery.drawn import drawn
from taskguard.project.celery.loaded import beats_elsewhere
from taskguard.project.celery.schedules import beat_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.schedules.text_questions import slower_words
from taskguard.project.editing.edits import edits_of
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolved_name
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.testing import for_tests
from taskguard.project.python.values import Known, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project

CRONTAB = "celery.schedules.crontab"
# The same by the name that it had before Celery 5 (celery/local.py, `COMPAT_MODULES`).
CRONTABS = (CRONTAB, "celery.task.schedules.crontab")
ACCEPTED = frozenset((*FIELDS, "nowfun", "app"))
# What people write for a field that has another name.
OTHER_NAMES = {
    "day": "day_of_month", "days": "day_of_month", "dom": "day_of_month", "month": "month_of_year", "months": "month_of_year", "week": "day_of_week",
    "weekday": "day_of_week", "dow": "day_of_week", "week_day": "day_of_week", "minutes": "minute", "hours": "hour", "second": "", "year": "",
}  # fmt: skip

PERIODS = {
    "minute": "an hour",
    "hour": "a day",
    "day_of_week": "a week",
    "day_of_month": "a month",
    "month_of_year": "a year",
}


def crontabs(system: System) -> Iterator[Bound]:
    """The calls that make a crontab, tests left out, under whatever name it was imported."""
    seen: set[tuple[str, object]] = set()
    for module in system.project.looked_at:
        if not for_tests(module.path):
            for site in selections.calling(module.facts, "crontab"):
                if not site.call.callee:
                    continue
                bound = Bound(site.call, module, site.scope)
                if _makes(bound) and (module.path, site.call.span) not in seen:
                    seen.add((module.path, site.call.span))
                    yield bound
    for service in system.live:
        for entry in beat_of(service):
            held = entry.schedule
            if held is not None and _makes(held) and (held.module.path, held.expr.span) not in seen:
                seen.add((held.module.path, held.expr.span))
                yield held


def _makes(bound: Bound) -> bool:
    expr = bound.expr
    return (
        isinstance(expr, Call)
        and bool(expr.callee)
        and resolved_name(bound.module, expr.callee, bound.scope) in CRONTABS
    )


def _given(call: Call) -> dict[str, Expr]:
    """The arguments by name; those after a star have none."""
    made: dict[str, Expr] = {}
    for name, arg in zip(FIELDS, call.args, strict=False):
        if isinstance(arg, Star):
            break
        made[name] = arg
    made.update({keyword.name: keyword.value for keyword in call.keywords if keyword.name is not None})
    return made


def _open(call: Call) -> bool:
    """Whether more may be given than is written out."""
    return any(isinstance(arg, Star) for arg in call.args) or any(keyword.name is None for keyword in call.keywords)


def minuteless_crontabs(system: System) -> Iterator[Fault]:
    """Crontabs that say when and leave out the minute."""
    unsent = _unsent(system)
    for bound in crontabs(system):
        call = bound.expr
        assert isinstance(call, Call)
        given = _given(call)
        values = {name: value_of(bound.other(given[name])) for name in FIELDS if name in given}
        if "minute" in given or not values:
            if not _open(call) and all(_is_any(name, value) for name, value in values.items()):
                yield from _against_words(bound, call)
            continue
        # An hour of "*" is written where every hour is meant; of the other fields "*" says what is so without it.
        telling = {name: value for name, value in values.items() if name == "hour" or value.value != "*"}
        if not telling:
            continue
        doubt = "the minute may be among arguments that are not written out" if _open(call) else ""
        if (bound.module.path, call.span) in unsent:
            doubt = "its schedule is one of an app that nothing starts, and beat is started of another"
        if doubt:
            yield Fault(bound.module.path, call.span, "", doubt=doubt)
            continue
        said = ", ".join(f"{name}={value.value!r}" if value.known else f"{name}=…" for name, value in telling.items())
        yield Fault(
            bound.module.path, call.span, f"crontab({said}) has no minute: it fires every minute{_when(telling)}",
            'say minute=0, or minute="*" if every minute is meant', certain=all(value.known for value in telling.values()),
            depends=tuple(dict.fromkeys(file for value in telling.values() for file in value.files)), fix=_on_the_hour(bound, call),
        )  # fmt: skip


def _is_any(name: str, value: Value) -> bool:
    """Whether a field leaves each minute in; `hour="*/3"` beside `minute="*"` shows another intent, and still leaves every minute of some hours."""
    written = value.value
    return value.known and (
        written == "*" or (name == "hour" and isinstance(written, str) and written.startswith("*/"))
    )


def _against_words(bound: Bound, call: Call) -> Iterator[Fault]:
    """A crontab that fires every minute, where a comment beside it speaks of hours or days."""
    words = slower_words(bound.module.project, bound.module.path, call.span.line)
    if words:
        yield Fault(
            bound.module.path, call.span, f'this fires every minute, and a comment here says "{words}"', "say minute=0, and the hour", certain=False
        )  # fmt: skip


def _unsent(system: System) -> set[tuple[str, Span]]:
    """Where the crontabs stand that only apps schedule of which nobody starts beat."""
    held: dict[bool, set[tuple[str, Span]]] = {True: set(), False: set()}
    for service in system.live:
        entries = [one.schedule for one in beat_of(service) if one.schedule is not None]
        if entries:
            held[beats_elsewhere(service)].update((one.module.path, one.expr.span) for one in entries)
    return held[True] - held[False]


def _on_the_hour(bound: Bound, call: Call) -> Fix | None:
    """`minute=0` among the arguments."""
    edits = edits_of(bound.module).argument(call, "minute=0")
    return Fix(edits, False) if edits else None


def _when(telling: dict[str, Value]) -> str:
    if "hour" in telling:
        return " of that hour" if telling["hour"].value not in ("*", "*/1") else ""
    return " of that day" if "day_of_week" in telling or "day_of_month" in telling else " of that month"


def invalid_crontabs(system: System) -> Iterator[Fault]:
    """Crontabs that Celery refuses when they are made, misreads, or that never come."""
    for bound in crontabs(system):
        call = bound.expr
        assert isinstance(call, Call)
        yield from _keywords(bound, call)
        yield from _fields(bound, call)


def _keywords(bound: Bound, call: Call) -> Iterator[Fault]:
    for keyword in call.keywords:
        if keyword.name is not None and keyword.name not in ACCEPTED:
            meant = OTHER_NAMES[keyword.name] if keyword.name in OTHER_NAMES else nearest(keyword.name, FIELDS)
            advice = f"did you mean {meant}?" if meant else f"the fields are {', '.join(FIELDS)}"
            yield Fault(
                bound.module.path, keyword.span, f'crontab knows no "{keyword.name}": it raises TypeError', advice
            )
    if len(call.args) > len(FIELDS) and not _open(call):
        yield Fault(
            bound.module.path,
            call.span,
            f"crontab takes {len(FIELDS)} arguments, not {len(call.args)}: it raises TypeError",
        )


def _fields(bound: Bound, call: Call) -> Iterator[Fault]:
    numbers: dict[str, frozenset[int]] = {}
    files: dict[str, None] = {}
    given = _given(call)
    for name in FIELDS:
        expr = given.get(name)
        value = Known("*") if expr is None else value_of(bound.other(expr))
        if not isinstance(value, Known):
            if expr is not None:
                yield from _by_chance(bound.other(expr), name)
                yield from _else_none(bound.other(expr), name)
            continue
        files.update(dict.fromkeys(value.files))
        span = call.span if expr is None else expr.span
        try:
            expanded = expand(name, value.value)
        except Wrong as error:
            yield Fault(
                bound.module.path,
                span,
                f"crontab({name}={value.value!r}) raises an error: {error}",
                _advice(name, value.value),
                depends=value.files,
            )
            continue
        if expanded is not None:
            numbers[name] = expanded
        rest = unread(value.value) if isinstance(value.value, str) else ""
        if rest:
            yield Fault(
                bound.module.path, span, f'crontab({name}={value.value!r}): Celery reads no further than "{rest}"', _advice(name, value.value),
                depends=value.files,
            )  # fmt: skip
        step = overlong(name, value.value) if isinstance(value.value, str) and not rest else 0
        if step:
            yield Fault(
                bound.module.path, span, f"crontab({name}={value.value!r}): the step is longer than {PERIODS[name]}, so it means {FIELDS[name][0]} only",
                _instead(name, step), depends=value.files,
            )  # fmt: skip
    days, months = numbers.get("day_of_month"), numbers.get("month_of_year")
    if days and months and not possible(days, months) and not _open(call):
        at = given.get("day_of_month")
        yield Fault(
            bound.module.path, at.span if at is not None else call.span, f"no such date: {_said(days)} of month {_said(months)}",
            _impossible(bound.module.project), depends=tuple(files),
        )  # fmt: skip


def _instead(name: str, step: int) -> str:
    """How to say every so many minutes or hours."""
    if name == "minute" and step % 60 == 0 and 24 * 60 % step == 0:
        return f'say minute=0 and hour="*/{step // 60}"' if step < 24 * 60 else "say minute=0 and hour=0"
    return (
        f"a schedule of timedelta({name}s={step}) comes that often"
        if name in ("minute", "hour")
        else "say the days or months by their numbers"
    )


def _by_chance(bound: Bound, name: str) -> Iterator[Fault]:
    """A field that chance chooses, also among numbers that Celery refuses: the module can be imported on most days and not on all."""
    bounds = drawn(bound)
    low, high = FIELDS[name]
    if bounds is not None and (bounds[0] < low or bounds[1] > high):
        wrong = bounds[0] if bounds[0] < low else bounds[1]
        yield Fault(
            bound.module.path, bound.expr.span, f"crontab({name}=…) is any number from {bounds[0]} to {bounds[1]}, and raises an error for {wrong}",
            f"draw from {low} to {high}",
        )  # fmt: skip


def _else_none(bound: Bound, name: str) -> Iterator[Fault]:
    """A field that is None where a condition does not hold, or where there is nothing else: who leaves a field out means `"*"`, and None is refused."""
    expr = bound.expr
    last = expr.operands[-1:] if isinstance(expr, Op) and expr.op == "or" else ()
    ways = (expr.body, expr.orelse) if isinstance(expr, Cond) else last
    if any(isinstance(one, Const) and one.value is None for one in ways):
        yield Fault(
            bound.module.path, expr.span, f"crontab({name}=…) raises TypeError where this is None", 'a field that is left out is "*"', certain=False
        )  # fmt: skip


def _impossible(project: Project) -> str:
    before = pinned_below(project, (5, 7))
    if before is None:
        return "Celery 5.7 raises ValueError; before, the task never runs"
    return "the task never runs" if before else "Celery raises ValueError"


def _said(numbers: frozenset[int]) -> str:
    return ", ".join(str(one) for one in sorted(numbers))


def _advice(name: str, value: object) -> str:
    if isinstance(value, str) and len(value.split()) == 5:
        return "this is a whole cron line: give each field by name, or use crontab.from_string (Celery 5.5 and later)"
    if name == "day_of_week":
        return "Sunday is 0, Saturday 6; names are sun to sat"
    low, high = FIELDS[name]
    return f'numbers from {low} to {high}, or a string like "*/2", "1,5" or "2-8/2"'
