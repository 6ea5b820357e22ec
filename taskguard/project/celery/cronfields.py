"""The fields of a crontab, read as Celery reads them (celery/schedules.py, `crontab_parser` and `_expand_cronspec`)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# In the order of crontab's parameters: name, lowest and highest number.
FIELDS = {"minute": (0, 59), "hour": (0, 23), "day_of_week": (0, 6), "day_of_month": (1, 31), "month_of_year": (1, 12)}
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Wrong(Exception):
    """Celery refuses the value; the text says why."""


def expand(field: str, value: object) -> frozenset[int] | None:
    """The numbers that a field stands for; None where that cannot be told. Raises Wrong for what Celery refuses."""
    low, high = FIELDS[field]
    if isinstance(value, int):
        found: frozenset[int] | None = frozenset((int(value),))
    elif isinstance(value, str):
        found = frozenset(number for part in value.split(",") for number in _part(part, low, high))
    elif isinstance(value, list | tuple | set):
        found = _items(value)
    elif value is None or isinstance(value, float):
        raise Wrong(f"{value!r} is neither a number, a string nor a list")
    else:
        found = None
    for number in sorted(found or ()):
        _within(number, low, high)
    return found


def unread(value: str) -> str:
    """The end of a field that Celery skips without a word: after a step or a range it reads no further."""
    for part in value.split(","):
        rest = _pieces(part)[3].strip()
        if rest:
            return rest
    return ""


def overlong(field: str, value: str) -> int:
    """The step of a `*/step` that is longer than the whole field, so that it is never taken; 0 where there is none.

    One just as long, as in `minute="*/60"`, comes as often as it says.
    """
    low, high = FIELDS[field]
    for part in value.split(","):
        step = part[2:] if part.startswith("*/") else ""
        if step.isdecimal() and int(step) > high - low + 1:
            return int(step)
    return 0


def possible(days: Iterable[int], months: Iterable[int]) -> bool:
    """Whether some month has one of these days."""
    days = tuple(days)
    return any(day <= LONGEST[month - 1] for month in months for day in days)


def _items(values: Iterable[object]) -> frozenset[int] | None:
    made: list[int] = []
    for one in values:
        if isinstance(one, str) or one is None:
            raise Wrong(f"{one!r} in a list is not read, only numbers are")
        if not isinstance(one, int):
            return None
        made.append(one)
    return frozenset(made)


def _part(part: str, low: int, high: int) -> range | list[int]:
    if not part:
        raise Wrong("an empty part")
    if part == "*":
        return range(low, high + 1)
    kind, first, last, _, step = _read(part)
    if kind == "star":
        return range(low, high + 1)[:: _step(step)]
    if kind == "number":
        return [_number(part, low, high)]
    start, end = _number(first, low, high), _number(last, low, high)
    whole = [*range(start, high + 1), *range(low, end + 1)] if end < start else list(range(start, end + 1))
    return whole[:: _step(step)] if step is not None else whole


def _read(part: str) -> tuple[str, str, str, str, str | None]:
    first, last, step, rest = _pieces(part)
    if part.startswith("*/"):
        return "star", "", "", rest, step or ""
    if first and last:
        return "range", first, last, rest, step
    return "number", "", "", "", None


def _pieces(part: str) -> tuple[str, str, str | None, str]:
    """First, last, step and what is left of `first-last/step` or `*/step`; a step of None is not written."""
    if part.startswith("*/"):
        step, rest = _word(part[2:])
        return "*", "", step, rest
    first, rest = _word(part)
    if not first or not rest.startswith("-"):
        return "", "", None, ""
    last, rest = _word(rest[1:])
    if last and rest.startswith("/"):
        step, rest = _word(rest[1:])
        return first, last, step, rest
    return first, last, None, rest if last else ""


def _word(text: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[:end], text[end:]


def _step(text: str | None) -> int:
    try:
        step = int(text or "")
    except ValueError:
        raise Wrong(f"{text!r} is no step" if text else "the step after / is missing") from None
    if not step:
        raise Wrong("a step of 0")
    return step


def _number(text: str, low: int, high: int) -> int:
    if text.startswith("-"):
        raise Wrong(f"{text!r} is negative")
    try:
        number = int(text)
    except ValueError:
        word = text[:3].lower()
        if word not in MONTHS and word not in WEEKDAYS:
            raise Wrong(f"{text!r} is no number and no name of a day or month") from None
        number = MONTHS.index(word) + 1 if word in MONTHS else WEEKDAYS.index(word)
    _within(number, low, high)
    return number


def _within(number: int, low: int, high: int) -> None:
    if not low <= number <= high:
        raise Wrong(f"{number} is not in {low}-{high}")
