"""Facts that note which parts of them somebody asks for: what a verdict rests on.

A part is a section, a field of `Facts` by its number; what a selection (`selections.py`) picks, by its name; or something about the body of a function or
a class, with its qualified name: a field by its number, or what one of its methods says. Whoever asks for the functions of a file need not care for what each of them does,
nor for the methods of each class.
"""

from __future__ import annotations

from taskguard.facts.lazy import LazyFacts, lazy
from taskguard.facts.model import Class, Facts, Function
from taskguard.record import maker
from taskguard.tracing import TRACE, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from taskguard.facts.model import Binding

    Part = int | tuple[Any, ...]

FUNCTION, CLASS = len(Function.fields), len(Class.fields)
FUNCTIONS, CLASSES = (Facts.fields.index(name) for name in ("functions", "classes"))
# Stands before the name of a selection, and before what is asked of a class.
SELECTED, OF_CLASS = -1, -2
METHODS = ("binds", "called", "called_below", "called_ending", "may_call", "returned_call")
BODY = tuple(Function.fields.index(name) for name in ("steps", "calls", "locals"))
CLASS_METHODS = ("has", "sets")
CLASS_BODY = tuple(Class.fields.index(name) for name in ("attributes", "methods"))


class Noted(dict["Part", int]):
    """The parts of one file's facts that somebody has asked for, each with its number among all reads (`tracing.py`). Each is itself, whatever it
    holds. `quiet` are these facts, with nobody who watches who asks for their sections."""

    quiet: Facts

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __missing__(self, part: Part) -> int:
        made = self[part] = number()
        return made


class WatchedFacts(LazyFacts):
    """The same values. Behind them stands what each read is noted in."""

    __slots__ = ()


class WatchedFunction(Function):
    """As `WatchedFacts`, for what is said of the body."""

    __slots__ = ()

    def replace(self, **changes: Any) -> WatchedFunction:
        """The same function with some fields changed, as watched as before."""
        values = tuple(self)
        return _function((*Function(*values[:FUNCTION]).replace(**changes), values[FUNCTION]))


class WatchedClass(Class):
    """As `WatchedFunction`, for what is said of the body."""

    __slots__ = ()

    def replace(self, **changes: Any) -> WatchedClass:
        """The same class with some fields changed, as watched as before."""
        values = tuple(self)
        return _class((*Class(*values[:CLASS]).replace(**changes), values[CLASS]))


def _section(place: int) -> Callable[[Any], Any]:
    name = Facts.fields[place]

    def read(held: Any) -> Any:
        noted = held[0]
        TRACE.reads.add(noted[place])
        return getattr(noted.quiet, name)

    return read


def _field(place: int) -> Callable[[Any], Any]:
    def read(held: Any) -> Any:
        TRACE.reads.add(held[FUNCTION][(place, held[0])])
        return held[place]

    return read


def _method(name: str) -> Callable[..., Any]:
    def asked(held: Any, *args: Any) -> Any:
        part = (name, held[0], *args)
        TRACE.reads.add(held[FUNCTION][part])
        return getattr(_bare(held[:FUNCTION]), name)(*args)

    return asked


def _class_field(place: int) -> Callable[[Any], Any]:
    def read(held: Any) -> Any:
        TRACE.reads.add(held[CLASS][(OF_CLASS, held[0], place)])
        return held[place]

    return read


def _class_method(name: str) -> Callable[..., Any]:
    def asked(held: Any, *args: Any) -> Any:
        part = (OF_CLASS, held[0], name, *args)
        TRACE.reads.add(held[CLASS][part])
        return getattr(_bare_class(held[:CLASS]), name)(*args)

    return asked


for _place, _name in enumerate(Facts.fields):
    setattr(WatchedFacts, _name, property(_section(_place)))
for _place in BODY:
    setattr(WatchedFunction, Function.fields[_place], property(_field(_place)))
for _name in METHODS:
    setattr(WatchedFunction, _name, _method(_name))
for _place in CLASS_BODY:
    setattr(WatchedClass, Class.fields[_place], property(_class_field(_place)))
