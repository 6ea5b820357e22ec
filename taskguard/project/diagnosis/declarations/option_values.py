"""Values of task options that Celery refuses, or takes for something else than who wrote them (each run with the real Celery)."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.project.python.values import Instance, Name
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# celery/utils/time.py, `rate`: a number, or one by the second, minute or hour.
RATE = regex(r"\s*[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*(?:/[smh]?)?")
PERIODS = {"d": "day", "day": "day", "w": "week", "week": "week"}
# kombu/serialization.py and kombu/compression.py.
SERIALIZERS = frozenset("auth binary json msgpack pickle raw yaml application/data".split())
COMPRESSIONS = frozenset(
    "brotli bzip bzip2 gzip lzma xz zlib zstd zstandard application/x-brotli application/x-bz2 application/x-gzip application/x-lzma application/zstd".split()
)
SWITCHES = frozenset(
    "acks_late acks_on_failure_or_timeout bind ignore_result reject_on_worker_lost retry_jitter send_events store_eager_result"
    " store_errors_even_if_ignored track_started trail typing".split()
)
OFF = frozenset("false no off 0 none".split())
ISO_DATE = regex(r"\d{4}-?\d\d.*")
NUMBERS = ("max_retries", "default_retry_delay")
CLASSES = ("autoretry_for", "dont_autoretry_for", "throws")
# Attributes that a value breaks, and what fails then.
CALLED = {
    "delay": "`.delay()` of it is a TypeError", "apply_async": "each send of it is a TypeError", "request": "each run of it is an AttributeError",
    "AsyncResult": "a send of it is a TypeError",
}  # fmt: skip
OTHERS = frozenset("apply chunks map replace s si signature starmap subtask update_state".split())


class Wrong(Record):
    """`what` is wrong with the value, and `help`. It is not `sure` where nothing of it need ever be used."""

    what: str
    help: str
    sure: bool = True


def wrong_value(option: str, value: object) -> Wrong | None:
    """What is wrong with the value of an option; None where Celery takes it as it is meant, or where that cannot be told."""
    if option == "rate_limit":
        return wrong_rate(value)
    if option in NUMBERS:
        return _number(option, value)
    if option in CLASSES:
        return _classes(option, value)
    if option in SWITCHES:
        said = isinstance(value, str) and value.strip().lower() in OFF
        return (
            Wrong(f'{option} is the string "{value}", which counts as true', f"write {option}=False") if said else None
        )
    check = CHECKS.get(option)
    if check is not None:
        return check(value)
    if option in CALLED or option in OTHERS:
        return _method(option, value)
    return None


def may_be_wrong(option: str) -> bool:
    """Whether anything is said of the values of an option."""
    return option == "rate_limit" or any(option in one for one in (NUMBERS, CLASSES, SWITCHES, CHECKS, CALLED, OTHERS))


def retry_value(key: str, value: object) -> Wrong | None:
    """The same of an entry of `retry_kwargs`, which `retry()` is given."""
    if key == "max_retries":
        return _number(key, value)
    return _delay("countdown", value) if key == "countdown" else None


def wrong_rate(value: object, effect: str = "the worker does not start") -> Wrong | None:
    """The same of a rate limit, and what comes of a wrong one."""
    if not isinstance(value, str) or not value or RATE.fullmatch(value):
        return None
    number, _, period = value.partition("/")
    advice = 'write a number, or one such as "10/s", "10/m" or "10/h"'
    if period.strip().lower() in PERIODS:
        advice = f"Celery counts by the second, minute or hour: a {PERIODS[period.strip().lower()]} has to be limited otherwise"
    elif period.strip().lower()[:1] in ("s", "m", "h") and number.strip().isdigit():
        advice = f'write "{number.strip()}/{period.strip().lower()[0]}"'
    return Wrong(f'rate_limit "{_short(value)}" is none that Celery knows: {effect}', advice)


def _number(option: str, value: object) -> Wrong | None:
    if option == "default_retry_delay":
        return _delay(option, value)
    if isinstance(value, str):
        return Wrong(f'{option} is the string "{_short(value)}": a retry is a TypeError', "write a number")
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return Wrong(f"{option} is {value}: there is no retry at all", "`None` is without limit, 0 is none", sure=False)
    return None


def _delay(option: str, value: object) -> Wrong | None:
    if isinstance(value, str):
        return Wrong(
            f'{option} is the string "{_short(value)}": a retry is a TypeError, and the task is not run again',
            "write seconds",
        )
    if _timed(value):
        return Wrong(f"{option} is a timedelta: a retry is a TypeError, and the task is not run again", "write seconds")
    return None


def _timed(value: object) -> bool:
    return isinstance(value, Instance) and value.name == "datetime.timedelta"


def _classes(option: str, value: object) -> Wrong | None:
    given = value if isinstance(value, list | tuple | set) else [value] if isinstance(value, str) else []
    text = next((one for one in given if isinstance(one, str)), None)
    if text is None:
        return None
    return Wrong(
        f'{option} has the string "{_short(text)}": each failure of the task is a TypeError in its place',
        "give the exception classes themselves",
    )


def _backoff(option: str, value: object) -> Wrong | None:
    if _timed(value):
        return Wrong(f"{option} is a timedelta: the task cannot be made, and the app does not start", "write seconds")
    if not isinstance(value, str):
        return None
    try:
        float(value)
    except ValueError:
        return Wrong(
            f'{option} is the string "{_short(value)}": the task cannot be made, and the app does not start',
            "write a number, or `True`",
        )
    return None


def _limit(option: str, value: object) -> Wrong | None:
    return (
        Wrong(f"{option} is a timedelta, which no message can carry: each send is an error", "write seconds")
        if _timed(value)
        else None
    )


def _expires(value: object) -> Wrong | None:
    if _timed(value):
        return Wrong("expires is a timedelta: each send is a TypeError", "write seconds")
    if isinstance(value, str) and not ISO_DATE.fullmatch(value):
        return Wrong(
            f'expires is the string "{_short(value)}", no date: each send is a ValueError', "write seconds as a number"
        )
    return None


def _queue(value: object) -> Wrong | None:
    wrong = isinstance(value, list | tuple | dict | int | float) and not isinstance(value, bool)
    return Wrong("queue is no string: each send is an error", "give the name of one queue") if wrong else None


def _named(option: str, known: frozenset[str], value: object) -> Wrong | None:
    if not isinstance(value, str) or not value or value in known:
        return None
    return Wrong(
        f'{option} "{_short(value)}" is none that kombu knows: each send is an error unless something registers it',
        f"known are {', '.join(sorted(one for one in known if '/' not in one))}",
    )  # fmt: skip


def _method(option: str, value: object) -> Wrong | None:
    if isinstance(value, Name | Instance) or value is None:
        return None
    if option in CALLED:
        return Wrong(
            f"{option} replaces the task's own {option}: {CALLED[option]}",
            "call options belong to `apply_async()`; leave it out",
        )
    return Wrong(f"{option} replaces the task's own method {option}", "leave it out", sure=False)


def _short(text: str) -> str:
    return text if len(text) <= 40 and text.isprintable() else "…"


CHECKS: dict[str, Callable[[object], Wrong | None]] = {
    "compression": lambda value: _named("compression", COMPRESSIONS, value),
    "expires": _expires,
    "queue": _queue,
    "retry_backoff": lambda value: _backoff("retry_backoff", value),
    "retry_backoff_max": lambda value: _backoff("retry_backoff_max", value),
    "serializer": lambda value: _named("serializer", SERIALIZERS, value),
    "soft_time_limit": lambda value: _limit("soft_time_limit", value),
    "time_limit": lambda value: _limit("time_limit", value),
}
