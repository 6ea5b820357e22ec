"""What runs have read, on disk: by path, so that an edit looks at what was read of the edited files alone, and a run of some rules adds what these have read.

The index says what stands where in a file of texts beside it (`facts/cached_texts.py`). Each run adds a layer: units with numbers of their own, and by groups of paths what they rest
on. A unit that was judged again counts for nothing in the layers before.
"""

from __future__ import annotations

import marshal
from zlib import crc32

from taskguard.engine.reads import Reads, Rest, named, only_units
from taskguard.facts.cached_texts import WIDTH, Texts, write_texts
from taskguard.record import Record
from taskguard.tracing import ALL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from taskguard.cachefile import CacheFile
    from taskguard.engine.reads import Asked, Read, Said, Values
    from taskguard.facts.watched import Part
    from taskguard.sealing import Seal

    # The number of a group of paths, and where the text stands that says what was read of these, or answered: begin, length, seal.
    Places = dict[int, tuple[int, int, bytes]]
    # By path where what questions say stands by now.
    Placed = Mapping[str, Mapping[Asked, Said]]
    # What was read of one file: parts, and what stands for answers, with the units that rest on them.
    OfPath = tuple[dict[Part, int], dict[Asked, tuple[Said, int]]]

GROUPS = 64
# More layers than this are made one.
MOST_LAYERS = 12


class Head(Record):
    """What was read of no single file: `names` are the paths by which `searches` know what they found, `listed` stands for texts of listed files that
    are no Python, `texts` and `beside` for what lies outside of the project, `linked` are the parts of what files were linked to."""

    names: str
    searches: dict[bytes, bytes]
    listed: dict[str, int]
    texts: dict[str, int]
    beside: dict[str, str]
    linked: tuple[Any, ...]


class Layer(Record):
    """What one run has read. `units` are names, None for those that were judged again since; `searches` are the units that rest on each. `reads` and
    `values` say where the rest stands, the short answers by themselves."""

    units: list[str | None]
    searches: dict[bytes, int]
    reads: Places
    values: Places


class Sealed(Record):
    """The file of an index, and the seal of the texts beside it: those of other indices have the same, so that one may take them over."""

    index: CacheFile
    seal: Seal


class KeptReads:
    """What was kept under a head. `since` gives by path the layer from which on its text is what it is."""

    def __init__(self, file: Sealed, head: Head, number: int, layers: list[Layer], since: dict[str, int]) -> None:
        self.head = head
        self._file, self._layers, self._since = file, layers, since
        self._texts = Texts(file.index.path, number)
        names = dict.fromkeys((ALL, *(name for layer in layers for name in layer.units if name is not None)))
        self.units = list(names)
        known = {name: 1 << place for place, name in enumerate(self.units)}
        self._bits = [Rest([known[name] if name is not None else 0 for name in layer.units]) for layer in layers]
        self._units = only_units(self.units)
        self._groups: dict[tuple[int, int], dict[str, Any]] = {}
        self._paths: dict[str, OfPath] = {}
        self.searches: dict[bytes, int] = {}
        for layer, bits in zip(layers, self._bits):
            for search, mask in layer.searches.items():
                self.searches[search] = self.searches.get(search, 0) | bits[mask]

    @classmethod
    def open(cls, file: Sealed, name: bytes) -> KeptReads | None:
        """What was written under this name; None where there is nothing. Raises ValueError and the like for strange bytes."""
        body = file.index.read(name)
        if body is None:
            return None
        head, number, layers, since = marshal.loads(body)
        made = cls(file, Head(*head), number, [Layer(*one) for one in layers], since)
        return made if made._texts.size else None

    def parts(self, path: str) -> dict[Part, int]:
        """What was read of the facts of a file, with the units that rest on each part."""
        return self._of(path)[0]

    def answers(self, path: str) -> dict[Asked, tuple[Said, int]]:
        """What was asked of the text of a file, with the units that rest on each answer."""
        return self._of(path)[1]

    def values(self, path: str) -> dict[Asked, Any]:
        """The answers that are short and plain, those on which nobody rests any more among them."""
        made: dict[Asked, Any] = {}
        group = _group_of(path)
        for layer in self._layers[self._since.get(path, 0) :]:
            if group in layer.values:
                made.update(self._group(layer.values[group]).get(path, {}))
        return made

    def named(self, mask: int) -> tuple[set[str], frozenset[str]]:
        """The units of some bits, and the places."""
        return named(self.units, mask)

    def all(self) -> tuple[Reads, Values]:
        """All of it at once, with the short answers."""
        paths = {path for layer in self._layers for place in layer.reads.values() for path in self._group(place)}
        parts = {path: self.parts(path) for path in sorted(paths)}
        answers = {path: self.answers(path) for path in parts}
        reads = Reads(self.units, parts, answers, self.searches)
        return reads, _values_of(reads, {path: self.values(path) for path in parts})

    def _of(self, path: str) -> OfPath:
        found = self._paths.get(path)
        if found is not None:
            return found
        parts: dict[Part, int] = {}
        answers: dict[Asked, tuple[Said, int]] = {}
        group = _group_of(path)
        for number in range(self._since.get(path, 0), len(self._layers)):
            place, bits = self._layers[number].reads.get(group), self._bits[number]
            read, asked = self._group(place).get(path, ({}, {})) if place is not None else ({}, {})
            for part, mask in read.items():
                parts[part] = parts.get(part, 0) | bits[mask]
            for one, (said, mask) in asked.items():
                answers[one] = said, (answers[one][1] if one in answers else 0) | bits[mask]
        parts = {part: mask for part, mask in parts.items() if mask & self._units}
        made = parts, {one: held for one, held in answers.items() if held[1] & self._units}
        self._paths[path] = made
        return made

    def _group(self, place: tuple[int, int, bytes]) -> dict[str, Any]:
        """What stands at a place, by path. Raises ValueError where that is damaged."""
        start, length, seal = place
        found = self._groups.get((start, length))
        if found is None:
            data = self._texts.read(start, length)
            if len(data) != length or self._file.seal.check(data) != seal:
                raise ValueError("damaged")
            found = self._groups[start, length] = marshal.loads(data)
        return found

    def rest(self, again: Collection[str], gone: Collection[Read], placed: Placed) -> tuple[Reads, Values]:
        """What is so still: all but what units have read that are judged `again`, and what is `gone`. Answers stand where they are `placed` by now."""
        reads, values = self.all()
        kept = _at(reads, placed).without(again, gone)
        return kept, _values_of(kept, values)

    def more(
        self,
        file: Sealed,
        name: bytes,
        head: Head,
        own: Reads,
        values: Values,
        changed: Collection[str],
        again: Collection[str],
        gone: Collection[Read],
        placed: Placed,
    ) -> bool:
        """Keeps under another name, in the same file or in another one, what is so still, as `rest` has it, with what this run has read (`own`, `values`). `changed` are the files that have other
        texts by now. Whether it could be written."""
        if len(self._layers) >= MOST_LAYERS:
            return False
        fresh = {*changed, *placed, *(path for path, _ in gone if path)}
        parts = {path: self.parts(path) for path in fresh}
        answers = {path: self.answers(path) for path in fresh}
        carried = _at(Reads(self.units, parts, answers, {}), placed).without(again, gone)
        held = _values_of(carried, {path: self.values(path) for path in fresh})
        for path, one in values.items():
            held[path] = {**held.get(path, {}), **one}
        made = carried.shortened().joined(own)
        texts = _texts(made, held)
        number, begin = self._put(file, b"".join(texts))
        if number is None or begin is None:
            return False
        lost = {one for path, one in gone if not path}
        layers = [
            Layer(
                [None if unit in again else unit for unit in layer.units],
                {search: mask for search, mask in layer.searches.items() if search not in lost},
                layer.reads,
                layer.values,
            )
            for layer in self._layers
        ]
        layers.append(_layer(made, texts, begin, file))
        since = {**self._since, **dict.fromkeys(fresh, len(layers) - 1)}
        return _write_index(file, name, head, number, layers, since)

    def _put(self, file: Sealed, data: bytes) -> tuple[int | None, int | None]:
        """Puts texts behind those that are here. The number of the file, and where they begin."""
        if file.index.path == self._file.index.path:
            return self._texts.number, self._texts.append(data)
        size = self._texts.size
        return write_texts(file.index.path, self._texts.read(WIDTH, size - WIDTH) + data), size


