"""Checkers of other packages: found by entry point, and only those that settings or a pack name.

Nothing here is imported where none is named: to look at what is installed costs more than the check of a file.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from taskguard.errors import nearest
from taskguard.patterns import regex
from taskguard.record import Record

GROUP = "taskguard.checkers"
OURS = "TG"
CODE = regex(r"[A-Z]{2,6}\d{3}")
BASE = ("taskguard.rule", "Rule")

# Code -> class of all that was loaded in this process.
loaded: dict[str, Plugin] = {}


class Plugin(Record):
    """A rule of another package: its class, and what to call the package."""

    rule: Any
    origin: str


class Unusable(Exception):
    """Checkers that cannot be loaded, and why, in words."""


def fault(name: str) -> str | None:
    """What is wrong with the checkers of that name, None where nothing is."""
    try:
        named(name)
    except Unusable as error:
        return str(error)
    return None


@cache
def named(name: str) -> tuple[str, ...]:
    """Loads the checkers that an installed package registers under that name. Their codes. Raises Unusable."""
    found = {one.name: one for one in entry_points(group=GROUP)}
    if name not in found:
        guess = nearest(name, found)
        there = f"installed are {', '.join(sorted(found))}" if found else "there are none at all"
        hint = f"did you mean `{guess}`?" if guess else there
        raise Unusable(f"no installed package registers `{name}` under `{GROUP}`; {hint}")
    entry = found[name]
    rules = classes(loaded_value(entry))
    if not rules:
        raise Unusable(f"`{entry.value}`, which `{name}` stands for, has no rule")
    origin = f"{name} ({entry.dist.name} {entry.dist.version})" if entry.dist is not None else name
    for rule in rules:
        accept(rule, origin)
    return tuple(rule.code for rule in rules)


def loaded_value(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (Exception, SystemExit) as error:
        raise Unusable(f"`{entry.value}` cannot be imported: {type(error).__name__}: {error}") from error


def classes(value: Any) -> list[Any]:
    """The rules of a module, or of a list of classes, by code; what they are built upon has no code."""
    things = vars(value).values() if hasattr(value, "__dict__") and not isinstance(value, (list, tuple)) else value
    found = dict.fromkeys(one for one in things if isinstance(one, type) and is_rule(one))
    return sorted(found, key=lambda one: str(one.code))


def is_rule(one: Any) -> bool:
    """Whether a class is a complete rule, and not one of ours that was imported beside it."""
    bases = {(base.__module__, base.__name__) for base in one.__mro__[1:]}
    return BASE in bases and bool(one.code) and not one.__module__.startswith("taskguard.")


def accept(rule: Any, origin: str) -> None:
    """Takes a rule in. Raises Unusable for a code that it may not have."""
    if not isinstance(rule.code, str) or not CODE.fullmatch(rule.code) or rule.code.startswith(OURS):
        raise Unusable(
            f"the code {rule.code!r} of {rule.__name__} is none: two to six letters, other than {OURS}, and three digits are"
        )
    try:
        rule.options()
    except AttributeError as error:
        raise Unusable(f"an option of {rule.code} has no default: {error}") from error
    held = loaded.setdefault(rule.code, Plugin(rule, origin))
    if held.rule is not rule:
        raise Unusable(f"the code {rule.code} is that of {held.rule.__name__} in {held.origin} already")


def codes(names: tuple[str, ...]) -> dict[str, Plugin]:
    """The checkers of these names by code; those that cannot be loaded left out."""
    made = {}
    for name in names:
        if fault(name) is None:
            made.update({code: loaded[code] for code in named(name)})
    return made
