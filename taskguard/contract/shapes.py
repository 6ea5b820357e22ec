"""Whether a record that was read from a file holds what its annotations promise: whoever compares states relies on it."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.codec import split
from taskguard.project.change import terms
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Test = Callable[[Any], bool]
    Made = TypeVar("Made", bound=Record)

# No file has more lines, and no line more columns.
MOST = 10**9
PLAIN: dict[str, Test] = {
    "str": lambda value: type(value) is str,
    "bool": lambda value: type(value) is bool,
    "int": lambda value: type(value) is int and 0 <= value <= MOST,
    "None": lambda value: value is None,
}
PLAIN["RouteKind"] = PLAIN["str"]  # which words it may be, only type checkers know
RECORDS: dict[str, type[Record]] = {
    name: one
    for name, one in {**vars(terms), "Span": Span}.items()
    if isinstance(one, type) and issubclass(one, Record)
}
_tests: dict[str, Test] = {}


def checked(made: Made) -> Made:
    """The record itself. Raises TypeError where a field, at any depth, is of another kind than its class says."""
    if not _test(type(made).__name__)(made):
        raise TypeError(f"no {type(made).__name__}")
    return made


def _test(annotation: str) -> Test:
    """What tells whether a value fits: names, `|`, `tuple[X, ...]` and `tuple[X, Y]`."""
    found = _tests.get(annotation)
    if found is None:
        found = _tests[annotation] = _made(annotation)
    return found


def _made(annotation: str) -> Test:
    ways = split(annotation, "|")
    if len(ways) > 1:
        tests = [_test(one) for one in ways]
        return lambda value: any(test(value) for test in tests)
    if annotation.startswith("tuple["):
        return _tuple(split(annotation[len("tuple[") : -1], ","))
    if annotation in PLAIN:
        return PLAIN[annotation]
    kind = RECORDS[annotation]
    fields = [_test(one) for one in kind.__annotations__.values()]
    return lambda value: type(value) is kind and all(test(one) for test, one in zip(fields, value))


def _tuple(parts: list[str]) -> Test:
    tests = [_test(one) for one in parts if one != "..."]
    if parts[-1] == "...":
        return lambda value: type(value) is tuple and all(map(tests[0], value))
    return lambda value: (
        type(value) is tuple and len(value) == len(tests) and all(test(one) for test, one in zip(tests, value))
    )
