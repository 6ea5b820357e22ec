"""Facts as text and back: JSON in which each record is an object with one key, the name of its class.

Each section of the facts is a text of its own, read when it is asked for. Text may come from a stranger's repository. What is read can only become records of the model, each field is held to its
annotation, and anything else raises ValueError. The fields are those of the model: a new one needs no word here.
"""

from __future__ import annotations

from taskguard import diagnostics
from taskguard.diagnostics import Report, Span
from taskguard.facts import model
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # The types a value may have in JSON, and what turns a list into the tuple that it stands for.
    Shape = tuple[frozenset[type], Callable[[Any], Any] | None]

PLAIN: dict[str, type] = {
    "str": str, "int": int, "float": float, "bool": bool, "None": type(None), "Level": str, **dict.fromkeys(model.WORDS, str),
}  # fmt: skip
RECORDS: dict[str, type[Record]] = {
    name: one
    for name, one in {**vars(diagnostics), **vars(model)}.items()
    if isinstance(one, type) and issubclass(one, Record) and one is not Record
}
_make: Any = tuple.__new__


class Kind:
    """How one class of the model is written. A field `span` stands as its four numbers."""

    __slots__ = ("converters", "made", "name", "seen", "shapes", "span")

    def __init__(self, made: type[Record]) -> None:
        self.made: Any = made
        self.name = made.__name__
        self.span = -1
        self.shapes: list[frozenset[type]] = []
        self.converters: list[tuple[int, Callable[[Any], Any]]] = []
        self.seen: set[tuple[type, ...]] = set()
        fields: dict[str, str] = made.__annotations__
        for place, annotation in enumerate(fields.values()):
            if annotation == "Span" and made is not Span:
                self.span = place
                self.shapes += [frozenset((int,))] * 4
                continue
            types, convert = shape(annotation)
            self.shapes.append(types)
            if convert is not None:
                self.converters.append((len(self.shapes) - 1, convert))

    def learn(self, types: tuple[type, ...]) -> None:
        """Takes a row of types for good. Raises ValueError where it does not fit the fields."""
        if len(types) != len(self.shapes) or not all(one in held for one, held in zip(types, self.shapes)):
            raise ValueError(f"no {self.name}")
        self.seen.add(types)


def shape(annotation: str) -> Shape:
    """What an annotation of the model says: names, `|`, `tuple[X, ...]` and `tuple[X, Y]`."""
    types: frozenset[type] = frozenset()
    convert = None
    for part in split(annotation, "|"):
        if part.startswith("tuple["):
            types |= {list}
            convert = _tuple_of(split(part[len("tuple[") : -1], ","))
        elif part == "Expr":
            types |= frozenset(model.Expr.__args__)
        else:
            types |= {PLAIN[part] if part in PLAIN else RECORDS[part]}
    return types, convert


