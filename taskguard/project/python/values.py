"""`Known(x)`, `Unknown(why)` or `ABSENT`. A rule may only act on Known."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Name:
    """A class, function or foreign object, by the dotted name that it finally has."""

    __slots__ = ("dotted",)

    def __init__(self, dotted: str) -> None:
        self.dotted = dotted

    @property
    def last(self) -> str:
        return self.dotted.rpartition(".")[2]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.dotted == other.dotted

    def __hash__(self) -> int:
        return hash(self.dotted)

    def __repr__(self) -> str:
        return self.dotted


def told_apart(*names: str) -> list[str]:
    """The last part of each dotted name; the whole name where two of them would look alike."""
    fulls: dict[str, set[str]] = {}
    for name in names:
        fulls.setdefault(name.rpartition(".")[2], set()).add(name)
    return [name if len(fulls[last]) > 1 else last for name in names for last in (name.rpartition(".")[2],)]


class Known(Record):
    """A value that the code says. `files` are the paths of the files that say it, besides the one that asks.

    `value` is a str, int, float, bool, None, list, tuple, set or dict of such, a `Name`, or an `Instance`. `name` is the dotted name that
    the expression resolves to, where it is one (a constant, an enum member).

    This is the gate to everything that judges values: whatever is Known can be hashed, compared and printed, lists and dicts too, in
    a time and at a length that are bounded. `Known(x)` is Unknown where that does not hold of x.
    """

    value: Any
    files: tuple[str, ...] = ()
    name: str = ""

    known = True
    absent = False

    if not TYPE_CHECKING:

        def __new__(cls, value, files=(), name=""):
            held = holdable(value)
            return (
                tuple.__new__(cls, (held[0], files, name))
                if held
                else Unknown("a value too large or odd to follow", files, name)
            )


class Unknown(Record):
    """A value that cannot be told without running the code. `name` as in Known."""

    why: str
    files: tuple[str, ...] = ()
    name: str = ""

    known = False
    absent = False
    value = None


class Absent(Record):
    """Surely not given."""

    known = False
    absent = True
    value = None
    name = ""
    files: tuple[str, ...] = ()


ABSENT = Absent()
Value = Known | Unknown | Absent


class Instance:
    """What a call of a foreign or project class makes: `crontab(minute=5)`. Arguments are Values."""

    __slots__ = ("args", "kwargs", "name")

    def __init__(self, name: str, args: tuple[Value, ...], kwargs: tuple[tuple[str, Value], ...]) -> None:
        self.name = name
        self.args = args
        self.kwargs = kwargs

    def _all(self) -> tuple[object, ...]:
        return self.name, self.args, self.kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instance) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        given = [_said(value) for value in self.args] + [f"{name}={_said(value)}" for name, value in self.kwargs]
        return f"{self.name}({', '.join(given)})"

    def argument(self, name: str, place: int | None = None) -> Value:
        """The argument by keyword or else by place; ABSENT where it is not given."""
        for key, value in self.kwargs:
            if key == name:
                return value
        if place is not None and place < len(self.args):
            return self.args[place]
        return ABSENT


def _said(value: Value) -> str:
    return repr(value.value) if value.known else "…"


class Listed(list):  # type: ignore[type-arg]
    """A list that nobody changes any more, so that it can be hashed."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))


class Members(set):  # type: ignore[type-arg]
    """A set that nobody changes any more; printed in one order."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))

    def __repr__(self) -> str:
        return f"{{{', '.join(sorted(map(repr, self)))}}}" if self else "set()"


class Entries(dict):  # type: ignore[type-arg]
    """A dict that nobody changes any more."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


# What a value may measure: a number (above, not each whole number is a float any more, and none is a time), a text, and all of a value's texts and parts.
LARGEST = 10**18
LONGEST = 10_000
WHOLE = 200_000
DEEPEST = 60


def holdable(value: object) -> tuple[object] | None:
    """The value in a form that can be hashed; None where it has none, or no bounded one."""
    kind = type(value)
    if kind is str:
        return (value,) if len(value) <= LONGEST and (value.isascii() or _encodable(value)) else None  # type: ignore[arg-type, attr-defined]
    if kind is bool or value is None or kind is Name:
        return (value,)
    if kind is int or kind is float:
        return (value,) if -LARGEST <= value <= LARGEST else None  # type: ignore[operator]
    if _weight(value, DEEPEST) > WHOLE:
        return None
    made = _hashable(value)
    return None if made is None else (made,)


def _encodable(text: str) -> bool:
    """Whether a text can be written at all: a lone surrogate cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _weight(value: object, left: int) -> int:
    """How much there is in a value; more than WHOLE where it is nested too deep."""
    if isinstance(value, str):
        return len(value) + 1
    if not isinstance(value, list | tuple | set | frozenset | dict | Instance):
        return 8
    if left == 0:
        return WHOLE + 1
    weight = 1
    for one in _parts(value):
        weight += _weight(one, left - 1)
        if weight > WHOLE:
            break
    return weight


def _parts(value: Any) -> Iterable[object]:
    if isinstance(value, Instance):
        return [one.value for one in (*value.args, *(given for _, given in value.kwargs))]
    return [*value, *value.values()] if isinstance(value, dict) else value


def _hashable(value: object) -> object:
    """Lists, sets and dicts in a form that can be hashed; None where a part cannot be held."""
    kind = type(value)
    if kind in (Listed, Members, Entries, Instance):
        return value
    if isinstance(value, dict):
        keys, values = _each(value), _each(value.values())
        return None if keys is None or values is None else Entries(zip(keys, values))
    if kind is tuple or kind is list or kind is set or kind is frozenset:
        parts = _each(value)  # type: ignore[arg-type]
        return (
            None
            if parts is None
            else tuple(parts)
            if kind is tuple
            else Listed(parts)
            if kind is list
            else Members(parts)
        )
    return None


def _each(values: Iterable[object]) -> list[object] | None:
    made: list[object] = []
    for one in values:
        held = holdable(one)
        if held is None:
            return None
        made.append(held[0])
    return made


def hashes(value: object) -> bool:
    """Whether Python itself takes a known value as a key of a dict or a member of a set."""
    if type(value) is tuple:
        return all(map(hashes, value))
    return not isinstance(value, Listed | Members | Entries)
