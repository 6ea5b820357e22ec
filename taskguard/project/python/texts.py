"""Methods of texts and spans of time whose result the code says: `"{}.x".format(__name__)`, `name.removesuffix(".tasks")`, `timedelta(hours=1).total_seconds()`."""

from __future__ import annotations

from taskguard.facts.model import Opaque
from taskguard.patterns import regex
from taskguard.project.python.bound import Bound, value_of
from taskguard.project.python.mappings import method_call
from taskguard.project.python.values import LONGEST, Instance, Known, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from taskguard.facts.model import Call, Expr

# A template without formats and conversions, which could make texts of any length.
PLAIN_TEMPLATE = regex(r"(?:[^{}]|\{\w*\})*")
PLAIN_PERCENT = regex(r"(?:[^%]|%s|%d)*")
LARGEST_PRODUCT = 1_000_000
SLICE = regex(r"(-?\d*):(-?\d*)")


def method_value(bound: Bound, expr: Call) -> Value | None:
    """What a method of a known text or span of time gives; None where it is none of these."""
    receiver, method = method_call(expr)
    if receiver is None:
        return None
    held = value_of(bound.other(receiver))
    if not isinstance(held, Known):
        return None
    if method == "total_seconds":
        return _seconds(held) if isinstance(held.value, Instance) and not expr.args else None
    if not isinstance(held.value, str):
        return None
    args = [value_of(bound.other(arg)) for arg in expr.args]
    keywords = {str(one.name): value_of(bound.other(one.value)) for one in expr.keywords}
    values = [*args, *keywords.values()]
    files = tuple(dict.fromkeys(file for one in (held, *values) for file in one.files))
    if not all(isinstance(one, Known) and _plain(one.value) for one in values):
        return Unknown(f"a call of {method}", files)
    if len(held.value) * sum(_length(one.value) for one in values) > LARGEST_PRODUCT:
        return Unknown("a text too long to follow", files)
    if method == "format" and PLAIN_TEMPLATE.fullmatch(held.value) is None:
        return Unknown("a text that is formatted", files)
    try:
        made = getattr(held.value, method)(*(one.value for one in args), **{k: v.value for k, v in keywords.items()})
    except (TypeError, ValueError, LookupError):
        return Unknown(f"a call of {method}", files)
    return Known(made, files)


def _length(value: object) -> int:
    """An upper bound of what a text, number or list of texts prints."""
    return (
        sum(map(_length, value)) if isinstance(value, list | tuple) else len(value) + 1 if isinstance(value, str) else 0
    )


def _plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(one, str) for one in value)
    return type(value) in (str, int)


def _seconds(held: Known) -> Value | None:
    """`timedelta(minutes=3).total_seconds()`."""
    made = held.value
    seconds = span_in_seconds(made)
    if seconds is None:
        return None
    values = [*made.args, *(value for _, value in made.kwargs)]
    return Known(seconds, tuple(dict.fromkeys(file for one in (held, *values) for file in one.files)))


def span_in_seconds(made: Instance) -> float | None:
    """The length of a `timedelta(…)` of plain numbers; None for anything else."""
    values = [*made.args, *(value for _, value in made.kwargs)]
    plain = all(isinstance(one, Known) and type(one.value) in (int, float) for one in values)
    if made.name != "datetime.timedelta" or not plain:
        return None
    from datetime import timedelta

    try:
        given: dict[str, Any] = {name: value.value for name, value in made.kwargs}
        return timedelta(*[one.value or 0 for one in made.args], **given).total_seconds()
    except (TypeError, OverflowError):
        return None


def percent(template: str, given: object, files: tuple[str, ...]) -> Value:
    """`"%s.x" % name`."""
    values = given if isinstance(given, tuple) else (given,)
    if PLAIN_PERCENT.fullmatch(template) is None or not all(type(one) in (str, int) for one in values):
        return Unknown("a text that is formatted", files)
    try:
        made = template % tuple(values)
    except (TypeError, ValueError):
        return Unknown("a text that is formatted", files)
    return Known(made, files) if len(made) < LONGEST else Unknown("a text too long to follow", files)


def part(of: Value, index: Expr) -> Value | None:
    """`text[:-6]`, `parts[1:]` with whole numbers; None where it is no such slice."""
    found = SLICE.fullmatch(index.text) if isinstance(index, Opaque) else None
    if found is None or not isinstance(of, Known) or not isinstance(of.value, str | list | tuple):
        return None
    start, end = (int(one) if one not in ("", "-") else None for one in found.groups())
    return Known(of.value[start:end], of.files)