def split(text: str, mark: str) -> list[str]:
    """The parts of an annotation between marks that stand in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _tuple_of(parts: list[str]) -> Callable[[Any], Any]:
    if parts[-1] == "...":
        types, convert = shape(parts[0])

        def many(values: Any) -> Any:
            if not types.issuperset(map(type, values)):
                raise ValueError("no tuple of these")
            return tuple(values) if convert is None else tuple(map(convert, values))

        return many
    shapes = [shape(part) for part in parts]

    def row(values: Any) -> Any:
        if len(values) != len(shapes) or not all(type(one) in types for one, (types, _) in zip(values, shapes)):
            raise ValueError("no such row")
        return tuple(values)

    return row


KINDS: dict[str, Kind] = {}


def _kind(name: str) -> Kind:
    found = KINDS[name] = Kind(RECORDS[name])
    return found


def _build(pairs: list[tuple[str, Any]]) -> Any:
    ((name, values),) = pairs
    kind = KINDS.get(name) or _kind(name)
    types = tuple(map(type, values))
    if types not in kind.seen:
        kind.learn(types)
    for place, convert in kind.converters:
        value = values[place]
        if value is not None:
            values[place] = convert(value) if value else ()
    at = kind.span
    if at >= 0:
        values[at : at + 4] = (_make(Span, values[at : at + 4]),)
    return _make(kind.made, values)


class _Context:
    """What the scanner of `json` asks for. Importing `json` itself would bring `re`."""

    strict = True
    object_hook = None
    array_hook = None
    object_pairs_hook = staticmethod(_build)
    parse_float = float
    parse_int = int
    parse_constant = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}.__getitem__
    memo: dict[str, str] = {}


_scanner: list[Callable[[str, int], tuple[Any, int]]] = []


def _scan() -> Callable[[str, int], tuple[Any, int]]:
    if not _scanner:
        try:
            from _json import make_scanner
        except ImportError:
            from json.scanner import make_scanner
        context: Any = _Context()
        _scanner.append(make_scanner(context))
    return _scanner[0]


def decode(text: str) -> model.Facts:
    """The facts that `encode` wrote, each section read when it is asked for. Raises ValueError for any other text, a section of such a text when it is read."""
    from taskguard.facts.lazy import lazy  # a run that finds nothing changed decodes no facts

    head, _, body = text.partition(";")
    ends = [0]
    for size in head.split(" "):
        ends.append(ends[-1] + int(size))
    if len(ends) != len(model.Facts.fields) + 1 or ends[-1] != len(body):
        raise ValueError("no facts")

    def section(place: int) -> Any:
        value = _read(body[ends[place] : ends[place + 1]])
        types, convert = _shape_of(place)
        if type(value) not in types:
            raise ValueError(f"no {model.Facts.fields[place]}")
        return value if convert is None or value is None else convert(value) if value else ()

    return lazy(section)


def lines_of(text: str) -> int:
    """How many lines the file has of which `encode` wrote this."""
    sizes, _, body = text.partition(";")
    return int(body[: int(sizes.partition(" ")[0])])


_shapes: dict[int, Shape] = {}


def _shape_of(place: int) -> Shape:
    """What may stand in a section of the facts."""
    found = _shapes.get(place)
    if found is None:
        found = _shapes[place] = shape(model.Facts.__annotations__[model.Facts.fields[place]])
    return found


def read_report(text: str) -> tuple[Report, int]:
    """The report and the number of tasks that `write_report` wrote. Raises ValueError for any other text."""
    value = _read(text)
    if type(value) is not list or len(value) != 2 or type(value[0]) is not Report or type(value[1]) is not int:
        raise ValueError("no report")
    return value[0], value[1]


def write_report(report: Report, tasks: int) -> str:
    """A report as text, as `encode` does it. Raises ValueError."""
    return _written([_pack(report), tasks])


def _read(text: str) -> Any:
    try:
        value, _ = _scan()(text, 0)
    except (TypeError, KeyError, IndexError, StopIteration, RecursionError, OverflowError) as error:
        raise ValueError(f"no facts: {error}") from None
    return value


def encode(facts: model.Facts) -> str:
    """Facts as one line of ASCII text: the sizes of the sections, and the sections. Raises ValueError for a number or a nesting that JSON has no room for."""
    texts = [_written(value if type(value) in _LEAVES else _pack(value)) for value in facts]
    return f"{' '.join(str(len(text)) for text in texts)};{''.join(texts)}"


_encoder: list[Callable[[Any, int], tuple[str, ...]]] = []


def _written(value: Any) -> str:
    if not _encoder:
        _encoder.append(_writer())
    try:
        return "".join(_encoder[0](value, 0))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _writer() -> Callable[[Any, int], tuple[str, ...]]:
    """The encoder of `json`, in its compact form and without a search for circles."""
    try:
        from _json import encode_basestring_ascii, make_encoder
    except ImportError:
        from json import dumps

        return lambda value, _: (dumps(value, separators=(",", ":"), check_circular=False),)
    made: Callable[[Any, int], tuple[str, ...]] = make_encoder(
        None, repr, encode_basestring_ascii, None, ":", ",", False, False, True
    )
    return made


def _pack(value: Any) -> Any:
    if type(value) is tuple:
        return [one if type(one) in _LEAVES else _pack(one) for one in value]
    made = []
    for one in value:
        if type(one) in _LEAVES:
            made.append(one)
        elif type(one) is Span:
            made += (one.line, one.column, one.end_line, one.end_column)
        else:
            made.append(_pack(one))
    return {type(value).__name__: made}


_LEAVES = frozenset(PLAIN.values())