def _at(reads: Reads, placed: Placed) -> Reads:
    """Reads with the places that answers have by now."""
    answers = {
        path: {one: (placed[path].get(one, was), units) for one, (was, units) in held.items()}
        for path, held in reads.answers.items()
        if path in placed
    }
    return reads.replace(answers={**reads.answers, **answers})


def _values_of(reads: Reads, values: Values) -> Values:
    """The short answers of those that are left."""
    return {
        path: {asked: one for asked, one in held.items() if asked in reads.answers[path]}
        for path, held in values.items()
        if path in reads.answers
    }


def write(file: Sealed, name: bytes, head: Head, reads: Reads, values: Values) -> bool:
    """Keeps what a run has read under a name. Whether it could be written."""
    texts = _texts(reads, values)
    number = write_texts(file.index.path, b"".join(texts))
    if number is None:
        return False
    return _write_index(file, name, head, number, [_layer(reads, texts, WIDTH, file)], {})


def _write_index(
    file: Sealed, name: bytes, head: Head, number: int, layers: Iterable[Layer], since: dict[str, int]
) -> bool:
    return file.index.write(name, marshal.dumps((tuple(head), number, [tuple(one) for one in layers], since)))


def _texts(reads: Reads, values: Values) -> list[bytes]:
    """By the number of the group what was read, and behind all that what was answered; empty for groups of which there is nothing."""
    read: list[dict[str, Any]] = [{} for _ in range(GROUPS)]
    answered: list[dict[str, Any]] = [{} for _ in range(GROUPS)]
    for path in {**reads.parts, **reads.answers}:
        read[_group_of(path)][path] = reads.parts.get(path, {}), reads.answers.get(path, {})
    for path, held in values.items():
        if held:
            answered[_group_of(path)][path] = held
    return [marshal.dumps(one) if one else b"" for one in (*read, *answered)]


def _group_of(path: str) -> int:
    return crc32(path.encode("utf-8", "surrogatepass")) % GROUPS


def _layer(reads: Reads, texts: list[bytes], begin: int, file: Sealed) -> Layer:
    places: Places = {}
    for number, data in enumerate(texts):
        if data:
            places[number] = begin, len(data), file.seal.check(data)
            begin += len(data)
    answered = {number - GROUPS: place for number, place in places.items() if number >= GROUPS}
    read = {number: place for number, place in places.items() if number < GROUPS}
    return Layer(list(reads.units), reads.searches, read, answered)
