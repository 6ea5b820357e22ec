"""`Known(x)`, `Unknown(why)` or `ABSENT`. A rule may only act on Known."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Name(Record):
    """A class, function or foreign object, by the dotted name that it finally has."""

    dotted: str

    @property
    def last(self) -> str:
        return self.dotted.rpartition(".")[2]


class Known(Record):
    """A value that the code says. `files` are the paths of the files that say it, besides the one that asks.

    `value` is a str, int, float, bool, None, list, tuple, set or dict of such, a `Name`, or an `Instance`. `name` is the dotted name that
    the expression resolves to, where it is one (a constant, an enum member).
    """

    value: Any
    files: tuple[str, ...] = ()
    name: str = ""

    known = True
    absent = False


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


class Instance(Record):
    """What a call of a foreign or project class makes: `crontab(minute=5)`. Arguments are Values."""

    name: str
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]

    def argument(self, name: str, place: int | None = None) -> Value:
        """The argument by keyword or else by place; ABSENT where it is not given."""
        for key, value in self.kwargs:
            if key == name:
                return value
        if place is not None and place < len(self.args):
            return self.args[place]
        return ABSENT