for _name in CLASS_METHODS:
    setattr(WatchedClass, _name, _class_method(_name))


_watched, _bare, _function = maker(WatchedFacts), maker(Function), maker(WatchedFunction)
_bare_class, _class = maker(Class), maker(WatchedClass)


def watched(facts: Facts, noted: Noted) -> Facts:
    """`facts`, each read of which is noted."""

    def section(place: int) -> Any:
        value = getattr(facts, Facts.fields[place])
        if place == FUNCTIONS:
            return tuple(_function((*one, noted)) for one in value)
        return tuple(_class((*one, noted)) for one in value) if place == CLASSES else value

    noted.quiet = lazy(section)
    return _watched((noted,))


def quietly(facts: Facts, selection: str = "", args: tuple[Any, ...] = ()) -> Facts:
    """The facts for a selection, which is noted."""
    if type(facts) is not WatchedFacts:
        return facts
    noted = _noted(facts)
    TRACE.reads.add(noted[SELECTED, selection, args])
    return noted.quiet


def _noted(facts: Any) -> Noted:
    """What the reads of watched facts are noted in."""
    noted: Noted = facts[0]
    return noted


def note(function: Function, method: str, *args: Any) -> None:
    """Notes that somebody knows what a method of a function says."""
    if type(function) is WatchedFunction:
        part = (method, function.qualname, *args)
        TRACE.reads.add(tuple(function)[FUNCTION][part])


def plain_locals(function: Function) -> tuple[str, ...]:
    """The names that a function binds, for who notes itself which of them it asks for."""
    names: tuple[str, ...] = tuple(function)[BODY[2]]
    return names


def plain_calls(function: Function) -> tuple[str, ...]:
    """What a function calls, for a selection, which is noted itself."""
    names: tuple[str, ...] = tuple(function)[BODY[1]]
    return names


def plain_attributes(klass: Class) -> tuple[Binding, ...]:
    """What the body of a class binds, for a selection, which is noted itself."""
    held: tuple[Binding, ...] = tuple(klass)[CLASS_BODY[0]]
    return held


def plain(facts: Facts) -> Facts:
    """The facts without anybody who watches who asks for their sections."""
    if type(facts) is not WatchedFacts:
        return facts
    noted = _noted(facts)
    return noted.quiet


def pieces(
    facts: Facts, parts: Collection[Part], selected: Callable[[Facts, str, tuple[Any, ...]], Any]
) -> Iterator[Any]:
    """What these parts of facts that nobody watches are; `selected` gives what a selection picks."""
    bodies: dict[str, list[Any]] = {}
    classes: dict[str, list[Any]] = {}
    if any(not isinstance(one, int) for one in parts):
        for function in facts.functions:
            bodies.setdefault(function.qualname, []).append(function)
        for klass in facts.classes:
            classes.setdefault(klass.qualname, []).append(klass)
    for one in parts:
        if isinstance(one, int):
            yield getattr(facts, Facts.fields[one])
        elif one[0] == SELECTED:
            yield selected(facts, one[1], one[2])
        elif one[0] == OF_CLASS:
            yield _said(classes.get(one[1], ()), *one[2:])
        else:
            yield _said(bodies.get(one[1], ()), one[0], *one[2:])


def _said(bodies: Collection[Any], about: str | int, *args: Any) -> tuple[Any, ...]:
    """What the bodies of one qualified name say: a field by its number, or what a method says."""
    return tuple(getattr(body, about)(*args) if isinstance(about, str) else tuple(body)[about] for body in bodies)


def named(part: Part) -> str:
    """A part for people to read."""
    if isinstance(part, int):
        return Facts.fields[part]
    if part[0] == SELECTED:
        return f"{part[1]}{part[2] or ''}"
    if part[0] == OF_CLASS:
        _, _, about, *args = part
        return f"class: {about if isinstance(about, str) else Class.fields[about]}{args or ''}"
    about, _, *args = part
    return f"body: {about if isinstance(about, str) else Function.fields[about]}{args or ''}"
