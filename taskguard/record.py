"""Frozen values with named fields, cheap to make and to serialise.

A `Record` is a tuple whose places have names. Facts are made of them: they hash, compare, pickle and turn into JSON
arrays as they are. `dataclasses` would say the same and cost more than the whole start-up of the command.
"""

from __future__ import annotations

from operator import itemgetter
from types import MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_options):
        return lambda made: made


@dataclass_transform(frozen_default=True)
class RecordType(type):
    """Turns the annotations of a class body into the fields of a tuple."""

    fields: tuple[str, ...]
    defaults: dict[str, Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> RecordType:
        own = tuple(field for field in body.get("__annotations__", ()) if not field.startswith("_"))
        inherited: tuple[str, ...] = ()
        defaults: dict[str, Any] = {}
        for base in bases:
            inherited += getattr(base, "fields", ())
            defaults.update(getattr(base, "defaults", {}))
        for field in own:
            if field in body:
                defaults[field] = body.pop(field)
        fields = inherited + own
        for place, field in enumerate(fields):
            body[field] = property(itemgetter(place))
        body.update(__slots__=(), fields=fields, defaults=defaults, __match_args__=fields)
        return super().__new__(mcs, name, bases, body)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    Made = TypeVar("Made")

    def maker(kind: Callable[..., Made]) -> Callable[[tuple[Any, ...]], Made]: ...

    class Record(metaclass=RecordType):
        def replace(self: Made, **changes: Any) -> Made: ...
        def __iter__(self) -> Iterator[Any]: ...
        def __lt__(self, other: Any) -> bool: ...

else:

    def maker(kind):
        """What makes a record of a tuple of all its values, unchecked: for those that are made by the ten thousand."""
        return MethodType(tuple.__new__, kind)  # `functools.partial` does the same, after an import of its own weight

    class Record(tuple, metaclass=RecordType):
        """Base of all frozen values. Fields are the annotated names of the class body, in order; a value is a default."""

        def __new__(cls, *values, **named):
            if named or len(values) != len(cls.fields):
                values = cls._complete(values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _complete(cls, values, named):
            places = cls.fields
            if len(values) > len(places):
                raise TypeError(f"{cls.__name__} takes {len(places)} values, not {len(values)}")
            rest = []
            for field in places[len(values) :]:
                if field in named:
                    rest.append(named.pop(field))
                elif field in cls.defaults:
                    rest.append(cls.defaults[field])
                else:
                    raise TypeError(f"{cls.__name__} needs {field}")
            if named:
                raise TypeError(f"{cls.__name__} has no place for {', '.join(sorted(named))}")
            return values + tuple(rest)

        def __getnewargs__(self):
            return tuple(self)

        def __eq__(self, other):
            return type(self) is type(other) and tuple.__eq__(self, other)

        def __ne__(self, other):
            return not self == other

        def __hash__(self):
            return tuple.__hash__(self)

        def __repr__(self):
            inside = ", ".join(f"{field}={value!r}" for field, value in zip(self.fields, self))
            return f"{type(self).__name__}({inside})"

        def replace(self, **changes):
            """The same value with some fields changed."""
            values = [changes.pop(field, value) for field, value in zip(self.fields, self)]
            return type(self)(*values, **changes)
